import { Alert, Button } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { IconDownload, IconLink, IconPlayerPlay, IconX } from "@tabler/icons-react";
import { useState } from "react";
import { useParams } from "react-router";
import { answerOf } from "../../data/client.js";
import { useApi, useMay } from "../../data/who.js";
import { confirm } from "../../parts/confirm.js";
import { Copyable } from "../../parts/copyable.js";
import { DetailDrawer } from "../../parts/detail-drawer.js";
import { Facts } from "../../parts/facts.js";
import { bytes } from "../../parts/numbers.js";
import { QueryState } from "../../parts/states.js";
import { StatusBadge } from "../../parts/status-badge.js";
import { tellDone, tellProblem } from "../../parts/telling.js";
import { Time } from "../../parts/time.js";
import { WorkProgress } from "../../parts/work-progress.js";
import { exportQuery, type Export } from "./queries.js";

interface Link {
  url: string;
  until: string;
}

export function ExportDrawer() {
  const { export: exportId = "" } = useParams();
  const query = useQuery(exportQuery(useApi(), exportId));
  const mayChange = useMay({ resource: "exports", level: "write" });
  const [link, setLink] = useState<Link | null>(null);
  const row = query.data;
  return (
    <DetailDrawer
      title={row ? `Export of ${row.kind}` : "Export"}
      backTo="/exports"
      badge={row && <StatusBadge status={row.status} />}
      actions={row && mayChange && <Actions row={row} onLink={setLink} />}
    >
      {link && (
        <Alert color="blue" title="A link that works without signing in">
          <Copyable value={link.url} label="link" /> until <Time at={link.until} as="exact" />
        </Alert>
      )}
      <QueryState query={query}>{(found) => <About row={found} />}</QueryState>
    </DetailDrawer>
  );
}

function About({ row }: { row: Export }) {
  return (
    <>
      {row.error !== null && (
        <Alert color="red" title="It could not be exported">
          {row.error}
        </Alert>
      )}
      <WorkProgress done={row.rows_written} total={row.rows_total} label="Rows of the export" />
      <Facts
        columns={2}
        facts={[
          ["Size", bytes(row.bytes)],
          ["Packed", row.gzip ? "gzip" : "no"],
          ["Formulas", row.raw ? "as they are" : "made plain text"],
          ["Begun", <Time key="begun" at={row.created_at} />],
          ["Ended", <Time key="ended" at={row.finished_at} />],
          ["Kept until", <Time key="until" at={row.expires_at} as="exact" />],
          ["Columns", row.columns?.join(", ")],
          ["File", row.file_url],
          ["Id", <Copyable key="id" value={row.export_id} label="id of the export" />],
        ]}
      />
    </>
  );
}

function Actions({ row, onLink }: { row: Export; onLink: (link: Link) => void }) {
  const api = useApi();
  const queries = useQueryClient();
  const params = { path: { export_id: row.export_id } };
  const again = () => queries.invalidateQueries({ queryKey: ["exports"] });
  const link = () => answerOf(api.POST("/api/exports/{export_id}/link", { params, body: {} }));
  const act = (run: () => Promise<unknown>, title: string) => () =>
    void run().catch((error: unknown) => tellProblem(error, title));
  const download = act(async () => location.assign((await link()).url), "It was not downloaded");
  const share = act(async () => onLink(await link()), "There is no link");
  const resume = act(async () => {
    await api.POST("/api/exports/{export_id}/resume", { params });
    tellDone("The export goes on from where it stood.");
    await again();
  }, "It was not taken up");
  const cancel = (): void =>
    confirm({
      title: "Cancel this export?",
      children: "What was written of the file is thrown away.",
      action: "Cancel the export",
      run: async () => {
        await api.DELETE("/api/exports/{export_id}", { params });
        tellDone("The export is being cancelled.");
        await again();
      },
    });
  if (row.status === "completed")
    return (
      <>
        <Button size="xs" leftSection={<IconDownload size={16} />} onClick={download}>
          Download
        </Button>
        <Button size="xs" variant="default" leftSection={<IconLink size={16} />} onClick={share}>
          Make a link
        </Button>
      </>
    );
  if (row.status !== "pending" && row.status !== "processing") return null;
  return (
    <>
      <Button size="xs" variant="default" leftSection={<IconPlayerPlay size={16} />} onClick={resume}>
        Resume
      </Button>
      <Button size="xs" variant="light" color="red" leftSection={<IconX size={16} />} onClick={cancel}>
        Cancel
      </Button>
    </>
  );
}
