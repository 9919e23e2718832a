import { Select, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { recipientStatuses } from "../../../domain/recipient-status.js";
import { useCursorPages } from "../../data/cursor-pages.js";
import { useFilters } from "../../data/filters.js";
import { useApi } from "../../data/who.js";
import { DataTable, type Column } from "../../parts/data-table.js";
import { NoneMatch } from "../../parts/none-match.js";
import { Panel } from "../../parts/panel.js";
import { EmptyState } from "../../parts/states.js";
import { StatusBadge } from "../../parts/status-badge.js";
import { Time } from "../../parts/time.js";
import { recipientsQuery, type Recipient, type RecipientStatus } from "./queries.js";

const columns: Column<Recipient>[] = [
  { id: "email", title: "Email", cell: ({ email }) => email },
  { id: "status", title: "Status", cell: ({ status }) => <StatusBadge status={status} /> },
  { id: "reason", title: "Why", cell: (recipient) => <Text size="sm">{whyOf(recipient)}</Text> },
  { id: "attempts", title: "Attempts", cell: ({ attempts }) => attempts, align: "right" },
  { id: "node", title: "Node", cell: ({ node_id: node }) => node ?? "—", hidden: true },
  { id: "free_at", title: "Free", cell: ({ free_at: at }) => <Time at={at} />, hidden: true },
  { id: "settled_at", title: "Settled", cell: ({ settled_at: at }) => <Time at={at} /> },
];

/** Who got it, who did not, and why. */
export function SendRecipients({ send }: { send: string }) {
  const pages = useCursorPages();
  const filters = useFilters("status", "returned");
  const { status, returned } = filters.values;
  const query = useQuery(
    recipientsQuery(useApi(), send, {
      ...(status !== "" && { status: status as RecipientStatus }),
      ...(returned !== "" && { returned: returned === "true" }),
      ...(pages.cursor !== undefined && { after: pages.cursor }),
    }),
  );
  return (
    <Panel title="Who got it, who did not, and why">
      <DataTable
        id="send-recipients"
        label="Recipients"
        columns={columns}
        query={query}
        pages={pages}
        rowId={({ contact_id: id }) => id}
        toolbar={
          <>
            <Select
              label="Status of the recipient"
              placeholder="All"
              clearable
              data={[...recipientStatuses]}
              value={status || null}
              onChange={(value) => filters.set({ status: value ?? "" })}
              w={180}
            />
            <Select
              label="Came back"
              placeholder="Either"
              clearable
              data={[
                { value: "true", label: "Came back" },
                { value: "false", label: "Did not" },
              ]}
              value={returned || null}
              onChange={(value) => filters.set({ returned: value ?? "" })}
              w={150}
            />
          </>
        }
        empty={
          filters.any ? (
            <NoneMatch title="No recipient stands so" show="all recipients" onClear={filters.clear}>
              Nobody of this send has this status.
            </NoneMatch>
          ) : (
            <EmptyState title="No recipients yet">
              They are taken from the audience when the send starts.
            </EmptyState>
          )
        }
      />
    </Panel>
  );
}

function whyOf(recipient: Recipient): string {
  const { reason, reply_code: code, enhanced_code: enhanced, held_by: held, returned_as: as } = recipient;
  const said = [code, enhanced].filter((part) => part !== null).join(" ");
  return (
    [
      reason,
      said === "" ? null : `answered ${said}`,
      held === null ? null : `held by ${held}`,
      as === null
        ? null
        : `came back as ${as}: ${recipient.returned_text ?? recipient.returned_code ?? "no reason given"}`,
    ]
      .filter((part) => part !== null)
      .join("; ") || "—"
  );
}
