import type { RequestHandler } from "express";
import type { Tracing } from "../runtime/tracing.js";
import { requestIdOf, routeOf } from "./request-id.js";

/**
 * A span for each request of the API, in the caller's trace if it names one (W3C `traceparent`). Recipients, who open and
 * click, have none: whoever got a mail has no say in what is traced.
 */
export function traceRequests({ api, tracer }: Pick<Tracing, "api" | "tracer">): RequestHandler {
  return (request, response, next) => {
    if (!request.path.startsWith("/api/")) return next();
    const caller = api.propagation.extract(api.ROOT_CONTEXT, request.headers);
    const { method } = request;
    const span = tracer.startSpan(
      method,
      { kind: api.SpanKind.SERVER, attributes: { "http.request.method": method } },
      caller,
    );
    response.once("close", () => {
      const route = routeOf(request);
      if (route !== undefined) span.updateName(`${method} ${route}`).setAttribute("http.route", route);
      span.setAttribute("http.response.status_code", response.statusCode);
      span.setAttribute("floe.request_id", requestIdOf(response) ?? "");
      if (response.statusCode >= 500) span.setStatus({ code: api.SpanStatusCode.ERROR });
      span.end();
    });
    api.context.with(api.trace.setSpan(caller, span), next);
  };
}
