import { Select, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { recipientStatuses } from "../../../domain/recipient-status.js";
import { useCursorPages } from "../../data/cursor-pages.js";
import { given, useFilters } from "../../data/filters.js";
import { useApi } from "../../data/who.js";
import { CsvButton } from "../../parts/csv-button.js";
import { DataTable, type Column } from "../../parts/data-table.js";
import { NoneMatch } from "../../parts/none-match.js";
import { Panel } from "../../parts/panel.js";
import { EmptyState } from "../../parts/states.js";
import { StatusBadge } from "../../parts/status-badge.js";
import { Time } from "../../parts/time.js";
import {
  recipientsQuery,
  sendHoldsQuery,
  type Recipient,
  type RecipientsAsked,
  type RecipientStatus,
} from "./queries.js";

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
  const api = useApi();
  const pages = useCursorPages();
  const filters = useFilters("status", "returned", "missed", "held_by");
  const { status, held_by: limit } = filters.values;
  const holds = useQuery(sendHoldsQuery(api, send));
  const query = useQuery(
    recipientsQuery(api, send, {
      ...askedOf(filters.values),
      ...(pages.cursor !== undefined && { after: pages.cursor }),
    }),
  );
  const limits = [...new Set([...(holds.data?.data ?? []).map((hold) => hold.held_by), limit])];
  const asked = new URLSearchParams(given(filters.values)).toString();
  return (
    <Panel
      title="Who got it, who did not, and why"
      aside={
        <CsvButton path={`/api/sends/${send}/recipients.csv?${asked}`} name={`recipients-${send}.csv`} />
      }
    >
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
              label="Got it"
              placeholder="All"
              clearable
              data={[
                { value: "missed", label: "Who did not get it" },
                { value: "got", label: "Who got it" },
                { value: "returned", label: "Whose mail came back" },
              ]}
              value={gotOf(filters.values)}
              onChange={(value) =>
                filters.set({
                  missed: value === "missed" ? "true" : value === "got" ? "false" : "",
                  returned: value === "returned" ? "true" : "",
                })
              }
              w={190}
            />
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
              label="Held back by"
              placeholder="Any limit, or none"
              clearable
              data={limits.filter((each) => each !== "")}
              value={limit || null}
              onChange={(value) => filters.set({ held_by: value ?? "" })}
              nothingFoundMessage="No limit holds it back now"
              w={230}
            />
          </>
        }
        empty={
          filters.any ? (
            <NoneMatch title="No recipient stands so" show="all recipients" onClear={filters.clear}>
              Nobody of this send matches what is chosen.
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

type Asked = Record<"status" | "returned" | "missed" | "held_by", string>;

function askedOf({ status, returned, missed, held_by: limit }: Asked): RecipientsAsked {
  return {
    ...(status !== "" && { status: status as RecipientStatus }),
    ...(returned !== "" && { returned: returned === "true" }),
    ...(missed !== "" && { missed: missed === "true" }),
    ...(limit !== "" && { held_by: limit }),
  };
}

function gotOf({ returned, missed }: Asked): string | null {
  if (returned === "true") return "returned";
  if (missed === "") return null;
  return missed === "true" ? "missed" : "got";
}

function whyOf(recipient: Recipient): string {
  const {
    reason,
    reply_code: code,
    enhanced_code: enhanced,
    held_by: held,
    returned_as: as,
    reply_text: text,
  } = recipient;
  const said = [code, enhanced].filter((part) => part !== null).join(" ");
  return (
    [
      reason,
      said === "" ? null : `answered ${said}${text === null ? "" : ` “${text}”`}`,
      held === null ? null : `held by ${held}`,
      as === null
        ? null
        : `came back as ${as}: ${recipient.returned_text ?? recipient.returned_code ?? "no reason given"}`,
    ]
      .filter((part) => part !== null)
      .join("; ") || "—"
  );
}
