import { useQuery } from "@tanstack/react-query";
import { IconMail } from "@tabler/icons-react";
import { useApi } from "../../data/who.js";
import { DataTable, type Column } from "../../parts/data-table.js";
import { EmptyState } from "../../parts/states.js";
import { StatusBadge, type Tone } from "../../parts/status-badge.js";
import { Time } from "../../parts/time.js";
import { poolMessagesQuery, type Mailbox, type PoolMessage } from "./pool-queries.js";

const placements: Record<NonNullable<PoolMessage["placement"]>, Tone> = {
  ...{ inbox: "good", junk: "bad", missing: "warning" },
};

/** The latest that it wrote and got. */
export function MailboxMessages({ mailbox }: { mailbox: Mailbox }) {
  const query = useQuery(poolMessagesQuery(useApi(), mailbox.mailbox_id));
  return (
    <DataTable
      id="pool-letters"
      label="Latest letters"
      columns={columnsOf(mailbox.address)}
      query={query}
      rowId={({ message_id: id }) => id}
      empty={
        <EmptyState icon={IconMail} title="No letter yet">
          {mailbox.warmup_id === null
            ? "It begins letters only while it has a warmup of its own; until then it answers those of others."
            : "Letters are planned with the day of its warmup, from nine to five, Monday to Friday."}
        </EmptyState>
      }
    />
  );
}

function columnsOf(own: string): Column<PoolMessage>[] {
  return [
    {
      id: "other",
      title: "Letter",
      cell: ({ from, to }) => <span className="floe-long">{from === own ? `to ${to}` : `from ${from}`}</span>,
    },
    { id: "status", title: "Status", cell: (message) => <Status message={message} /> },
    {
      id: "placement",
      title: "Found in",
      cell: ({ placement }) =>
        placement === null ? "—" : <StatusBadge status={placement} tone={placements[placement]} />,
    },
    { id: "actions", title: "What was done", cell: ({ actions }) => actions.join(", ") || "—" },
    { id: "at", title: "When", cell: ({ sent_at: sent, due_at: due }) => <Time at={sent ?? due} /> },
    {
      id: "depth",
      title: "Thread",
      hidden: true,
      cell: ({ depth }) => (depth === 0 ? "begins it" : `answer ${depth}`),
    },
    { id: "provider", title: "Mailbox provider", hidden: true, cell: ({ mailbox_provider: name }) => name },
  ];
}

function Status({ message: { status, reason } }: { message: PoolMessage }) {
  return (
    <>
      <StatusBadge status={status} tone={status === "planned" ? "waiting" : undefined} /> {reason}
    </>
  );
}
