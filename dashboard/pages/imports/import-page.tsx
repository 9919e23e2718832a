import { Alert, Button, Code, SimpleGrid, Stack } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { IconPlayerPlay, IconX } from "@tabler/icons-react";
import { useParams } from "react-router";
import { useCursorPages } from "../../data/cursor-pages.js";
import { useApi, useMay } from "../../data/who.js";
import { confirm } from "../../parts/confirm.js";
import { Copyable } from "../../parts/copyable.js";
import { CsvButton } from "../../parts/csv-button.js";
import { DataTable, type Column } from "../../parts/data-table.js";
import { Facts } from "../../parts/facts.js";
import { Figure } from "../../parts/figure.js";
import { count } from "../../parts/numbers.js";
import { PageHeader } from "../../parts/page-header.js";
import { Panel } from "../../parts/panel.js";
import { EmptyState, QueryState } from "../../parts/states.js";
import { StatusBadge } from "../../parts/status-badge.js";
import { tellDone, tellProblem } from "../../parts/telling.js";
import { Time } from "../../parts/time.js";
import { ImportProgress } from "./import-progress.js";
import { importQuery, isUnderWay, refusalsQuery, type Import, type Refusal } from "./queries.js";

const columns: Column<Refusal>[] = [
  { id: "line", title: "Line", cell: ({ line }) => count(line) },
  { id: "field", title: "Field", cell: ({ field }) => field ?? "—" },
  { id: "reason", title: "Why", cell: ({ reason }) => reason },
  {
    id: "raw",
    title: "Row",
    cell: ({ raw }) => <Code style={{ overflowWrap: "anywhere" }}>{raw}</Code>,
  },
];

export function ImportPage() {
  const { import: importId = "" } = useParams();
  const query = useQuery(importQuery(useApi(), importId));
  return (
    <>
      <PageHeader
        title={`Import …${importId.slice(-8)}`}
        trail={[{ title: "Imports", to: "/imports" }]}
        badge={query.data && <StatusBadge status={query.data.status} />}
        actions={query.data && <Actions row={query.data} />}
      />
      <QueryState query={query}>{(row) => <About row={row} />}</QueryState>
    </>
  );
}

function About({ row }: { row: Import }) {
  return (
    <Stack>
      {row.error !== null && (
        <Alert color="red" title="It could not be imported">
          {row.error}
        </Alert>
      )}
      <SimpleGrid cols={{ base: 2, md: 4 }}>
        <Figure name="Read" value={count(row.rows_read)} note={<ImportProgress row={row} />} />
        <Figure name="Imported" value={count(row.rows_imported)} note="new ones and known ones" />
        <Figure name="New" value={count(row.rows_created)} note="not known before" />
        <Figure name="Refused" value={count(row.rows_refused)} note="below, with the reason" />
      </SimpleGrid>
      <Panel title="The file">
        <Facts
          columns={3}
          facts={[
            ["Begun", <Time key="begun" at={row.created_at} />],
            ["Ended", <Time key="ended" at={row.finished_at} />],
            ["Encoding", row.encoding],
            ["Packed", row.packing],
            ["Columns", columnsOf(row)],
            ["Id", <Copyable key="id" value={row.import_id} label="id of the import" />],
          ]}
        />
      </Panel>
      <Refusals row={row} />
    </Stack>
  );
}

/** `Mail → email, Town → attributes.town`. */
function columnsOf({ mapping, header }: Import): string {
  const named = Object.entries(mapping).map(
    ([column, field]) => `${header?.[Number(column.slice("col_".length))] ?? column} → ${field}`,
  );
  return named.join(", ") || "as the header row says";
}

function Refusals({ row }: { row: Import }) {
  const pages = useCursorPages();
  const after = pages.cursor === undefined ? {} : { after: Number(pages.cursor) };
  const query = useQuery(refusalsQuery(useApi(), row.import_id, after));
  const path = `/api/imports/${row.import_id}/refused.csv?raw=true`;
  const download = (
    <CsvButton path={path} name="refused.csv">
      Download refused rows
    </CsvButton>
  );
  return (
    <Panel title="Refused rows" aside={row.rows_refused > 0 && download}>
      <DataTable
        id="refusals"
        label="Refused rows"
        columns={columns}
        query={query}
        pages={pages}
        rowId={({ line, field }) => `${line} ${field ?? ""}`}
        empty={
          <EmptyState title="No row was refused">
            {isUnderWay(row) ? "So far." : "Every row became a contact."}
          </EmptyState>
        }
      />
    </Panel>
  );
}

function Actions({ row }: { row: Import }) {
  const api = useApi();
  const queries = useQueryClient();
  const mayChange = useMay({ resource: "imports", level: "write" });
  if (!mayChange || !isUnderWay(row)) return null;
  const params = { path: { import_id: row.import_id } };
  const again = () => queries.invalidateQueries({ queryKey: ["imports"] });
  const resume = async (): Promise<void> => {
    try {
      await api.POST("/api/imports/{import_id}/resume", { params });
      tellDone("The import goes on from where it stood.");
      await again();
    } catch (error) {
      tellProblem(error, "It was not taken up");
    }
  };
  const cancel = (): void =>
    confirm({
      title: "Cancel this import?",
      children: "It stops where it is. What was imported stays; the rest of the file is not read.",
      action: "Cancel the import",
      run: async () => {
        await api.DELETE("/api/imports/{import_id}", { params });
        tellDone("The import is being cancelled.");
        await again();
      },
    });
  return (
    <>
      <Button variant="default" leftSection={<IconPlayerPlay size={16} />} onClick={() => void resume()}>
        Resume
      </Button>
      <Button variant="light" color="red" leftSection={<IconX size={16} />} onClick={cancel}>
        Cancel
      </Button>
    </>
  );
}
