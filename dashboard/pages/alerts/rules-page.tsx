import { ActionIcon, Button, Group, Menu, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { IconDots, IconPlus, IconRulerMeasure } from "@tabler/icons-react";
import { amountOf } from "../../../domain/alerts.js";
import { DataTable, type Column } from "../../parts/data-table.js";
import { duration } from "../../parts/numbers.js";
import { PageHeader } from "../../parts/page-header.js";
import { EmptyState } from "../../parts/states.js";
import { StatusBadge } from "../../parts/status-badge.js";
import { rulesQuery, severityTones, type AlertRule } from "./queries.js";
import { useRuleChanges, type RuleChanges } from "./rule-changes.js";
import { searchOf, useWhose, WhoseChoice, type Whose } from "./whose.js";

export function RulesPage() {
  const whose = useWhose();
  const query = useQuery(rulesQuery(whose));
  const changes = useRuleChanges(whose);
  const add = whose.mayChange && (
    <Button leftSection={<IconPlus size={16} />} onClick={changes.add}>
      Watch something
    </Button>
  );
  return (
    <>
      <PageHeader
        title="Rules of alerts"
        description="What is watched, from when on it is told, and when it clears."
        trail={[{ title: "Alerts", to: `/alerts${searchOf(whose)}` }]}
        actions={
          <>
            <WhoseChoice />
            {add}
          </>
        }
      />
      <DataTable
        id="alert-rules"
        label="Rules"
        query={query}
        columns={columnsOf(whose, changes)}
        rowId={({ rule_id: id }) => id}
        empty={
          <EmptyState icon={IconRulerMeasure} title="Nothing is watched" actions={add}>
            Nobody is told when something is not as it should be.
          </EmptyState>
        }
      />
    </>
  );
}

function columnsOf({ key, mayChange }: Whose, changes: RuleChanges): Column<AlertRule>[] {
  const columns: Column<AlertRule>[] = [
    {
      id: "name",
      title: "Rule",
      cell: ({ name, kind, subject, scope }) => (
        <Stack gap={0} miw={150}>
          <Text size="sm" fw={550}>
            {name}
          </Text>
          <Text size="xs" c="var(--floe-quiet)">
            {kind}
            {subject !== null && ` of ${subject}`}
            {scope === "tenants" && ", of every tenant"}
          </Text>
        </Stack>
      ),
    },
    { id: "on", title: "Status", cell: (rule) => <RuleStatus rule={rule} /> },
    {
      id: "severity",
      title: "Severity",
      cell: ({ severity }) => <StatusBadge status={severity} tone={severityTones[severity]} />,
    },
    {
      id: "fires",
      title: "Fires above",
      cell: (rule) => `${amountOf(rule.kind, rule.fire_above)}, ${spanOf(rule.for_seconds)}`,
    },
    {
      id: "clears",
      title: "Clears when at most",
      cell: (rule) => `${amountOf(rule.kind, rule.clear_at_most)}, ${spanOf(rule.clear_for_seconds)}`,
    },
    { id: "routes", title: "Told by", cell: ({ routes }) => routes.join(", ") || "—" },
  ];
  if (!mayChange) return columns;
  // A tenant does not change what holds for every tenant; a rule of its own stands for it.
  const isOwn = ({ scope }: AlertRule) => scope === "tenant" || key === "platform";
  const actions: Column<AlertRule> = {
    id: "actions",
    title: "Actions",
    cell: (rule) => <Actions {...{ rule, changes, isOwn: isOwn(rule) }} />,
  };
  return [...columns, actions];
}

function spanOf(seconds: number): string {
  return seconds === 0 ? "at once" : `for ${duration(seconds * 1_000)}`;
}

function RuleStatus({ rule }: { rule: AlertRule }) {
  if (!rule.enabled) return <StatusBadge status="disabled" />;
  return rule.silenced_until === null ? (
    <StatusBadge status="enabled" />
  ) : (
    <StatusBadge status="silenced" tone="paused" />
  );
}

function Actions({ rule, changes, isOwn }: { rule: AlertRule; changes: RuleChanges; isOwn: boolean }) {
  return (
    <Group gap={4} wrap="nowrap">
      <Button
        size="compact-xs"
        variant="default"
        aria-label={`Test ${rule.name}`}
        onClick={() => changes.test(rule)}
      >
        Test
      </Button>
      {isOwn && (
        <>
          <Button
            size="compact-xs"
            variant="default"
            aria-label={`Edit ${rule.name}`}
            onClick={() => changes.edit(rule)}
          >
            Edit
          </Button>
          <Menu position="bottom-end">
            <Menu.Target>
              <ActionIcon variant="default" size="sm" aria-label={`More of ${rule.name}`}>
                <IconDots size={14} />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item onClick={() => changes.turn(rule)}>{rule.enabled ? "Disable" : "Enable"}</Menu.Item>
              <Menu.Item onClick={() => changes.silence(rule)}>
                {rule.silenced_until === null ? "Silence" : "End the silence"}
              </Menu.Item>
              <Menu.Item color="red" onClick={() => changes.remove(rule)}>
                Delete
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        </>
      )}
    </Group>
  );
}
