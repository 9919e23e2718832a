import { Button, NumberInput, Select } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { IconRefresh, IconShieldHalf } from "@tabler/icons-react";
import { useState } from "react";
import { reputationKinds, type ReputationKind } from "../../../domain/reputation.js";
import { reputationGates, type ReputationGate } from "../../../domain/reputation-gates.js";
import { answerOf } from "../../data/client.js";
import { useCursorPages } from "../../data/cursor-pages.js";
import { useFilters } from "../../data/filters.js";
import { useApi, useMay } from "../../data/who.js";
import { DataTable, type Column } from "../../parts/data-table.js";
import { NoneMatch } from "../../parts/none-match.js";
import { Count, count } from "../../parts/numbers.js";
import { PageHeader } from "../../parts/page-header.js";
import { EmptyState } from "../../parts/states.js";
import { tellDone, tellProblem } from "../../parts/telling.js";
import { Time } from "../../parts/time.js";
import { reputationsQuery, type ReputationRow } from "./queries.js";
import { Gate, Score } from "./standing.js";

const columns: Column<ReputationRow>[] = [
  { id: "subject", title: "Subject", cell: ({ subject }) => subject },
  { id: "score", title: "Score", cell: ({ score }) => <Score score={score} /> },
  {
    id: "gate",
    title: "Gate",
    cell: ({ kind, gate }) => (kind === "mailbox-provider" ? "—" : <Gate gate={gate} />),
  },
  { id: "kind", title: "Kind", cell: ({ kind }) => kind.replace("-", " ") },
  { id: "worst", title: "Costs most", cell: worstOf },
  { id: "tried", title: "Messages", align: "right", cell: ({ tried }) => <Count value={tried} /> },
  { id: "at", title: "Calculated", cell: ({ calculated_at: at }) => <Time at={at} otherwise="not yet" /> },
];

function worstOf({ factors }: ReputationRow): string {
  const worst = factors.reduce((most, one) => (one.lost > (most?.lost ?? 0) ? one : most), factors[0]);
  return worst && worst.lost > 0 ? `${worst.name}, ${count(Math.round(worst.lost))}` : "—";
}

export function ReputationListPage() {
  const api = useApi();
  const filters = useFilters("kind", "gate", "below");
  const pages = useCursorPages();
  const { kind, gate, below } = filters.values;
  const query = useQuery(
    reputationsQuery(api, {
      ...(kind !== "" && { kind: kind as ReputationKind }),
      ...(gate !== "" && { gate: gate as ReputationGate }),
      ...(below !== "" && { below: Number(below) }),
      before: pages.cursor,
    }),
  );
  return (
    <>
      <PageHeader
        title="Reputation"
        description="100 less what each factor costs, by what is seen here; scored every night."
        actions={<Recalculate />}
      />
      <DataTable
        id="reputation"
        label="Scores"
        query={query}
        pages={pages}
        columns={columns}
        rowId={({ reputation_id: id }) => id}
        to={({ kind: of, subject }) => `/reputation/${of}/${encodeURIComponent(subject)}`}
        toolbar={
          <>
            <Select
              label="Kind"
              data={[...reputationKinds]}
              clearable
              value={kind === "" ? null : kind}
              onChange={(value) => filters.set({ kind: value ?? "" })}
            />
            <Select
              label="Gate"
              data={[...reputationGates]}
              clearable
              value={gate === "" ? null : gate}
              onChange={(value) => filters.set({ gate: value ?? "" })}
            />
            <NumberInput
              label="Score below"
              min={1}
              max={100}
              w={130}
              value={below === "" ? "" : Number(below)}
              onChange={(value) => filters.set({ below: `${value}` })}
            />
          </>
        }
        empty={
          filters.any ? (
            <NoneMatch title="No score matches" show="all scores" onClear={filters.clear}>
              Another kind, gate or bound may have some.
            </NoneMatch>
          ) : (
            <EmptyState icon={IconShieldHalf} title="Nothing is scored yet">
              Domains, nodes and mailbox providers are scored every night by the mail of seven days. With
              fewer than 100 messages there is no score.
            </EmptyState>
          )
        }
      />
    </>
  );
}

function Recalculate() {
  const api = useApi();
  const queries = useQueryClient();
  const mayAct = useMay({ resource: "reputation", level: "write" });
  const [busy, setBusy] = useState(false);
  const run = async (): Promise<void> => {
    setBusy(true);
    try {
      const { scored } = await answerOf(api.POST("/api/reputation/recalculate", { body: {} }));
      tellDone(`${count(scored)} were scored.`);
      await queries.invalidateQueries({ queryKey: ["reputation"] });
    } catch (error) {
      tellProblem(error, "Nothing was scored");
    } finally {
      setBusy(false);
    }
  };
  if (!mayAct) return null;
  return (
    <Button
      variant="default"
      leftSection={<IconRefresh size={16} />}
      loading={busy}
      onClick={() => void run()}
    >
      Recalculate
    </Button>
  );
}
