import { describe, expect, it } from "vitest";
import type { FaultAction, FaultStage } from "../support/fault-smtp.js";
import {
  envelope,
  inShort,
  message,
  nodeAt,
  server,
  to,
  transportTo,
  variants,
  type Variant,
} from "../support/transport-fixture.js";

const wrong: { name: string; action: Extract<FaultAction, { line: string }> }[] = [
  { name: "no reply at all", action: { kind: "reply", line: "I beg your pardon?" } },
  { name: "an invitation", action: { kind: "reply", line: "354 Go ahead" } },
  { name: "a greeting", action: { kind: "reply", line: "220 fault.test" } },
  { name: "noise before the reply", action: { kind: "extra", line: "(debug)" } },
  { name: "a goodbye before the reply", action: { kind: "extra", line: "421 4.3.2 Shutting down" } },
];

describe.each(variants)("$name", ({ kind, offers, byChunks }: Variant) => {
  const stages: FaultStage[] = byChunks ? ["mail", "rcpt"] : ["mail", "rcpt", "data"];

  /** Five messages on one connection, of which the third meets the fault; the others never fail. */
  async function thirdMeets(stage: FaultStage, action: FaultAction) {
    const fault = { stage, action, connection: 1, message: 3 };
    // nodemailer takes any 2xx to DATA for an invitation.
    const smtp = await server({ ...offers, faults: [fault] }, { strict: kind === "pipelined" });
    const node = nodeAt(smtp.port, { maxConnections: 1 });
    const transport = transportTo({ kind });
    const outcomes = await Promise.all(
      [1, 2, 3, 4, 5].map((n) => transport.transmit(node, { envelope: to(`${n}@x.test`), bytes: message() })),
    );
    const [one, two, third = "", four, five] = outcomes.map(inShort);
    expect([stage, one, two, four, five]).toEqual([stage, ...Array<string>(4).fill("accepted")]);
    expect(smtp.statistics().fired).toEqual({ [`${stage}-${action.kind}`]: 1 });
    return { third, received: smtp.messages.map((received) => Number(received.to[0]?.[0])) };
  }

  describe("a group that is answered in part", () => {
    for (const action of ["drop", "reset", "stall"] as const) {
      it(`and then a ${action}: each message has the outcome of its own stage`, async () => {
        for (const stage of stages) {
          const { third, received } = await thirdMeets(stage, { kind: action });
          // To its MAIL nothing was answered: another connection takes it, unless it is silence that nodemailer waited out.
          const allowed = stage === "mail" ? ["accepted", "deferred timeout"] : [];
          expect(["deferred connection", "deferred timeout", ...allowed]).toContain(third);
          expect(received.includes(3)).toBe(third === "accepted");
        }
        const { third, received } = await thirdMeets("after-dot", { kind: action });
        expect(third).toBe("unknown");
        expect(received.filter((n) => n === 3)).toHaveLength(1);
      });
    }

    it("and refused in part: the refusal is one message's alone", async () => {
      for (const stage of stages) {
        const { third, received } = await thirdMeets(stage, {
          kind: "reply",
          line: "550 5.1.1 No such user",
        });
        expect([third, received]).toEqual(["rejected bad-address", [1, 2, 4, 5]]);
      }
    });
  });

  describe("a reply out of step", () => {
    for (const { name, action } of wrong) {
      it(`(${name}) ends the connection, and leaves the truth in the outcomes`, async () => {
        for (const stage of stages) {
          if (stage === "data" && action.kind === "reply" && action.line.startsWith("354")) continue;
          const { third, received } = await thirdMeets(stage, action);
          // What is no reply to its MAIL leaves it untouched: another connection took it.
          if (third === "accepted") expect([stage, received]).toEqual(["mail", [1, 2, 3, 4, 5]]);
          else if (third !== "unknown") expect(received).not.toContain(3);
        }
      });

      it(`(${name}) in place of the acceptance: unknown`, async () => {
        const { third } = await thirdMeets("after-dot", action);
        const isGoodbye = action.line.startsWith("421");
        expect(third).toBe(isGoodbye ? "deferred temporary" : "unknown");
      });
    }
  });

  it("understands replies that arrive octet by octet", async () => {
    let size = 0;
    const smtp = await server({ ...offers, cutAt: () => (size = (size % 3) + 1) });
    const transport = transportTo({ kind, socketTimeoutMs: 5_000, connectTimeoutMs: 5_000 });
    const node = nodeAt(smtp.port, { maxConnections: 2 });
    const sends = Array.from({ length: 10 }, () => transport.transmit(node, { envelope, bytes: message() }));
    expect(new Set((await Promise.all(sends)).map(inShort))).toEqual(new Set(["accepted"]));
    expect(smtp.statistics()).toMatchObject({ received: 10, duplicates: 0 });
  });
});
