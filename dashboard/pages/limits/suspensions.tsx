import { Button, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { answerOf, type ApiClient } from "../../data/client.js";
import { useMay } from "../../data/who.js";
import { confirm } from "../../parts/confirm.js";
import type { Column } from "../../parts/data-table.js";
import { count } from "../../parts/numbers.js";
import { PlainTable } from "../../parts/plain-table.js";
import { tellDone } from "../../parts/telling.js";
import { Time } from "../../parts/time.js";
import type { LimitStatus } from "./queries.js";

type Suspension = LimitStatus["suspensions"][number];

/** What a mailbox provider's own reply has suspended or slowed down, until when, and lifting it. */
export function Suspensions({
  api,
  suspensions,
}: {
  api: ApiClient;
  suspensions: LimitStatus["suspensions"];
}) {
  const queries = useQueryClient();
  const mayLift = useMay({ resource: "limits", level: "write" });
  const lift = ({ node_id, mailbox_provider, reply }: Suspension): void =>
    confirm({
      title: `Let mail leave from ${node_id} to ${mailbox_provider} again?`,
      children: `It answered “${reply.text}”. Mail leaves again at once; the next such reply suspends it anew.`,
      action: "Lift",
      color: "orange",
      run: async () => {
        const params = { path: { node_id, mailbox_provider } };
        await answerOf(
          api.POST("/api/limits/paths/{node_id}/{mailbox_provider}/resume", { params, body: {} }),
        );
        tellDone(`Mail leaves from ${node_id} to ${mailbox_provider} again.`);
        await queries.invalidateQueries({ queryKey: ["limits"] });
      },
    });
  if (suspensions.length === 0) return <Text size="sm">No provider’s reply has suspended a node.</Text>;
  const columns: Column<Suspension>[] = [
    { id: "node", title: "Node", cell: ({ node_id: node }) => node },
    { id: "provider", title: "Mailbox provider", cell: ({ mailbox_provider: provider }) => provider },
    {
      id: "what",
      title: "Lets through",
      cell: ({ per_second: rate }) => (rate === null ? "nothing" : `${count(rate)} a second`),
    },
    { id: "until", title: "Until", cell: ({ until }) => <Time at={until} /> },
    {
      id: "reply",
      title: "It answered",
      cell: ({ reply: { code, enhanced, text } }) => (
        <span className="floe-long" style={{ minWidth: "18rem" }}>
          {[code, enhanced, text].filter(Boolean).join(" ")}
        </span>
      ),
    },
    { id: "rule", title: "Rule", cell: ({ rule }) => rule },
    { id: "since", title: "Since", cell: ({ since }) => <Time at={since} /> },
  ];
  const actions: Column<Suspension> = {
    id: "actions",
    title: "Actions",
    cell: (one) => (
      <Button
        size="compact-xs"
        variant="default"
        aria-label={`Lift ${one.node_id} to ${one.mailbox_provider}`}
        onClick={() => lift(one)}
      >
        Lift
      </Button>
    ),
  };
  return (
    <PlainTable
      label="Suspended by mailbox providers"
      columns={mayLift ? [...columns, actions] : columns}
      rows={suspensions}
      rowId={({ node_id: node, mailbox_provider: provider }) => `${node} ${provider}`}
    />
  );
}
