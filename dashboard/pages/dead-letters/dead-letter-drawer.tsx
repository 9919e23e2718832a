import { Alert, Anchor, Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useNavigate, useParams } from "react-router";
import { useAddress } from "../../data/address.js";
import { useApi, useMay } from "../../data/who.js";
import { CodeView } from "../../parts/code-view.js";
import type { Column } from "../../parts/data-table.js";
import { DetailDrawer } from "../../parts/detail-drawer.js";
import { Facts, type Fact } from "../../parts/facts.js";
import { Panel } from "../../parts/panel.js";
import { PlainTable } from "../../parts/plain-table.js";
import { QueryState } from "../../parts/states.js";
import { StatusBadge } from "../../parts/status-badge.js";
import { Time } from "../../parts/time.js";
import { EditLetter } from "./edit-letter.js";
import { deadLetterQuery, type DeadLetterDetail } from "./queries.js";
import { ReplayDialog } from "./replay-dialog.js";
import { useDismissal } from "./use-dismissal.js";

/** What a letter was about, its attempts, and the letters before it. */
export function DeadLetterDrawer() {
  const { letter = "" } = useParams();
  const query = useQuery(deadLetterQuery(useApi(), letter));
  const mayChange = useMay({ resource: "dead-letters", level: "write" });
  const navigate = useNavigate();
  const { search } = useAddress();
  const dismiss = useDismissal();
  const [replaying, setReplaying] = useState(false);
  const found = query.data;
  const open = found?.resolution === null;
  return (
    <DetailDrawer
      title={found ? `${found.kind} ${letter}` : `Dead letter ${letter}`}
      backTo="/dead-letters"
      badge={found && <StatusBadge status={found.resolution ?? "dead"} />}
      actions={
        found &&
        open &&
        mayChange && (
          <>
            <Button size="xs" onClick={() => setReplaying(true)}>
              Replay
            </Button>
            <EditLetter letter={found} />
            <Button
              size="xs"
              variant="light"
              color="red"
              onClick={() => dismiss([letter], () => void navigate({ pathname: "/dead-letters", search }))}
            >
              Dismiss
            </Button>
          </>
        )
      }
    >
      <QueryState query={query}>{(one) => <About letter={one} />}</QueryState>
      {replaying && (
        <ReplayDialog
          filter={{ dead_letter_ids: [letter] }}
          onClose={() => setReplaying(false)}
          onBegun={() => undefined}
        />
      )}
    </DetailDrawer>
  );
}

type LetterAttempt = DeadLetterDetail["attempt_log"][number];
type Earlier = DeadLetterDetail["earlier"][number];

const attemptColumns: Column<LetterAttempt>[] = [
  { id: "attempt", title: "Attempt", cell: ({ attempt }) => attempt },
  { id: "at", title: "When", cell: ({ at }) => <Time at={at} as="exact" /> },
  { id: "outcome", title: "Came to", cell: ({ outcome }) => JSON.stringify(outcome) },
];
const earlierColumns: Column<Earlier>[] = [
  {
    id: "letter",
    title: "Letter",
    cell: ({ dead_letter_id: id }) => (
      <Anchor component={Link} to={`/dead-letters/${id}`} size="sm">
        {id}
      </Anchor>
    ),
  },
  { id: "reason", title: "Reason", cell: ({ reason }) => reason },
  { id: "at", title: "When", cell: ({ created_at: at }) => <Time at={at} /> },
];

function About({ letter }: { letter: DeadLetterDetail }) {
  return (
    <>
      <Alert color="red" title="Why it is here" style={{ overflowWrap: "anywhere" }}>
        {letter.reason}
      </Alert>
      <Facts
        columns={2}
        facts={[
          ["Since", <Time key="since" at={letter.created_at} as="exact" />],
          ["Attempts", letter.attempts],
          ["Resolved", <Time key="resolved" at={letter.resolved_at} as="exact" />],
          ...aboutOf(letter),
        ]}
      />
      {letter.attempt_log.length > 0 && (
        <Panel title="Attempts">
          <PlainTable
            label="Attempts"
            columns={attemptColumns}
            rows={letter.attempt_log}
            rowId={({ attempt, at }) => `${attempt} ${at}`}
          />
        </Panel>
      )}
      {letter.earlier.length > 0 && (
        <Panel title="Letters before it">
          <PlainTable
            label="Letters before it"
            columns={earlierColumns}
            rows={letter.earlier}
            rowId={({ dead_letter_id: id }) => id}
          />
        </Panel>
      )}
      {letter.payload && <CodeView value={letter.payload} label="What it was about" />}
    </>
  );
}

/** Where its work is seen. */
function aboutOf(letter: DeadLetterDetail): Fact[] {
  const link = (name: string, to: string, text: string): Fact => [
    name,
    <Anchor key={name} component={Link} to={to} size="sm">
      {text}
    </Anchor>,
  ];
  if (letter.delivery_id !== null)
    return [link("Delivery", `/webhooks/deliveries/${letter.delivery_id}`, letter.delivery_id)];
  if (letter.import_id !== null)
    return [link("Import", `/imports/${letter.import_id}`, `line ${letter.line ?? "?"} of its file`)];
  if (letter.export_id !== null) return [link("Export", `/exports/${letter.export_id}`, "to the export")];
  if (letter.email_id !== null) return [link("Email", `/jobs/email.send/${letter.email_id}`, "to its job")];
  if (letter.contact_id !== null)
    return [link("Contact", `/contacts/${letter.contact_id}`, "to the contact")];
  return [];
}
