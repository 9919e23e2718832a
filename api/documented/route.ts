import type { z } from "zod";

/** How somebody is let in: with a key, by a person's session, or without either. */
export type Door = "key" | "session" | "nobody";

/**
 * What can be asked at one address that is no operation: pages, files, links in mail, what other systems tell us. Names in
 * schemas are the SDK's; the document has them in snake_case.
 */
export interface DocumentedRoute {
  /** `sessions.begin`: stable, as generated clients have it. */
  id: string;
  method: "get" | "post" | "delete";
  /** As Express has it; `*rest` is all that follows. */
  path: string;
  summary: string;
  tag: string;
  /** Any of them does. */
  doors: readonly Door[];
  description?: string;
  /** Of the path and the query; one that the path has not is of the query. */
  input?: z.ZodType;
  /** By media type; `null`: bytes. */
  body?: Readonly<Record<string, z.ZodType | null>>;
  /** A form may be empty, and so may a body of which nothing must be said. */
  bodyRequired?: boolean;
  answers: Readonly<Record<number, DocumentedAnswer>>;
}

export interface DocumentedAnswer {
  description: string;
  /** By media type; `null`: a text or bytes. Absent: there is no body. */
  content?: Readonly<Record<string, z.ZodType | null>>;
  headers?: readonly string[];
}

export const page = (description: string): DocumentedAnswer => ({
  description,
  content: { "text/html": null },
});
export const json = (schema: z.ZodType, description = "Done."): DocumentedAnswer => ({
  description,
  content: { "application/json": schema },
});
export const led = (description: string): DocumentedAnswer => ({ description, headers: ["Location"] });
export const done: DocumentedAnswer = { description: "Done." };
