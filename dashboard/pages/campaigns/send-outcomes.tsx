import { Anchor, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { useApi, useMay } from "../../data/who.js";
import { Count, count, shareOf } from "../../parts/numbers.js";
import { Panel } from "../../parts/panel.js";
import { PlainTable } from "../../parts/plain-table.js";
import { StatusBadge } from "../../parts/status-badge.js";
import { Time } from "../../parts/time.js";
import { sendOutcomesQuery, type SendOutcomes } from "./queries.js";

/** How each mailbox provider took it, and why it was not got. */
export function SendOutcomes({ send }: { send: string }) {
  const mayLook = useMay({ resource: "analytics", level: "read" });
  const { data } = useQuery({ ...sendOutcomesQuery(useApi(), send), enabled: mayLook });
  if (!data || data.counted_at === null || data.providers.length === 0) return null;
  const asOf = (
    <Text size="xs" c="var(--floe-quiet)">
      As of <Time at={data.counted_at} />
    </Text>
  );
  return (
    <Stack>
      <Panel title="By mailbox provider" aside={asOf}>
        <Providers providers={data.providers} />
      </Panel>
      {data.reasons.length > 0 && (
        <Panel title="Why it was not got" aside={asOf}>
          <Reasons reasons={data.reasons} />
        </Panel>
      )}
    </Stack>
  );
}

function Providers({ providers }: { providers: SendOutcomes["providers"] }) {
  return (
    <PlainTable
      label="Outcome by mailbox provider"
      rows={providers}
      rowId={({ mailbox_provider: provider }) => provider}
      columns={[
        { id: "mailbox_provider", title: "Mailbox provider", cell: (row) => row.mailbox_provider },
        figure("recipients", "Recipients", ({ recipients }) => recipients),
        part("delivered", "Delivered", ({ delivered, recipients }) => [delivered, recipients]),
        part("bounced", "Bounced", ({ bounced, recipients }) => [bounced, recipients]),
        part("returned", "Came back", ({ returned, sent }) => [returned, sent]),
        part("deferred", "Put off", ({ deferred, recipients }) => [deferred, recipients]),
        part("dead", "Given up", ({ dead, recipients }) => [dead, recipients]),
        part("complaints", "Complained", ({ complaints, delivered }) => [complaints, delivered]),
        part("opened", "Opened", ({ unique_opens: opens, delivered }) => [opens, delivered]),
        part("clicked", "Clicked", ({ unique_clicks: clicks, delivered }) => [clicks, delivered]),
      ]}
    />
  );
}

type Provider = SendOutcomes["providers"][number];

function figure(id: string, title: string, of: (row: Provider) => number) {
  return { id, title, cell: (row: Provider) => <Count value={of(row)} />, align: "right" as const };
}

/** A number, and what share it is; nothing of nothing is a dash. */
function part(id: string, title: string, of: (row: Provider) => [number, number]) {
  const cell = (row: Provider) => {
    const [value, all] = of(row);
    if (value === 0)
      return (
        <Text span size="sm" c="var(--floe-quiet)">
          0
        </Text>
      );
    return `${count(value)} (${shareOf(value, all)})`;
  };
  return { id, title, cell, align: "right" as const };
}

function Reasons({ reasons }: { reasons: SendOutcomes["reasons"] }) {
  return (
    <PlainTable
      label="Why it was not got"
      rows={reasons}
      rowId={(row) => [row.status, row.bounce_class, row.reason, row.reply_code, row.enhanced_code].join(" ")}
      columns={[
        { id: "status", title: "Status", cell: ({ status }) => <StatusBadge status={status} /> },
        { id: "bounce_class", title: "Class", cell: ({ bounce_class: kind }) => kind ?? "—" },
        {
          id: "reason",
          title: "Reason",
          cell: ({ reason, reply_code: code, enhanced_code: enhanced }) =>
            [reason, code, enhanced].filter((each) => each !== null).join(" ") || "—",
        },
        {
          id: "recipients",
          title: "Recipients",
          cell: ({ recipients, status }) => (
            <Anchor
              component={Link}
              size="sm"
              to={status === "returned" ? "?returned=true" : `?status=${status}`}
              preventScrollReset
              aria-label={`${count(recipients)} recipients: ${status}`}
            >
              {count(recipients)}
            </Anchor>
          ),
          align: "right",
        },
        { id: "sample", title: "A server said", cell: ({ sample_reply: said }) => said ?? "—" },
      ]}
    />
  );
}
