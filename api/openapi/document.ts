import type { DocumentedRoute } from "../documented/route.js";
import type { Definitions } from "../json-schema.js";
import type { Operation } from "../operation.js";
import { describeOperation } from "./operation.js";
import { problemResponses, problemSchema } from "./problems.js";
import { describeRoute, type Described } from "./route.js";

export interface Documented {
  operations: readonly Operation[];
  routes: readonly DocumentedRoute[];
}

/** OpenAPI 3.1 of all that is answered: made of the schemas that check requests and write answers. */
export function createOpenApi(
  { operations, routes }: Documented,
  publicUrl: string,
): Record<string, unknown> {
  const definitions: Definitions = { Problem: problemSchema };
  const paths: Record<string, Record<string, Described>> = {};
  const place = (path: string, method: string, one: Described): void => {
    const at = (paths[path.replaceAll(/[:*](\w+)/g, "{$1}")] ??= {});
    const there = at[method];
    at[method] = there ? withBodyOf(there, one) : one;
  };
  for (const one of operations) place(one.path, one.method, describeOperation(one, definitions));
  for (const one of routes) place(one.path, one.method, describeRoute(one, definitions));
  const tags = [...operations.map(({ resource }) => resource), ...routes.map(({ tag }) => tag)];
  return {
    openapi: "3.1.0",
    info: { title: "Floe", version: "1", summary: "Email campaigns as durable workflows", description },
    servers: [{ url: publicUrl }],
    security: [{ key: [] }, { session: [], page: [] }],
    tags: [...new Set(tags)].sort().map((name) => ({ name })),
    paths,
    components: { securitySchemes: doors(publicUrl), schemas: definitions, responses: problemResponses },
  };
}

/** What is asked in JSON takes another kind of body, too. */
function withBodyOf(one: Described, other: Described): Described {
  return {
    ...one,
    description: `${one.description} ${other.summary}.`,
    parameters: [...one.parameters, ...other.parameters],
    requestBody: {
      required: true,
      content: { ...one.requestBody?.content, ...other.requestBody?.content },
    },
  };
}

function doors(publicUrl: string): Record<string, unknown> {
  const secure = publicUrl.startsWith("https:");
  const cookie = secure ? "__Host-floe-session" : "floe-session";
  const from = "With a session: that a page of Floe's own asks; any value.";
  return {
    key: { type: "http", scheme: "bearer", description: "An API key, `floe_…`" },
    session: { type: "apiKey", in: "cookie", name: cookie, description: "Of `POST /api/session`." },
    page: { type: "apiKey", in: "header", name: "Floe-Csrf", description: from },
  };
}

const description = `Names are in snake_case, times in ISO 8601 with a zone, ids of contacts are strings.

A key belongs to a tenant, which it need not name; requests of the platform say which tenant they are about (\`tenant_id\`).

Lists have \`data\` and \`next\`, which is given as \`before\` or \`after\` for the page that follows; the \`Link\` header has its address. A page
may hold fewer rows than \`limit\`, or none, and have a \`next\` all the same: where no index knows the answer, so many rows are looked at and no
more.
Every POST takes an \`Idempotency-Key\`: the same request again is answered as the first time, for a day. \`If-Match\` with the ETag of
what was looked at has a change refused (412) when somebody else was faster. \`Floe-Reason\` is kept in the audit log.

What is refused is \`application/problem+json\` (RFC 9457), with every field that is wrong.`;
