import { z } from "zod";

/** Where spans go. */
export interface TracingConfig {
  /** The collector's address for traces: OTLP, HTTP with protobuf. */
  url: string;
  /** Of single messages, the share that has a span: 0 to 1. */
  messageRatio: number;
}

const address = z.url({
  protocol: /^https?$/,
  error: "must be a URL that starts with http:// or https://",
});
const protocol = z.literal("http/protobuf", "must be http/protobuf, the only one that is spoken").optional();

/** OpenTelemetry's own names where it has one. Those that its SDK alone needs are left to it. */
export const tracingVariables = {
  OTEL_EXPORTER_OTLP_ENDPOINT: address.optional(),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: address.optional(),
  OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: protocol,
  OTEL_TRACES_EXPORTER: z.enum(["otlp", "none"], "must be otlp or none").default("otlp"),
  OTEL_SDK_DISABLED: z.stringbool("must be true or false").default(false),
  TRACE_MESSAGES: z.coerce
    .number<string>("must be a share from 0 to 1")
    .min(0, "must be 0 to 1")
    .max(1, "must be 0 to 1")
    .default(0.001),
};

type TracingValues = z.infer<z.ZodObject<typeof tracingVariables>>;

/** Undefined: nothing is traced. */
export function tracingOf(value: TracingValues): TracingConfig | undefined {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: base, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: own } = value;
  if (value.OTEL_SDK_DISABLED || value.OTEL_TRACES_EXPORTER === "none") return undefined;
  const url = own ?? (base === undefined ? undefined : `${base.replace(/\/+$/, "")}/v1/traces`);
  return url === undefined ? undefined : { url, messageRatio: value.TRACE_MESSAGES };
}

/** Before, or without, the rest of the environment; a mistake in it is told with the others. */
export function readTracing(env: NodeJS.ProcessEnv): TracingConfig | undefined {
  const given = Object.entries(env).filter(([, value]) => value !== "");
  const parsed = z.object(tracingVariables).safeParse(Object.fromEntries(given));
  return parsed.success ? tracingOf(parsed.data) : undefined;
}
