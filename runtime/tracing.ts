import { setTimeout as sleep } from "node:timers/promises";
import type * as Api from "@opentelemetry/api";
import type { ReadableSpan, SpanExporter } from "@opentelemetry/sdk-trace-node";
import type { WorkflowClientInterceptor } from "@temporalio/client";
import type { OpenTelemetrySinks } from "@temporalio/interceptors-opentelemetry";
import type { ActivityInterceptorsFactory, InjectedSinks } from "@temporalio/worker";
import type { Logger } from "pino";
import { withoutAddresses } from "../domain/replies.js";
import type { TracingConfig } from "./tracing-config.js";

/** What a process that is traced does its work through. */
export interface Tracing {
  /** Of single messages, the share that has a span. */
  messageRatio: number;
  tracer: Api.Tracer;
  /** OpenTelemetry's API, for those who were not asked to load it. */
  api: typeof Api;
  /** Of every client of workflows: starts, signals, queries. */
  clientInterceptor: WorkflowClientInterceptor;
  /** Of every worker. */
  activityInterceptor: ActivityInterceptorsFactory;
  /** Of workers that run workflows: takes over spans that began inside of them. */
  sinks: InjectedSinks<OpenTelemetrySinks>;
  /** Sends what waits, and ends. */
  stop(): Promise<void>;
}

export interface StartTracingInput {
  config: TracingConfig | undefined;
  /** `service.name`, if the environment does not name the service: `floe-api`, `floe-sender`. */
  service: string;
  log: Pick<Logger, "warn">;
}

/** A collector that is away is named so often. */
const complainEveryMs = 60_000;
/** No process stays for a collector that does not answer. */
const lastSpansMs = 5_000;

/**
 * Once a process, before anything that is to be traced. Undefined, and nothing is loaded, unless the configuration names a
 * collector. Standard variables hold (`OTEL_EXPORTER_OTLP_HEADERS`, `OTEL_TRACES_SAMPLER`, `OTEL_BSP_*`,
 * `OTEL_RESOURCE_ATTRIBUTES`, …): OpenTelemetry's SDK reads them itself.
 */
export async function startTracing({
  config,
  service,
  log,
}: StartTracingInput): Promise<Tracing | undefined> {
  if (!config) return undefined;
  const [api, { W3CTraceContextPropagator }, sdk, resources, { OTLPTraceExporter }, temporal] =
    await Promise.all([
      import("@opentelemetry/api"),
      import("@opentelemetry/core"),
      import("@opentelemetry/sdk-trace-node"),
      import("@opentelemetry/resources"),
      import("@opentelemetry/exporter-trace-otlp-proto"),
      import("@temporalio/interceptors-opentelemetry"),
    ]);
  complainSeldom(api, log);
  const { Resource, detectResourcesSync, envDetectorSync } = resources;
  const given = detectResourcesSync({ detectors: [envDetectorSync] });
  const resource = new Resource({ "service.name": service }).merge(given);
  const exporter = discreet(new OTLPTraceExporter({ url: config.url }));
  const processor = new sdk.BatchSpanProcessor(exporter);
  const provider = new sdk.NodeTracerProvider({ resource, spanProcessors: [processor] });
  // Not baggage: what a caller puts there would end in histories, and at receivers of webhooks.
  provider.register({ propagator: new W3CTraceContextPropagator() });
  const tracer = provider.getTracer("floe");
  const { OpenTelemetryActivityInboundInterceptor: Inbound } = temporal;
  return {
    ...{ api, tracer, messageRatio: config.messageRatio },
    clientInterceptor: new temporal.OpenTelemetryWorkflowClientInterceptor({ tracer }),
    activityInterceptor: (context) => ({
      inbound: new Inbound(context, { tracer }),
      outbound: new temporal.OpenTelemetryActivityOutboundInterceptor(context),
    }),
    sinks: { exporter: temporal.makeWorkflowExporter(processor, resource) },
    stop: () => Promise.race([provider.shutdown().catch(() => undefined), sleep(lastSpansMs)]),
  };
}

/**
 * What leaves: plain values only, because a workflow's span brings all that the workflow knows of itself, and sentences of
 * errors without the addresses that they may quote. Stacks say nothing that a log does not.
 */
function discreet(exporter: SpanExporter): SpanExporter {
  return {
    export: (spans, done) => exporter.export(spans.map(withoutSecrets), done),
    forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
    shutdown: () => exporter.shutdown(),
  };
}

function withoutSecrets(span: ReadableSpan): ReadableSpan {
  const { message, ...status } = span.status;
  const events = span.events.map((event) => ({ ...event, attributes: plain(event.attributes ?? {}) }));
  return Object.create(span, {
    attributes: { value: plain(span.attributes) },
    events: { value: events },
    status: { value: message === undefined ? status : { ...status, message: withoutAddresses(message) } },
  }) as ReadableSpan;
}

function plain(attributes: Api.Attributes): Api.Attributes {
  const kept: Api.Attributes = {};
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "object" || name === "exception.stacktrace") continue;
    kept[name] = typeof value === "string" ? withoutAddresses(value) : value;
  }
  return kept;
}

/** Spans that cannot be sent are dropped, and nothing waits for them. */
function complainSeldom(api: Tracing["api"], log: StartTracingInput["log"]): void {
  let lastMs = -Infinity;
  const nothing = (): void => undefined;
  const complain = (message: string): void => {
    if (performance.now() - lastMs < complainEveryMs) return;
    lastMs = performance.now();
    log.warn({ reason: message.slice(0, 300) }, "traces.not_sent");
  };
  const logger = { error: complain, warn: complain, info: nothing, debug: nothing, verbose: nothing };
  api.diag.setLogger(logger, { logLevel: api.DiagLogLevel.WARN, suppressOverrideMessage: true });
}
