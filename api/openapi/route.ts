import { z } from "zod";
import type { Door, DocumentedAnswer, DocumentedRoute } from "../documented/route.js";
import { toJsonSchema, type Definitions } from "../json-schema.js";
import { parameter } from "./operation.js";
import { problemAnswers, problemContent } from "./problems.js";

/** An object of the document's `paths`. */
export interface Described {
  operationId: string;
  summary: string;
  tags: string[];
  description: string;
  parameters: unknown[];
  requestBody?: Body;
  responses: Record<string, unknown>;
  security?: unknown;
}

interface Body {
  required: boolean;
  content: Record<string, unknown>;
}

type Contents = Readonly<Record<string, z.ZodType | null>>;

const asked: Record<Door, Record<string, []>> = {
  key: { key: [] },
  session: { session: [], page: [] },
  nobody: {},
};

/** What is no operation as an object of the document. */
export function describeRoute(route: DocumentedRoute, definitions: Definitions): Described {
  const { id, path, summary, tag, description = "", doors, body, bodyRequired = false } = route;
  const input = toJsonSchema(route.input ?? z.object({}), {
    ...{ io: "input", name: `${id}.input`, definitions },
  });
  const inPath = new Set([...path.matchAll(/[:*](\w+)/g)].map(([, name]) => name));
  const needed = new Set(input.required?.filter((name) => name !== "tenant_id"));
  const parameters = Object.entries(input.properties ?? {})
    // Told where it is asked, as the platform's requests need it.
    .filter(([name]) => name !== "actor")
    .map(([name, schema]) =>
      parameter(inPath.has(name) ? "path" : "query", name, schema, inPath.has(name) || needed.has(name)),
    );
  const contentOf = (contents: Contents, io: "input" | "output", name: string) =>
    Object.fromEntries(
      Object.entries(contents).map(([type, schema]) => {
        const told = schema && toJsonSchema(schema, { io, name: `${id}.${name}`, definitions });
        return [type, { schema: told ?? { type: "string" } }];
      }),
    );
  const answer = ([status, { description, content, headers = [] }]: [string, DocumentedAnswer]): [
    string,
    unknown,
  ] => [
    status,
    {
      description,
      ...(headers.length > 0 && {
        headers: Object.fromEntries(headers.map((name) => [name, { schema: { type: "string" } }])),
      }),
      ...(content && {
        // Whoever looks from a page gets a page, everybody else a problem.
        content: { ...contentOf(content, "output", "output"), ...(Number(status) >= 400 && problemContent) },
      }),
    },
  ];
  return {
    ...{ operationId: id, summary, tags: [tag], description, parameters },
    ...(body && { requestBody: { required: bodyRequired, content: contentOf(body, "input", "body") } }),
    responses: { ...problemAnswers, ...Object.fromEntries(Object.entries(route.answers).map(answer)) },
    security: doors.map((door) => asked[door]),
  };
}
