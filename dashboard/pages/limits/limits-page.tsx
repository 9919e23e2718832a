import { Button, Group, List, NumberInput, Select, SimpleGrid, Stack, TextInput } from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { IconGauge, IconPlus } from "@tabler/icons-react";
import { answerOf, taggedAnswerOf, type ApiClient, type RowOf } from "../../data/client.js";
import { useMay, useWho } from "../../data/who.js";
import { confirm } from "../../parts/confirm.js";
import { DataTable, type Column } from "../../parts/data-table.js";
import { openForm } from "../../parts/form-dialog.js";
import { count, Count, duration } from "../../parts/numbers.js";
import { PageHeader } from "../../parts/page-header.js";
import { Panel } from "../../parts/panel.js";
import { EmptyState, QueryState } from "../../parts/states.js";
import { StatusBadge } from "../../parts/status-badge.js";
import { tellDone, tellProblem } from "../../parts/telling.js";
import { limitsQuery, limitStatusQuery, type LimitStanding, type LimitStatus } from "./queries.js";
import { Suspensions } from "./suspensions.js";

type Limit = RowOf<"limits.list">;
type Scope = "tenant" | "node" | "mailbox-provider";

export function LimitsPage() {
  const { api, platform } = useWho();
  const mayChange = useMay({ resource: "limits", level: "platform" });
  const asked = mayChange ? platform : api;
  const query = useQuery(limitsQuery(asked, mayChange));
  const status = useQuery(limitStatusQuery(asked, mayChange));
  const changes = useLimitChanges(platform);
  const standing = new Map(status.data?.limits.map((one) => [idOf(one.limit), one]));
  const add = mayChange && (
    <Button leftSection={<IconPlus size={16} />} onClick={changes.add}>
      Add a limit
    </Button>
  );
  return (
    <Stack gap="lg">
      <div>
        <PageHeader
          title="Limits"
          description="How much may leave, and what is spent of it now. A change acts within seconds."
          actions={add}
        />
        <DataTable
          id="limits"
          label="Limits"
          query={query}
          columns={columnsOf(standing, mayChange ? changes : null)}
          rowId={idOf}
          empty={
            <EmptyState icon={IconGauge} title="Nothing is limited" actions={add}>
              Mail leaves as fast as nodes and mailbox providers take it.
            </EmptyState>
          }
        />
      </div>
      <Panel title="Suspended by mailbox providers">
        <QueryState query={status}>
          {({ suspensions }) => <Suspensions api={asked} suspensions={suspensions} />}
        </QueryState>
      </Panel>
      <Panel title="Slowed down by mailbox providers">
        <QueryState query={status}>
          {({ slowed_paths: paths }) =>
            paths.length === 0 ? "Nothing else is slowed down now." : <Slowed paths={paths} />
          }
        </QueryState>
      </Panel>
    </Stack>
  );
}

function idOf({ scope, key }: { scope: string; key: string }): string {
  return `${scope} ${key}`;
}

function Slowed({ paths }: { paths: LimitStatus["slowed_paths"] }) {
  return (
    <List size="sm" spacing="xs">
      {paths.map(({ node_id: node, mailbox_provider: provider, per_second: rate, blocked_for_ms: ms }) => (
        <List.Item key={`${node} ${provider}`}>
          {node} to {provider}: {rate !== undefined && `${count(rate)} a second`}{" "}
          {ms > 0 && (
            <>
              <StatusBadge status="blocked" /> for {duration(ms)}
            </>
          )}
        </List.Item>
      ))}
    </List>
  );
}

interface Changes {
  edit: (limit: Limit) => void;
  reset: (limit: Limit) => void;
  remove: (limit: Limit) => void;
}

function columnsOf(standing: Map<string, LimitStanding>, changes: Changes | null): Column<Limit>[] {
  const of = (limit: Limit) => standing.get(idOf(limit));
  const used = (value: number | undefined, most: number | undefined) =>
    most === undefined ? "—" : `${value === undefined ? "…" : count(value)} of ${count(most)}`;
  const columns: Column<Limit>[] = [
    { id: "key", title: "Of", cell: ({ key }) => key },
    { id: "scope", title: "Scope", cell: ({ scope }) => scope.replace("-", " ") },
    {
      id: "per_second",
      title: "A second",
      align: "right",
      cell: ({ per_second: rate }) => <Count value={rate} />,
    },
    { id: "burst", title: "Burst", align: "right", cell: ({ burst }) => <Count value={burst} /> },
    {
      id: "today",
      title: "Used today",
      align: "right",
      cell: (limit) => used(of(limit)?.used_today, limit.per_day),
    },
    {
      id: "wire",
      title: "On the wire",
      align: "right",
      cell: (limit) => used(of(limit)?.on_the_wire, limit.concurrency),
    },
    { id: "holds", title: "Now", cell: (limit) => <StatusBadge {...holdOf(limit, of(limit))} /> },
  ];
  if (!changes) return columns;
  const actions: Column<Limit> = {
    id: "actions",
    title: "Actions",
    cell: (limit) => (
      <Group gap={4} wrap="nowrap">
        <Small name="Edit" limit={limit} run={changes.edit} />
        <Small name="Reset" limit={limit} run={changes.reset} />
        <Small name="Remove" limit={limit} run={changes.remove} />
      </Group>
    ),
  };
  return [...columns, actions];
}

function Small({ name, limit, run }: { name: string; limit: Limit; run: (limit: Limit) => void }) {
  const color = name === "Remove" ? { color: "red", variant: "light" } : { variant: "default" };
  return (
    <Button size="compact-xs" {...color} aria-label={`${name} ${idOf(limit)}`} onClick={() => run(limit)}>
      {name}
    </Button>
  );
}

/** Whether it holds mail back now. */
function holdOf(limit: Limit, standing: LimitStanding | undefined) {
  if (!standing) return { status: "unknown" };
  if (limit.per_day !== undefined && standing.used_today >= limit.per_day)
    return { status: "spent for today", tone: "warning" as const };
  if (limit.concurrency !== undefined && standing.on_the_wire >= limit.concurrency)
    return { status: "all on the wire", tone: "warning" as const };
  if (standing.tokens !== undefined && standing.tokens < 1)
    return { status: "holds back", tone: "running" as const };
  return { status: "lets through", tone: "good" as const };
}

interface LimitValues {
  scope: Scope;
  key: string;
  per_second: number | "";
  burst: number | "";
  per_day: number | "";
  concurrency: number | "";
}

function useLimitChanges(platform: ApiClient): Changes & { add: () => void } {
  const queries = useQueryClient();
  const done = async (message: string): Promise<void> => {
    tellDone(message);
    await queries.invalidateQueries({ queryKey: ["limits"] });
  };
  const refOf = ({ scope, key }: { scope: string; key: string }) => ({ scope: scope as Scope, key });
  const save = async (values: LimitValues, tag?: string): Promise<void> => {
    const { scope, key, ...amounts } = values;
    const body = Object.fromEntries(Object.entries(amounts).filter(([, value]) => value !== ""));
    const params = { path: { scope, key }, header: tag === undefined ? {} : { "If-Match": tag } };
    await answerOf(platform.PUT("/api/limits/{scope}/{key}", { params, body }));
    await done(`The limit of ${key} is set.`);
  };
  return {
    add: () =>
      openForm<LimitValues>({
        title: "Add a limit",
        action: "Add",
        initial: { scope: "tenant", key: "", per_second: "", burst: "", per_day: "", concurrency: "" },
        fields: (form) => <LimitFields form={form} isNew />,
        run: (values) => save(values),
      }),
    edit: (limit) => {
      const path = refOf(limit);
      taggedAnswerOf(platform.GET("/api/limits/{scope}/{key}", { params: { path } })).then(
        ({ value, tag }) =>
          openForm<LimitValues>({
            title: `Limit of ${limit.key}`,
            action: "Save",
            initial: {
              ...{ ...path, per_second: value.per_second ?? "", burst: value.burst ?? "" },
              ...{ per_day: value.per_day ?? "", concurrency: value.concurrency ?? "" },
            },
            fields: (form) => <LimitFields form={form} isNew={false} />,
            run: (values) => save(values, tag),
          }),
        (error: unknown) => tellProblem(error, "The limit could not be read"),
      );
    },
    reset: (limit) =>
      confirm({
        title: `Reset the limit of ${limit.key}?`,
        children:
          "What was spent is forgotten: today’s allowance, what is on the wire, and the rate learnt from refusals. The limit itself stays.",
        action: "Reset",
        color: "orange",
        run: async () => {
          const params = { path: refOf(limit) };
          await platform.POST("/api/limits/{scope}/{key}/reset", { params });
          await done(`The limit of ${limit.key} begins anew.`);
        },
      }),
    remove: (limit) =>
      confirm({
        title: `Remove the limit of ${limit.key}?`,
        children: "Its mail leaves as fast as other limits, nodes and mailbox providers allow.",
        action: "Remove",
        run: async () => {
          await platform.DELETE("/api/limits/{scope}/{key}", { params: { path: refOf(limit) } });
          await done(`The limit of ${limit.key} is removed.`);
        },
      }),
  };
}

function LimitFields({ form, isNew }: { form: UseFormReturnType<LimitValues>; isNew: boolean }) {
  return (
    <>
      {isNew && (
        <>
          <Select
            label="Scope"
            data={["tenant", "node", "mailbox-provider"]}
            allowDeselect={false}
            {...form.getInputProps("scope")}
          />
          <TextInput
            label="Of"
            description="Id of the tenant or node, or a mailbox provider such as gmail"
            required
            {...form.getInputProps("key")}
          />
        </>
      )}
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        <NumberInput label="Messages a second" min={0} {...form.getInputProps("per_second")} />
        <NumberInput label="Burst after a silence" min={1} {...form.getInputProps("burst")} />
        <NumberInput label="Messages a day" min={1} {...form.getInputProps("per_day")} />
        <NumberInput label="On the wire at once" min={1} {...form.getInputProps("concurrency")} />
      </SimpleGrid>
    </>
  );
}
