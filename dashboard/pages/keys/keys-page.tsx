import { Button, Group, MultiSelect, Select, TextInput } from "@mantine/core";
import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { IconKey, IconPlus } from "@tabler/icons-react";
import { memberRoles, resources, type MemberRole } from "../../../domain/access.js";
import { answerOf, type RowOf } from "../../data/client.js";
import { useCursorPages } from "../../data/cursor-pages.js";
import { pageSize } from "../../data/page-size.js";
import { useApi } from "../../data/who.js";
import { confirm } from "../../parts/confirm.js";
import { DataTable, type Column } from "../../parts/data-table.js";
import { openForm } from "../../parts/form-dialog.js";
import { PageHeader } from "../../parts/page-header.js";
import { showOnce } from "../../parts/shown-once.js";
import { EmptyState } from "../../parts/states.js";
import { StatusBadge } from "../../parts/status-badge.js";
import { tellDone } from "../../parts/telling.js";
import { Time } from "../../parts/time.js";

type Key = RowOf<"keys.list">;

const scopes = ["*", ...resources].flatMap((resource) => [`${resource}:read`, `${resource}:write`]);

const columns: Column<Key>[] = [
  { id: "name", title: "Key", cell: ({ name }) => name },
  { id: "status", title: "Status", cell: (key) => <StatusBadge {...standing(key)} /> },
  { id: "role", title: "Role", cell: ({ role }) => role },
  { id: "scopes", title: "Narrowed to", cell: ({ scopes: own }) => own?.join(", ") ?? "all of the role" },
  { id: "used", title: "Last used", cell: ({ last_used_at: at }) => <Time at={at} otherwise="never" /> },
  { id: "expires", title: "Expires", cell: ({ expires_at: at }) => <Time at={at} otherwise="never" /> },
  { id: "created", title: "Created", cell: ({ created_at: at }) => <Time at={at} /> },
  { id: "by", title: "By", cell: ({ created_by: by }) => by, hidden: true },
  { id: "actions", title: "Actions", cell: (key) => <Actions ofKey={key} /> },
];

function standing({ revoked_at: revoked, expires_at: expires, previous_until: until }: Key) {
  if (revoked !== null) return { status: "revoked", tone: "neutral" as const };
  if (expires !== null && new Date(expires) < new Date()) return { status: "expired" };
  if (until !== null && new Date(until) > new Date())
    return { status: "old secret let in, too", tone: "waiting" as const };
  return { status: "active" };
}

export function KeysPage() {
  const api = useApi();
  const pages = useCursorPages();
  const query = useQuery({
    queryKey: ["keys", "list", pages.cursor],
    queryFn: ({ signal }) => {
      const before = pages.cursor === undefined ? {} : { before: pages.cursor };
      return answerOf(api.GET("/api/keys", { params: { query: { ...before, limit: pageSize } }, signal }));
    },
    placeholderData: keepPreviousData,
  });
  const add = (
    <Button leftSection={<IconPlus size={16} />} onClick={useCreation()}>
      Create a key
    </Button>
  );
  return (
    <>
      <PageHeader title="API keys" description="What programs of this tenant sign in with." actions={add} />
      <DataTable
        id="keys"
        label="API keys"
        query={query}
        pages={pages}
        columns={columns}
        rowId={({ key_id: id }) => id}
        empty={
          <EmptyState icon={IconKey} title="No key yet" actions={add}>
            A program that uses the API needs one: give it the least that it can do with.
          </EmptyState>
        }
      />
    </>
  );
}

interface NewKey {
  name: string;
  role: MemberRole;
  scopes: string[];
  /** Local, as the browser's field has it; empty: never. */
  expires_at: string;
}

function useCreation(): () => void {
  const api = useApi();
  const queries = useQueryClient();
  return () =>
    openForm<NewKey>({
      title: "Create an API key",
      action: "Create",
      initial: { name: "", role: "operator", scopes: [], expires_at: "" },
      fields: (form) => (
        <>
          <TextInput label="Name" description="Of the program" required {...form.getInputProps("name")} />
          <Select
            label="Role"
            data={[...memberRoles]}
            allowDeselect={false}
            {...form.getInputProps("role")}
          />
          <MultiSelect
            label="Narrow it to"
            description="None: all that the role allows"
            data={scopes}
            searchable
            limit={60}
            {...form.getInputProps("scopes")}
          />
          <TextInput
            type="datetime-local"
            label="Expires"
            description="Empty: never"
            {...form.getInputProps("expires_at")}
          />
        </>
      ),
      run: async ({ name, role, scopes: own, expires_at: at }) => {
        const body = {
          ...{ name, role, scopes: own.length === 0 ? null : own },
          expires_at: at === "" ? null : new Date(at).toISOString(),
        };
        const made = (await api.POST("/api/keys", { body })).data;
        await queries.invalidateQueries({ queryKey: ["keys"] });
        if (made) showOnce(`The key ${name}`, "key", made.key);
      },
    });
}

function Actions({ ofKey: { key_id: id, name, revoked_at: revoked } }: { ofKey: Key }) {
  const api = useApi();
  const queries = useQueryClient();
  if (revoked !== null) return null;
  const params = { path: { key_id: id } };
  const rotate = (): void =>
    confirm({
      title: `Rotate ${name}?`,
      children:
        "It gets a new secret, which is shown once. The old one is let in for a while, so that programs can be changed over.",
      action: "Rotate",
      color: "blue",
      run: async () => {
        const { key } = await answerOf(api.POST("/api/keys/{key_id}/rotate", { params, body: {} }));
        await queries.invalidateQueries({ queryKey: ["keys"] });
        showOnce(`The new secret of ${name}`, "key", key);
      },
    });
  const revoke = (): void =>
    confirm({
      title: `Revoke ${name}?`,
      children: "Within seconds nobody is let in by it, for good.",
      action: "Revoke",
      run: async () => {
        await api.DELETE("/api/keys/{key_id}", { params });
        tellDone(`${name} is revoked.`);
        await queries.invalidateQueries({ queryKey: ["keys"] });
      },
    });
  return (
    <Group gap={4} wrap="nowrap">
      <Button size="compact-xs" variant="default" aria-label={`Rotate ${name}`} onClick={rotate}>
        Rotate
      </Button>
      <Button size="compact-xs" variant="light" color="red" aria-label={`Revoke ${name}`} onClick={revoke}>
        Revoke
      </Button>
    </Group>
  );
}
