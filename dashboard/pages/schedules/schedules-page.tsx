import { Button, Group, Text, TextInput } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { IconCalendarRepeat } from "@tabler/icons-react";
import { answerOf, type RowOf } from "../../data/client.js";
import { useWho } from "../../data/who.js";
import { confirm } from "../../parts/confirm.js";
import { DataTable, type Column } from "../../parts/data-table.js";
import { openForm } from "../../parts/form-dialog.js";
import { PageHeader } from "../../parts/page-header.js";
import { EmptyState } from "../../parts/states.js";
import { StatusBadge } from "../../parts/status-badge.js";
import { TemporalLink } from "../../parts/temporal-link.js";
import { tellDone } from "../../parts/telling.js";
import { Time } from "../../parts/time.js";
import { openBackfill } from "./backfill.js";

export type Schedule = RowOf<"schedules.list">;

export function SchedulesPage() {
  const { platform } = useWho();
  const query = useQuery({
    queryKey: ["schedules", "list"],
    queryFn: ({ signal }) => answerOf(platform.GET("/api/schedules", { signal })),
  });
  const columns: Column<Schedule>[] = [
    { id: "schedule_id", title: "Schedule", cell: ({ schedule_id: id }) => id },
    {
      id: "state",
      title: "State",
      cell: ({ state, reason }) => (
        <>
          <StatusBadge status={state} tone={state === "absent" ? "neutral" : undefined} />
          {reason !== null && <Text size="xs">{reason}</Text>}
        </>
      ),
    },
    { id: "note", title: "What it does", cell: ({ note }) => note },
    { id: "next_at", title: "Next", cell: ({ next_at: at }) => <Time at={at} /> },
    { id: "last_at", title: "Last", cell: ({ last_at: at }) => <Time at={at} /> },
    {
      id: "last",
      title: "Last run",
      cell: ({ last_workflow_id: id }) => (id === null ? "—" : <TemporalLink workflowId={id} />),
    },
    { id: "actions", title: "Actions", cell: (schedule) => <Actions schedule={schedule} /> },
  ];
  return (
    <>
      <PageHeader title="Schedules" description="Recurring work of the platform, and when it runs next." />
      <DataTable
        id="schedules"
        label="Schedules"
        query={query}
        columns={columns}
        rowId={({ schedule_id: id }) => id}
        empty={
          <EmptyState icon={IconCalendarRepeat} title="Nothing recurs">
            Workers set up their schedules when they start.
          </EmptyState>
        }
      />
    </>
  );
}

function Actions({ schedule }: { schedule: Schedule }) {
  const { platform } = useWho();
  const queries = useQueryClient();
  const { schedule_id: id, state } = schedule;
  const params = { path: { schedule_id: id } };
  const done = async (message: string): Promise<void> => {
    tellDone(message);
    await queries.invalidateQueries({ queryKey: ["schedules"] });
  };
  if (state === "absent") return null;
  const steer = (verb: "pause" | "resume"): void =>
    openForm({
      title: verb === "pause" ? `Pause ${id}?` : `Resume ${id}?`,
      about:
        verb === "pause" && "Nothing is started by it until it is resumed, whatever is deployed meanwhile.",
      action: verb === "pause" ? "Pause" : "Resume",
      initial: { reason: "" },
      fields: (form) => <TextInput label="Note" description="Why" {...form.getInputProps("reason")} />,
      run: async ({ reason }) => {
        const body = reason === "" ? {} : { reason };
        await platform.POST(`/api/schedules/{schedule_id}/${verb}`, { params, body });
        await done(`${id} is ${verb}d.`);
      },
    });
  const trigger = (): void =>
    confirm({
      title: `Start ${id} now?`,
      children: "It runs once, also while it is paused. Its next runs stay as they are.",
      action: "Start now",
      color: "blue",
      run: async () => {
        await platform.POST("/api/schedules/{schedule_id}/trigger", { params });
        await done(`${id} is started.`);
      },
    });
  const verb = state === "paused" ? "resume" : "pause";
  return (
    <Group gap={4} wrap="nowrap">
      <Button
        size="compact-xs"
        variant="default"
        aria-label={`${verb === "pause" ? "Pause" : "Resume"} ${id}`}
        onClick={() => steer(verb)}
      >
        {verb === "pause" ? "Pause" : "Resume"}
      </Button>
      <Button size="compact-xs" variant="default" aria-label={`Start ${id} now`} onClick={trigger}>
        Start now
      </Button>
      <Button
        size="compact-xs"
        variant="default"
        aria-label={`Backfill ${id}`}
        onClick={() => openBackfill(platform, schedule, done)}
      >
        Backfill
      </Button>
    </Group>
  );
}
