import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
// The transformer decodes requests for nobody but its own tests; its message types are the protocol's all the same.
import otlp from "@opentelemetry/otlp-transformer/build/src/generated/root.js";
import { until } from "./until.js";

export interface CollectedSpan {
  service: string;
  traceId: string;
  spanId: string;
  parentSpanId: string;
  name: string;
  attributes: Record<string, unknown>;
  /** Everything that was sent of it, as text. */
  text: string;
}

export interface TraceCollector {
  /** As a process is told: the collector's address for traces. */
  url: string;
  spans: CollectedSpan[];
  /** Waits for such a span. */
  find(what: string, matches: (span: CollectedSpan) => boolean): Promise<CollectedSpan>;
  /** The span, what it is a child of, and so on up to the first, or to the child of `caller`, which was not sent here. */
  ancestry(span: CollectedSpan, caller?: string): Promise<CollectedSpan[]>;
  close(): Promise<void>;
}

interface OtlpSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  attributes: OtlpAttribute[];
}
interface OtlpAttribute {
  key: string;
  value: Record<string, unknown>;
}
interface OtlpRequest {
  resourceSpans: { resource: { attributes: OtlpAttribute[] }; scopeSpans: { spans: OtlpSpan[] }[] }[];
}

/** Takes spans as a collector does: OTLP over HTTP, protobuf. */
export async function startTraceCollector(): Promise<TraceCollector> {
  const spans: CollectedSpan[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      spans.push(...read(Buffer.concat(parts)));
      response.writeHead(200, { "content-type": "application/x-protobuf" }).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const find: TraceCollector["find"] = (what, matches) =>
    until(`a span of ${what}`, async () => spans.find(matches));
  return {
    ...{ url: `http://127.0.0.1:${port}/v1/traces`, spans, find },
    async ancestry(span, caller = "") {
      const line = [span];
      for (let at = span; at.parentSpanId !== caller;) {
        const { parentSpanId: id } = at;
        at = await find(`the parent of ${at.name}`, ({ spanId }) => spanId === id);
        line.push(at);
      }
      return line;
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

function read(body: Buffer): CollectedSpan[] {
  const type = otlp.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
  const request = type.toObject(type.decode(body), { bytes: String, longs: String }) as OtlpRequest;
  return request.resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => ({
        service: String(toRecord(resource.attributes)["service.name"]),
        traceId: toHex(span.traceId),
        spanId: toHex(span.spanId),
        parentSpanId: toHex(span.parentSpanId ?? ""),
        name: span.name,
        attributes: toRecord(span.attributes ?? []),
        text: JSON.stringify(span),
      })),
    ),
  );
}

function toHex(base64: string): string {
  return Buffer.from(base64, "base64").toString("hex");
}

function toRecord(attributes: OtlpAttribute[]): Record<string, unknown> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => {
      const [found] = Object.values(value);
      return [key, "intValue" in value ? Number(found) : found];
    }),
  );
}
