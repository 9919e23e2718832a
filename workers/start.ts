import { Client } from "@temporalio/client";
import { NativeConnection, Worker, type WorkerOptions } from "@temporalio/worker";
import type { Logger } from "pino";
import { dataConverterOf } from "../client/payload-codec.js";
import { ConfigInvalid } from "../domain/errors.js";
import { ioQueue, laneQueue, orchestrationQueue } from "../domain/lanes.js";
import type { Config } from "../runtime/config.js";
import { findTemporalTlsFault } from "../runtime/temporal-tls.js";
import type { Tracing } from "../runtime/tracing.js";
import { applySchedules } from "../schedules/apply.js";
import { activityMetrics } from "./activity-metrics.js";
import { sampleAlerts } from "./alert-sampler.js";
import { workflowBundle } from "./bundle.js";
import { keepContact } from "./contact.js";
import { workerDataConverter } from "./data-converter.js";
import { startHealth } from "./health.js";
import { keepBeating } from "./heartbeat.js";
import { sampleLoad } from "./load-sampler.js";
import { keepInbound } from "./inbound.js";
import { keepMailDomains } from "./mail-domain-watch.js";
import { createMetrics } from "./metrics.js";
import { keepNotifying } from "./notification-relay.js";
import { sampleParts } from "./part-sampler.js";
import { sampleTenants } from "./tenant-sampler.js";
import { keepProgress } from "./progress-recorder.js";
import { keepSuspensions } from "./suspension-watch.js";
import { resumeStrandedEmails } from "./stranded-emails.js";
import { sampleStanding } from "./standing-sampler.js";
import { sampleQueueDepth } from "./queue-depth.js";
import { laneSlots, partsOf, queuesOf, webhookQueues, type Role } from "./roles.js";
import { ensureSearchAttributes } from "./search-attributes.js";
import { tracedActivities, untraced } from "./traced-activities.js";
import { keepRelaying } from "./webhook-relay.js";
import { wire, type Wiring } from "./wiring.js";
import { WorkCounter } from "./work-counter.js";

export interface StartWorkersInput {
  role: Role;
  config: Config;
  log: Logger;
  /** Milliseconds since the epoch, for daily allowances; default: Redis's own clock. */
  now?: () => number;
  /** Absent: nothing is traced. */
  tracing?: Tracing | undefined;
}

export interface RunningWorkers {
  queues: string[];
  metricsPort: number;
  /** Begins a graceful stop; safe to call twice. */
  stop(): void;
  /** Resolves when every worker has drained and every connection is closed. */
  stopped: Promise<void>;
}

/** Campaign workflows are small, but each cached one costs memory; a sender runs none. */
const cachedWorkflows = 200;
/** Imports and exports are bound by CPU and memory: few at a time. */
const ioSlots = 3;
/** Each serves one endpoint, and mostly waits for its answers: one that hangs holds a slot, and there are always others. */
const webhookSlots = 500;

/** Connects a role's workers and runs them until `stop()`. Rejects with a sentence when a part is away for too long. */
export async function startWorkers(input: StartWorkersInput): Promise<RunningWorkers> {
  const { role, config, log, now, tracing } = input;
  const metrics = createMetrics(role);
  const counter = new WorkCounter();
  const stopping = new AbortController();
  const fault = await findTemporalTlsFault(config.temporal);
  if (fault) throw new ConfigInvalid([fault]);
  const connection = await NativeConnection.connect({
    address: config.temporal.address,
    ...(config.temporal.apiKey ? { apiKey: config.temporal.apiKey } : {}),
    ...(config.temporal.tls ? { tls: config.temporal.tls } : {}),
  });
  const contact = keepContact(connection, config.batchHeartbeatMs / 8);
  const wiring = wire({
    ...{ role, config, log, metrics, counter, tracing },
    stopping: stopping.signal,
    lastContactMs: () => contact.lastMs(),
    ...(now && { now }),
  });
  const { namespace, payloadKeys } = config.temporal;
  const client = new Client({ connection, namespace, dataConverter: dataConverterOf(payloadKeys) });
  if (partsOf(role).orchestrates) {
    await ensureSearchAttributes(connection, namespace, log);
    if (config.applySchedules) {
      const applied = await applySchedules(client, config);
      log.info({ schedules: Object.fromEntries(applied) }, "schedules.applied");
      await wiring.startAlerts();
    }
  }

  const common = {
    connection,
    namespace,
    dataConverter: workerDataConverter(payloadKeys),
    shutdownGraceTime: config.shutdownGraceMs,
    // Activities that outlive the grace are left to their heartbeat timeout; the process must end.
    shutdownForceTime: config.shutdownGraceMs + 10_000,
    interceptors: {
      activity: [
        activityMetrics(metrics, counter, log),
        ...(tracing ? tracedActivities(tracing, wiring.traceMemory) : []),
      ],
    },
    sinks: tracing?.sinks ?? untraced,
  } satisfies Partial<WorkerOptions>;
  const optionsOfAll = await workerOptions(input, wiring);
  const workers = await Promise.all(optionsOfAll.map((options) => Worker.create({ ...common, ...options })));

  const sampler = sampleQueueDepth(connection, namespace, queuesOf(role, config.webhookRegion), metrics);
  const heartbeat = keepBeating({
    ...{ role, counter, log, record: (beat, news) => wiring.recordBeat(beat, news) },
    slots: new Map(
      optionsOfAll.map(({ taskQueue, maxConcurrentActivityTaskExecutions: slots = 0 }) => [taskQueue, slots]),
    ),
  });
  const load = config.rateLimitEnabled
    ? sampleLoad(metrics.registry, (sample) => wiring.reportLoad(sample), metrics.loadFactor)
    : undefined;
  const pingTemporal = () => connection.workflowService.getSystemInfo({});
  const parts = sampleParts({ ...wiring.pings, temporal: pingTemporal }, metrics.registry);
  const watching =
    partsOf(role).orchestrates && config.applySchedules ? wiring.alerts.watch(pingTemporal) : undefined;
  const openAlerts = partsOf(role).orchestrates
    ? sampleAlerts(() => wiring.countOpenAlerts(), metrics.registry)
    : undefined;
  const tenants = partsOf(role).orchestrates
    ? sampleTenants(() => wiring.loadTenantShares(), metrics.registry)
    : undefined;
  const progress = partsOf(role).orchestrates ? keepProgress({ ...wiring, log }) : undefined;
  const standing = partsOf(role).orchestrates
    ? sampleStanding(() => wiring.countStanding(), metrics.standing)
    : undefined;
  const stranded = partsOf(role).orchestrates ? resumeStrandedEmails({ ...wiring, client, log }) : undefined;
  const relaying = partsOf(role).orchestrates ? keepRelaying({ ...wiring.webhooks, log }) : undefined;
  const notifying = partsOf(role).orchestrates ? keepNotifying({ ...wiring.notifications, log }) : undefined;
  const suspensions = partsOf(role).orchestrates ? keepSuspensions({ ...wiring, log }) : undefined;
  const mailDomains = partsOf(role).orchestrates
    ? keepMailDomains({ ...wiring.mailDomains, log })
    : undefined;
  const inbound = partsOf(role).orchestrates
    ? await keepInbound({
        ...{ ...wiring.inbound, metrics, log },
        ...{ port: config.inboundSmtpPort, mailbox: config.inboundMailbox },
      })
    : undefined;
  const health = await startHealth({
    port: config.metricsPort,
    registry: metrics.registry,
    unready: () =>
      workers.filter((worker) => worker.getState() !== "RUNNING").map((w) => w.options.taskQueue),
  });
  const runs = Promise.all(workers.map((worker) => worker.run()));
  const stop = (): void => {
    if (stopping.signal.aborted) return;
    stopping.abort();
    for (const worker of workers) if (worker.getState() === "RUNNING") worker.shutdown();
  };
  // One worker that fails takes the process down in order; the supervisor starts it again.
  runs.catch(stop);
  const stopped = runs
    .then(() => undefined)
    .finally(async () => {
      sampler.stop();
      load?.stop();
      standing?.stop();
      parts.stop();
      openAlerts?.stop();
      await watching?.stop();
      tenants?.stop();
      await stranded?.stop();
      await progress?.stop();
      await relaying?.stop();
      await notifying?.stop();
      await suspensions?.stop();
      await mailDomains?.stop();
      await inbound?.stop();
      await heartbeat.stop();
      contact.stop();
      await health.close();
      await wiring.close();
      await connection.close();
    });
  return { queues: queuesOf(role, config.webhookRegion), metricsPort: health.port, stop, stopped };
}

async function workerOptions(
  { role, config, tracing }: StartWorkersInput,
  wiring: Wiring,
): Promise<WorkerOptions[]> {
  const parts = partsOf(role);
  const options: WorkerOptions[] = [];
  if (parts.orchestrates) {
    options.push({
      taskQueue: orchestrationQueue,
      workflowBundle: await workflowBundle(config.workflowBundle, { traced: tracing !== undefined }),
      activities: wiring.orchestrationActivities,
      maxCachedWorkflows: cachedWorkflows,
      maxConcurrentActivityTaskExecutions: 10,
    });
  }
  for (const lane of parts.lanes) {
    options.push({
      taskQueue: laneQueue(lane),
      activities: wiring.laneActivities,
      maxConcurrentActivityTaskExecutions: laneSlots(lane, config.queueConcurrency),
      maxHeartbeatThrottleInterval: "5s",
    });
  }
  if (parts.files) {
    options.push({
      taskQueue: ioQueue,
      activities: wiring.ioActivities,
      maxConcurrentActivityTaskExecutions: ioSlots,
    });
  }
  for (const taskQueue of webhookQueues(role, config.webhookRegion)) {
    options.push({
      taskQueue,
      activities: wiring.webhookActivities,
      maxConcurrentActivityTaskExecutions: webhookSlots,
    });
  }
  return options;
}
