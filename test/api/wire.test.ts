import { describe, expect, it } from "vitest";
import { z } from "zod";
import { InvalidInput } from "../../domain/errors.js";
import { fieldToWire, fromQuery, fromWire, toWire } from "../../api/wire.js";

const schema = z.strictObject({
  tenantId: z.string(),
  perSecond: z.number().nullable().default(null),
  sendAt: z.union([z.date(), z.iso.datetime()]).optional(),
  eventTypes: z.array(z.string()).optional(),
  attributes: z.record(z.string(), z.string()).optional(),
  variants: z.array(z.strictObject({ fromName: z.string() })).optional(),
  choice: z
    .union([z.strictObject({ listId: z.string() }), z.strictObject({ segmentId: z.string() })])
    .optional(),
  dryRun: z.boolean().optional(),
});

const edge = z.union([z.string(), z.object({ onFailure: z.enum(["stop"]) })]);

function problemsOf(value: unknown): InvalidInput["problems"] {
  try {
    fromWire(schema, value);
  } catch (error) {
    if (error instanceof InvalidInput) return error.problems;
  }
  throw new Error("Nothing was refused.");
}

describe("names between JSON and the SDK", () => {
  it("are those of the schema, at every depth; the caller's own stay", () => {
    const read = fromWire(schema, {
      tenant_id: "acme",
      per_second: 5,
      attributes: { first_name: "A", firstName: "B" },
      variants: [{ from_name: "News" }],
      choice: { segment_id: "s" },
    });
    expect(read).toEqual({
      tenantId: "acme",
      perSecond: 5,
      attributes: { first_name: "A", firstName: "B" },
      variants: [{ fromName: "News" }],
      choice: { segmentId: "s" },
    });
    expect(toWire(schema, read)).toMatchObject({
      tenant_id: "acme",
      attributes: { first_name: "A", firstName: "B" },
      variants: [{ from_name: "News" }],
      choice: { segment_id: "s" },
    });
  });

  it("are refused where the schema has none like it, the SDK's spelling too", () => {
    expect(problemsOf({ tenantId: "acme", variants: [{ fromName: "x" }] })).toEqual([
      { field: "tenantId", problem: "is not known; check the spelling" },
      { field: "variants.0.fromName", problem: "is not known; check the spelling" },
    ]);
    expect(problemsOf(JSON.parse('{"__proto__": {"tenant_id": "x"}}'))).toMatchObject([
      { field: "__proto__" },
    ]);
  });

  it("hide what an answer's schema does not name", () => {
    expect(toWire(z.object({ keyId: z.string() }), { keyId: "k", hash: "secret" })).toEqual({ key_id: "k" });
  });

  it("are given back to errors as the caller wrote them", () => {
    expect(fieldToWire(schema, "variants.1.fromName")).toBe("variants.1.from_name");
    expect(fieldToWire(schema, "attributes.firstName")).toBe("attributes.firstName");
    expect(fieldToWire(schema, "choice.segmentId")).toBe("choice.segment_id");
  });

  it("follow the option that one field tells apart, also into lists of it", () => {
    const jobs = z.array(
      z.discriminatedUnion("type", [
        z.object({ type: z.literal("mail"), after: z.array(edge), input: z.object({ sendAt: z.string() }) }),
        z.object({ type: z.literal("wait"), after: z.array(edge), input: z.object({ forMs: z.number() }) }),
      ]),
    );
    const written = [{ type: "wait", after: ["a", { on_failure: "x" }], input: { for_ms: "no number" } }];
    const read = fromWire(jobs, written);
    expect(read).toEqual([{ type: "wait", after: ["a", { onFailure: "x" }], input: { forMs: "no number" } }]);
    const answered = {
      type: "wait" as const,
      after: ["a", { onFailure: "stop" as const }],
      input: { forMs: 1 },
    };
    expect(toWire(jobs, [answered])).toEqual([
      { type: "wait", after: ["a", { on_failure: "stop" }], input: { for_ms: 1 } },
    ]);
    expect(fieldToWire(jobs, "0.after.1.onFailure")).toBe("0.after.1.on_failure");
    expect(fieldToWire(jobs, "0.input.forMs")).toBe("0.input.for_ms");
    expect(fieldToWire(jobs, "0.input.sendAt")).toBe("0.input.send_at");
  });

  it("texts of a query become what the schema wants, and stay when they cannot", () => {
    const query = { per_second: "2.5", dry_run: "true", event_types: "a.b,c.d", tenant_id: "7" };
    expect(fromQuery(schema, query)).toEqual({
      per_second: 2.5,
      dry_run: true,
      event_types: ["a.b", "c.d"],
      tenant_id: "7",
    });
    expect(fromQuery(schema, { per_second: "1e9", dry_run: "yes" })).toEqual({
      per_second: "1e9",
      dry_run: "yes",
    });
  });

  it("instants become dates where the schema takes them", () => {
    const read = fromWire(z.object({ sendAt: z.date() }), { send_at: "2026-12-01T09:00:00Z" });
    expect(read).toEqual({ sendAt: new Date("2026-12-01T09:00:00Z") });
    expect(fromWire(z.object({ sendAt: z.date() }), { send_at: "tomorrow" })).toEqual({ sendAt: "tomorrow" });
  });
});
