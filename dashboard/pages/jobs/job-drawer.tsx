import { Alert, Anchor, Button } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "react-router";
import type { JobAction, JobKind } from "../../../domain/jobs.js";
import { useAddress } from "../../data/address.js";
import { useApi, useMay } from "../../data/who.js";
import { CodeView } from "../../parts/code-view.js";
import { confirm } from "../../parts/confirm.js";
import { Copyable } from "../../parts/copyable.js";
import type { Column } from "../../parts/data-table.js";
import { DetailDrawer } from "../../parts/detail-drawer.js";
import { Facts } from "../../parts/facts.js";
import { Panel } from "../../parts/panel.js";
import { PlainTable } from "../../parts/plain-table.js";
import { QueryState } from "../../parts/states.js";
import { StatusBadge } from "../../parts/status-badge.js";
import { tellDone, tellProblem } from "../../parts/telling.js";
import { TemporalLink } from "../../parts/temporal-link.js";
import { Time } from "../../parts/time.js";
import { jobQuery, type JobDetail } from "./queries.js";
import { toneOf } from "./tone.js";
import { verbs } from "./verbs.js";

/** One job: how it stands, what it was asked to do, its attempts and parts, and what fits now. */
export function JobDrawer() {
  const { kind = "", job: jobId = "" } = useParams();
  const api = useApi();
  const mayChange = useMay({ resource: "jobs", level: "write" });
  const query = useQuery(jobQuery(api, { kind: kind as JobKind, job_id: jobId }));
  const job = query.data;
  return (
    <DetailDrawer
      title={job?.title ?? kind}
      backTo="/jobs"
      badge={job && <StatusBadge status={job.status} {...toneOf(job.status)} />}
      actions={job && mayChange && <Actions job={job} />}
    >
      <QueryState query={query}>{(found) => <About job={found} />}</QueryState>
    </DetailDrawer>
  );
}

function Actions({ job }: { job: JobDetail }) {
  const api = useApi();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { search } = useAddress();
  const params = { path: { kind: job.kind, job_id: job.job_id } };
  const act = async (action: JobAction): Promise<void> => {
    if (action === "retry") await api.POST("/api/jobs/{kind}/{job_id}/retry", { params });
    else if (action === "cancel") await api.POST("/api/jobs/{kind}/{job_id}/cancel", { params });
    else await api.POST("/api/jobs/{kind}/{job_id}/remove", { params });
    tellDone(verbs[action].done);
    if (action === "remove") void navigate({ pathname: "/jobs", search });
    await queries.invalidateQueries({ queryKey: ["jobs"] });
  };
  const press = (action: JobAction): void => {
    if (action === "retry")
      return void act(action).catch((error: unknown) => tellProblem(error, "It was not taken up"));
    const { verb, about } = verbs[action];
    confirm({ title: `${verb} this job?`, children: about, action: verb, run: () => act(action) });
  };
  return job.actions.map((action) => (
    <Button
      key={action}
      size="xs"
      {...(action === "retry" ? { variant: "default" } : { variant: "light", color: "red" })}
      onClick={() => press(action)}
    >
      {verbs[action].verb}
    </Button>
  ));
}

type JobAttempt = JobDetail["attempt_log"][number];
type JobPart = JobDetail["parts"][number];

const attemptColumns: Column<JobAttempt>[] = [
  { id: "attempt", title: "Attempt", cell: ({ attempt }) => attempt },
  { id: "at", title: "When", cell: ({ at }) => <Time at={at} as="exact" /> },
  { id: "error", title: "Error", cell: ({ error }) => error ?? "none" },
  { id: "outcome", title: "Came to", cell: ({ outcome }) => wordsOf(outcome) },
];
const partColumns: Column<JobPart>[] = [
  { id: "name", title: "Part", cell: ({ name }) => name },
  { id: "state", title: "State", cell: ({ state }) => <StatusBadge status={state} {...toneOf(state)} /> },
  { id: "started", title: "Begun", cell: ({ started_at: at }) => <Time at={at} /> },
  { id: "finished", title: "Finished", cell: ({ finished_at: at }) => <Time at={at} /> },
  { id: "detail", title: "More", cell: ({ detail }) => wordsOf(detail) },
];

function About({ job }: { job: JobDetail }) {
  return (
    <>
      {job.error !== null && (
        <Alert color="red" title="Last error" style={{ overflowWrap: "anywhere" }}>
          {job.error}
        </Alert>
      )}
      <Facts
        columns={2}
        facts={[
          ["Kind", job.kind],
          ["State", job.state],
          ["Created", <Time key="created" at={job.created_at} as="exact" />],
          ["Processed", <Time key="started" at={job.started_at} as="exact" />],
          ["Finished", <Time key="finished" at={job.finished_at} as="exact" />],
          ["Next attempt", <Time key="next" at={job.next_attempt_at} />],
          ["Attempts", job.attempts],
          ["Queue", job.queue],
          [
            "Campaign",
            job.campaign_id && (
              <Anchor key="campaign" component={Link} to={`/campaigns/${job.campaign_id}`} size="sm">
                to the campaign
              </Anchor>
            ),
          ],
          ["Workflow", <Copyable key="workflow" value={job.workflow_id} label="id of the workflow" />],
          ["Id", <Copyable key="id" value={job.job_id} label="id of the job" />],
        ]}
      />
      <TemporalLink workflowId={job.workflow_id} />
      {job.attempt_log.length > 0 && (
        <Panel title="Attempts">
          <PlainTable
            label="Attempts"
            columns={attemptColumns}
            rows={job.attempt_log}
            rowId={({ attempt, at }) => `${attempt} ${at}`}
          />
        </Panel>
      )}
      {job.parts.length > 0 && (
        <Panel title="Parts">
          <PlainTable label="Parts" columns={partColumns} rows={job.parts} rowId={({ name }) => name} />
        </Panel>
      )}
      <CodeView value={job.payload} label="What it was asked to do" />
    </>
  );
}

/** `status 503, took 3 ms` of `{ status: 503, took: "3 ms" }`. */
function wordsOf(detail: Record<string, unknown>): string {
  const words = Object.entries(detail).flatMap(([name, value]) =>
    value === null || value === ""
      ? []
      : [`${name} ${typeof value === "string" ? value : JSON.stringify(value)}`],
  );
  return words.join(", ") || "—";
}
