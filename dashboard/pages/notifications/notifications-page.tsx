import { Anchor, Button, Checkbox, Select, Stack, Text } from "@mantine/core";
import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { IconBell } from "@tabler/icons-react";
import { Link, Outlet, useLocation } from "react-router";
import { answerOf, type RowOf } from "../../data/client.js";
import { useCursorPages } from "../../data/cursor-pages.js";
import { useFilters } from "../../data/filters.js";
import { pageSize } from "../../data/page-size.js";
import { useApi, useWho } from "../../data/who.js";
import { DataTable, type Column } from "../../parts/data-table.js";
import { PageHeader } from "../../parts/page-header.js";
import { EmptyState } from "../../parts/states.js";
import { StatusBadge, type Tone } from "../../parts/status-badge.js";
import { tellDone, tellDoneWithUndo, tellProblem } from "../../parts/telling.js";
import { Time } from "../../parts/time.js";

type Notification = RowOf<"notifications.list">;
type Severity = Notification["severity"];

const tones: Record<Severity, Tone> = { info: "neutral", warning: "warning", critical: "bad" };

const columns: Column<Notification>[] = [
  {
    id: "title",
    title: "What",
    cell: ({ notification_id: id, title, text, read_at: read }) => (
      <Stack gap={0}>
        <Text size="sm" fw={read === null ? 650 : 400}>
          {read === null && <span className="floe-hidden">Unread: </span>}
          <ToDeliveries id={id}>{title}</ToDeliveries>
        </Text>
        <Text size="xs" c="var(--floe-quiet)" lineClamp={2}>
          {text}
        </Text>
      </Stack>
    ),
  },
  {
    id: "severity",
    title: "Severity",
    cell: ({ severity }) => <StatusBadge status={severity} tone={tones[severity]} />,
  },
  { id: "kind", title: "Kind", cell: ({ kind }) => kind },
  { id: "created_at", title: "When", cell: ({ created_at: at }) => <Time at={at} /> },
];

function ToDeliveries({ id, children }: { id: string; children: string }) {
  const { search } = useLocation();
  return (
    <Anchor component={Link} to={{ pathname: `/notifications/${id}`, search }} inherit>
      {children}
    </Anchor>
  );
}

export function NotificationsPage() {
  const { api, session } = useWho();
  const filters = useFilters("severity", "unread", "archived");
  const pages = useCursorPages();
  const { severity, unread, archived } = filters.values;
  const asked = {
    user: session.user.user_id,
    ...(severity !== "" && { severity: severity as Severity }),
    ...(unread !== "" && { unread: true }),
    ...(archived !== "" && { archived: true }),
    ...(pages.cursor !== undefined && { before: pages.cursor }),
    limit: pageSize,
  };
  const query = useQuery({
    queryKey: ["notifications", "list", asked],
    queryFn: ({ signal }) => answerOf(api.GET("/api/notifications", { params: { query: asked }, signal })),
    placeholderData: keepPreviousData,
  });
  const mark = useMarking();
  return (
    <>
      <PageHeader
        title="Notifications"
        description="What you are told; what you read or put away stays for others."
        actions={
          <>
            <Button variant="default" component={Link} to="/notifications/how">
              How you are told
            </Button>
            <Button variant="default" onClick={() => mark("read")}>
              Mark all as read
            </Button>
          </>
        }
      />
      <DataTable
        id="notifications"
        label="Notifications"
        query={query}
        pages={pages}
        columns={columns}
        rowId={({ notification_id: id }) => id}
        toolbar={
          <>
            <Select
              label="Severity"
              data={["info", "warning", "critical"]}
              clearable
              value={severity === "" ? null : severity}
              onChange={(value) => filters.set({ severity: value ?? "" })}
            />
            <Checkbox
              label="Unread only"
              checked={unread !== ""}
              onChange={(event) => filters.set({ unread: event.currentTarget.checked ? "true" : "" })}
            />
            <Checkbox
              label="Put away"
              checked={archived !== ""}
              onChange={(event) => filters.set({ archived: event.currentTarget.checked ? "true" : "" })}
            />
          </>
        }
        bulk={(ids, done) => (
          <>
            <Button size="xs" variant="default" onClick={() => mark("read", ids, done)}>
              Mark as read
            </Button>
            <Button size="xs" variant="default" onClick={() => mark("unread", ids, done)}>
              Mark as unread
            </Button>
            {archived === "" ? (
              <Button size="xs" variant="default" onClick={() => mark("archive", ids, done)}>
                Put away
              </Button>
            ) : (
              <Button size="xs" variant="default" onClick={() => mark("restore", ids, done)}>
                Take back
              </Button>
            )}
          </>
        )}
        empty={
          <EmptyState
            icon={IconBell}
            title={filters.any ? "No notification matches" : "Nothing to tell"}
            actions={
              filters.any && (
                <Button variant="default" onClick={filters.clear}>
                  Show all
                </Button>
              )
            }
          >
            You are told when work ends, fails or waits for somebody.
          </EmptyState>
        }
      />
      <Outlet />
    </>
  );
}

type Mark = "read" | "unread" | "archive" | "restore";

const done: Record<Mark, string> = {
  read: "Marked as read.",
  unread: "Marked as unread.",
  archive: "Put away.",
  restore: "Taken back.",
};

/** Without ids: all. */
function useMarking() {
  const api = useApi();
  const queries = useQueryClient();
  const send = async (as: Mark, ids?: readonly string[]): Promise<void> => {
    const body = ids === undefined ? {} : { notification_ids: [...ids] };
    await api.POST(`/api/notifications/${as}`, { body });
    await queries.invalidateQueries({ queryKey: ["notifications"] });
  };
  return (as: Mark, ids?: readonly string[], onDone?: () => void): void => {
    send(as, ids).then(
      () => {
        onDone?.();
        if (as === "archive" && ids) tellDoneWithUndo(done[as], () => send("restore", ids));
        else tellDone(done[as]);
      },
      (error: unknown) => tellProblem(error, "It was not marked"),
    );
  };
}
