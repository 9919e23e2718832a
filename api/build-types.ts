/** Writes the types of everything that can be asked over HTTP, for the dashboard: made of the OpenAPI document, never kept. */
import { readFile, writeFile } from "node:fs/promises";
import openapiTS, { astToString, type OpenAPI3 } from "openapi-typescript";
import { documentedRoutes } from "./documented/index.js";
import { createOpenApi } from "./openapi/document.js";
import { operations } from "./operations/index.js";

const file = new URL("../dashboard/data/api-types.ts", import.meta.url);

const document = createOpenApi({ operations, routes: documentedRoutes }, "http://localhost");
// Through JSON: Dates and undefined are no part of a document.
const plain = JSON.parse(JSON.stringify(document), withoutOwnRefs) as OpenAPI3;
const types = `${astToString(await openapiTS(plain))}`;
const before = await readFile(file, "utf8").catch(() => "");
// An unchanged file stays as old as it is, so that what watches it rests.
if (before !== types) await writeFile(file, types);

/** TypeScript refuses a property that is a union with itself inside: there, one level down, it is `unknown`. */
function withoutOwnRefs(name: string, value: unknown): unknown {
  const own = `{"$ref":"#/components/schemas/${name}"}`;
  const text = name.includes(".") ? JSON.stringify(value) : "";
  return text.includes(own) ? JSON.parse(text.replaceAll(own, "{}")) : value;
}
