import type { OpenTelemetrySinks } from "@temporalio/interceptors-opentelemetry";
import type { ActivityInterceptorsFactory, InjectedSinks } from "@temporalio/worker";
import type { Span } from "@opentelemetry/api";
import type { Tracing } from "../runtime/tracing.js";
import type { TraceMemory } from "../throttle/trace-memory.js";

/** For a bundle with spans in a process without: they go nowhere. */
export const untraced: InjectedSinks<OpenTelemetrySinks> = {
  exporter: { export: { fn: () => undefined, callDuringReplay: false } },
};

/** What names a piece of work; nothing else of an activity's input is told. */
const idsOfInput: Record<string, string> = {
  sendId: "floe.send_id",
  batchNo: "floe.batch_no",
  groupId: "floe.group_id",
  webhookId: "floe.webhook_id",
  importId: "floe.import_id",
  exportId: "floe.export_id",
  runId: "floe.run_id",
};

/** Whose settled recipients webhooks are told of: the field of their input that names it. */
const subjectOfActivity: Record<string, "sendId" | "groupId"> = {
  sendBatch: "sendId",
  transmitEmails: "groupId",
};

/**
 * Spans of activities: one each, with the ids of what it works on and the counts of what came of it. That of a batch is
 * remembered, so that webhooks about its recipients are found in its trace.
 */
export function tracedActivities(
  { api, activityInterceptor }: Pick<Tracing, "api" | "activityInterceptor">,
  memory: Pick<TraceMemory, "remember">,
): ActivityInterceptorsFactory[] {
  const rememberBatch = (activityType: string, input: unknown): void => {
    const subject = readField(input, subjectOfActivity[activityType]);
    const carrier: { traceparent?: string } = {};
    api.propagation.inject(api.context.active(), carrier);
    if (typeof subject === "string" && carrier.traceparent !== undefined)
      memory.remember(subject, carrier.traceparent);
  };
  const described: ActivityInterceptorsFactory = ({ info }) => ({
    inbound: {
      async execute(input, next) {
        const span = api.trace.getActiveSpan();
        if (!span?.isRecording()) return next(input);
        tellIds(span, input.args[0]);
        rememberBatch(info.activityType, input.args[0]);
        const result: unknown = await next(input);
        tellCounts(span, result);
        return result;
      },
    },
  });
  return [activityInterceptor, described];
}

function tellIds(span: Span, input: unknown): void {
  if (typeof input !== "object" || input === null) return;
  for (const [field, value] of Object.entries(input)) {
    const name = idsOfInput[field];
    if (name !== undefined && (typeof value === "string" || typeof value === "number"))
      span.setAttribute(name, value);
  }
}

/** Numbers only: of the result, and of its `counts`. */
function tellCounts(span: Span, result: unknown): void {
  if (typeof result !== "object" || result === null) return;
  for (const [field, value] of Object.entries(result)) {
    if (typeof value === "number") span.setAttribute(`floe.${snakeCase(field)}`, value);
    else if (field === "counts") tellCounts(span, value);
  }
}

function readField(input: unknown, field: string | undefined): unknown {
  if (field === undefined || typeof input !== "object" || input === null) return undefined;
  return (input as Record<string, unknown>)[field];
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
