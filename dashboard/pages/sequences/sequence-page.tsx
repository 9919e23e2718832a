import { SimpleGrid, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "react-router";
import { sequenceWorkflowId } from "../../../domain/ids.js";
import { useApi } from "../../data/who.js";
import { Copyable } from "../../parts/copyable.js";
import { Facts } from "../../parts/facts.js";
import { Figure } from "../../parts/figure.js";
import { count } from "../../parts/numbers.js";
import { PageHeader } from "../../parts/page-header.js";
import { Panel } from "../../parts/panel.js";
import { QueryState } from "../../parts/states.js";
import { StatusBadge } from "../../parts/status-badge.js";
import { TemporalLink } from "../../parts/temporal-link.js";
import { Time } from "../../parts/time.js";
import { clock } from "./draft.js";
import { sequenceProgressQuery, sequenceQuery, type Sequence, type SequenceProgress } from "./queries.js";
import { SequenceSteering } from "./sequence-steering.js";
import { Steps } from "./steps.js";

export function SequencePage() {
  const { sequence = "" } = useParams();
  const query = useQuery(sequenceQuery(useApi(), sequence));
  return <QueryState query={query}>{(found) => <Loaded sequence={found} />}</QueryState>;
}

function Loaded({ sequence }: { sequence: Sequence }) {
  const { sequence_id: id, name, status, rules } = sequence;
  const progress = useQuery(sequenceProgressQuery(useApi(), id));
  return (
    <Stack>
      <PageHeader
        title={name}
        trail={[{ title: "Sequences", to: "/sequences" }]}
        badge={<StatusBadge status={status} />}
        actions={<SequenceSteering sequence={sequence} />}
      />
      <QueryState query={progress}>{(figures) => <Contacts figures={figures} />}</QueryState>
      <Panel title="Steps" aside={<TemporalLink workflowId={sequenceWorkflowId(id)} />}>
        <Steps steps={rules.steps} figures={progress.data?.steps ?? []} />
      </Panel>
      <Panel title="About">
        <Facts
          columns={3}
          facts={[
            ["Ends for whom", exitsOf(sequence)],
            [
              "Leaves",
              rules.hours === null
                ? "at any time"
                : `${clock(rules.hours.from)} to ${clock(rules.hours.to)} where the recipient is`,
            ],
            ["Without a zone", rules.time_zone],
            ["A late step", rules.on_late === "skip" ? "is skipped" : "is sent all the same"],
            ["Started", <Time key="started" at={sequence.started_at} as="exact" />],
            ["Id", <Copyable key="id" value={id} label="id of the sequence" />],
          ]}
        />
      </Panel>
    </Stack>
  );
}

function Contacts({ figures }: { figures: SequenceProgress }) {
  const exits = Object.entries(figures.exits).map(([reason, of]) => `${reason} ${count(of)}`);
  return (
    <SimpleGrid cols={{ base: 2, sm: 4 }} spacing="sm">
      <Figure name="Enrolled" value={count(figures.enrolled)} />
      <Figure name="On the way" value={count(figures.active)} />
      <Figure name="At the end" value={count(figures.finished)} />
      <Figure name="Left early" value={count(figures.exited)} note={exits.join(", ") || undefined} />
    </SimpleGrid>
  );
}

function exitsOf({ rules: { exits } }: Sequence): string {
  const reasons = [
    exits.replied && "who answers",
    exits.unsubscribed && "who unsubscribes",
    exits.bounced && "whose mail bounces",
    exits.contact !== null && "who matches a filter",
  ].filter(Boolean);
  return reasons.join(", ") || "nobody before the end";
}
