import { describe, expect, it } from "vitest";
import type { SendOutcome } from "../../domain/outcome.js";
import type { Fault } from "../support/fault-smtp.js";
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

/** More than the socket buffers of both sides hold, so that the final dot cannot leave while the server stops reading. */
const large = 20_000_000;

const replies: [string, Partial<SendOutcome>][] = [
  ["421 4.7.28 Unusual rate of mail", { kind: "deferred", reason: "throttled" }],
  ["450 4.2.1 Receiving mail too quickly", { kind: "deferred", reason: "temporary" }],
  [
    "451 4.7.1 Greylisted, try again in 300 seconds",
    { kind: "deferred", reason: "greylisted", retryAfterMs: 300_000 },
  ],
  ["452 4.2.2 Over quota", { kind: "deferred", reason: "mailbox-full" }],
  ["550 5.1.1 No such user", { kind: "rejected", reason: "bad-address" }],
  ["552 5.3.4 Message too big", { kind: "rejected", reason: "too-large" }],
  ["554 5.7.1 Blocked by policy", { kind: "rejected", reason: "policy" }],
];

const awayStages = ["connect", "ehlo"] as const;

describe.each(variants)("$name", ({ kind, offers, byChunks }: Variant) => {
  const envelopeStages = byChunks ? (["mail", "rcpt"] as const) : (["mail", "rcpt", "data"] as const);

  async function withFault(fault: Fault, bytes = 10_000) {
    const smtp = await server({ ...offers, faults: [fault] });
    const outcome = await transportTo({ kind }).transmit(nodeAt(smtp.port), {
      envelope,
      bytes: message(bytes),
    });
    return { outcome, statistics: smtp.statistics() };
  }

  describe("an accepted message", () => {
    it("arrives byte for byte, with the server's reply", async () => {
      const smtp = await server({ ...offers, keepBodies: true });
      const bytes = Buffer.from("Subject: dots\r\n\r\n.\r\n..\r\nend .\r\n");
      const outcome = await transportTo({ kind }).transmit(nodeAt(smtp.port), { envelope, bytes });
      expect(outcome).toEqual({
        kind: "accepted",
        reply: { code: 250, enhanced: "2.0.0", text: "Ok: queued as 1.1" },
      });
      expect(smtp.messages[0]).toMatchObject({ from: envelope.from, to: [envelope.to], acknowledged: true });
      const body = smtp.messages[0]?.body ?? "";
      expect(byChunks ? body : body.replaceAll(/^\./gm, "")).toBe(bytes.toString());
    });

    it("arrives also when it is large", async () => {
      const smtp = await server({ ...offers, keepBodies: true });
      const transport = transportTo({ kind, socketTimeoutMs: 5_000 });
      const large = [message(300_000), message(3_000), message(200_000), message(3_000)];
      const outcomes = await Promise.all(
        large.map((bytes) =>
          transport.transmit(nodeAt(smtp.port, { maxConnections: 1 }), { envelope, bytes }),
        ),
      );
      expect(outcomes.map(inShort)).toEqual(Array(4).fill("accepted"));
      expect(smtp.messages.map(({ body }) => body)).toEqual(large.map(String));
    });

    it("goes to an international domain by its A-label", async () => {
      const smtp = await server(offers);
      const message_ = { envelope: to("ada@müller.test"), bytes: message() };
      await transportTo({ kind }).transmit(nodeAt(smtp.port), message_);
      expect(smtp.messages[0]?.to).toEqual(["ada@xn--mller-kva.test"]);
    });

    it("is accepted after slow replies", async () => {
      for (const stage of ["connect", "ehlo", ...envelopeStages, "body", "after-dot"] as const) {
        const { outcome, statistics } = await withFault({ stage, action: { kind: "slow", ms: 40 } });
        expect([stage, outcome.kind]).toEqual([stage, "accepted"]);
        expect(statistics.fired).toEqual({ [`${stage}-slow`]: 1 });
      }
    });
  });

  describe("a failure before the final dot", () => {
    for (const action of ["drop", "reset"] as const) {
      it(`${action} before there is a session: the node is away`, async () => {
        for (const stage of awayStages) {
          const { outcome, statistics } = await withFault({ stage, action: { kind: action } });
          expect(outcome).toEqual({ kind: "deferred", reason: "node-away" });
          expect(statistics.fired).toEqual({ [`${stage}-${action}`]: 1 });
        }
      });
      for (const stage of envelopeStages) {
        it(`${action} at ${stage}, what came before it answered: deferred, nothing was sent`, async () => {
          const { outcome, statistics } = await withFault({ stage, action: { kind: action } });
          expect(outcome).toEqual({ kind: "deferred", reason: "connection" });
          expect(statistics).toMatchObject({ received: 0, fired: { [`${stage}-${action}`]: 1 } });
        });
      }
      it(`${action} within a body that was not out yet: deferred`, async () => {
        const fault: Fault = { stage: "body", action: { kind: action }, afterBytes: 100_000 };
        const { outcome, statistics } = await withFault(fault, large);
        expect(outcome).toEqual({ kind: "deferred", reason: "connection" });
        expect(statistics).toMatchObject({ received: 0, fired: { [`body-${action}`]: 1 } });
      });
    }

    it("silence: a timeout, or no session", async () => {
      const silent = async (stage: Fault["stage"], reason: string) => {
        const { outcome, statistics } = await withFault({ stage, action: { kind: "stall" } });
        expect([stage, outcome]).toEqual([stage, { kind: "deferred", reason }]);
        expect(statistics).toMatchObject({ received: 0, fired: { [`${stage}-stall`]: 1 } });
      };
      await Promise.all([
        ...awayStages.map((stage) => silent(stage, "node-away")),
        ...envelopeStages.map((stage) => silent(stage, "timeout")),
      ]);
    });

    it("a server that stops reading within a large body: a timeout, and the end is never sent", async () => {
      const fault: Fault = { stage: "body", action: { kind: "stall" }, afterBytes: 100_000 };
      const { outcome, statistics } = await withFault(fault, large);
      expect(outcome).toEqual({ kind: "deferred", reason: "timeout" });
      expect(statistics).toMatchObject({ received: 0, fired: { "body-stall": 1 } });
    });

    it("a refusal within a large body: the reply decides", async () => {
      const line = "552 5.3.4 Message too big";
      const fault: Fault = { stage: "body", action: { kind: "reply", line }, afterBytes: 100_000 };
      const { outcome, statistics } = await withFault(fault, large);
      expect(["rejected too-large", "deferred connection"]).toContain(inShort(outcome));
      expect(statistics).toMatchObject({ received: 0, fired: { "body-reply": 1 } });
    });

    for (const stage of envelopeStages) {
      for (const [line, expected] of replies) {
        it(`${line.slice(0, 9)} at ${stage}: the reply decides`, async () => {
          const { outcome, statistics } = await withFault({ stage, action: { kind: "reply", line } });
          expect(outcome).toMatchObject(expected);
          expect(statistics).toMatchObject({ received: 0, fired: { [`${stage}-reply`]: 1 } });
        });
      }
    }

    for (const stage of awayStages) {
      for (const line of ["421 4.3.2 Too busy", "554 5.7.1 Go away"]) {
        // EHLO refused with 5xx is answered with HELO, as RFC 5321 (3.2) wants it.
        if (stage === "ehlo" && line.startsWith("5")) continue;
        it(`${line} at ${stage}: the node is away, with its reply`, async () => {
          const { outcome, statistics } = await withFault({ stage, action: { kind: "reply", line } });
          const reply = { code: Number(line.slice(0, 3)) };
          expect(outcome).toMatchObject({ kind: "deferred", reason: "node-away", reply });
          expect(statistics.fired).toEqual({ [`${stage}-reply`]: 1 });
        });
      }
    }
  });

  describe("a failure after the final dot", () => {
    it("silence, a drop or a reset, the message kept or lost: unknown", async () => {
      const fails = async (action: "drop" | "reset" | "stall", keeps: boolean) => {
        const { outcome, statistics } = await withFault({
          stage: "after-dot",
          action: { kind: action },
          keeps,
        });
        expect(outcome).toMatchObject({ kind: "unknown", stage: "after-dot" });
        const fired = { [`after-dot-${action}`]: 1 };
        expect(statistics).toMatchObject({ received: keeps ? 1 : 0, fired });
      };
      const actions = ["drop", "reset", "stall"] as const;
      await Promise.all(actions.flatMap((action) => [fails(action, true), fails(action, false)]));
    });

    it("a body whose end had been handed to the network when the server dropped it: unknown, never deferred", async () => {
      const { outcome, statistics } = await withFault({ stage: "body", action: { kind: "reset" } }, 2_000);
      expect(outcome).toMatchObject({ kind: "unknown" });
      expect(statistics.fired).toEqual({ "body-reset": 1 });
    });

    for (const [line, expected] of replies) {
      it(`${line.slice(0, 9)} in place of the acceptance: the reply decides`, async () => {
        const { outcome, statistics } = await withFault({
          stage: "after-dot",
          action: { kind: "reply", line },
        });
        expect(outcome).toMatchObject(expected);
        expect(statistics).toMatchObject({ received: 0, fired: { "after-dot-reply": 1 } });
      });
    }
  });

  it("tells every message's own stage apart while others fail at other stages", async () => {
    const smtp = await server({
      ...offers,
      faults: [
        { stage: "after-dot", action: { kind: "drop" }, recipient: "^dot", keeps: true },
        { stage: "rcpt", action: { kind: "drop" }, recipient: "^rcpt" },
        { stage: "rcpt", action: { kind: "reply", line: "550 5.1.1 No such user" }, recipient: "^bad" },
        { name: "reset", stage: byChunks ? "body" : "data", action: { kind: "reset" }, recipient: "^data" },
        { stage: "after-dot", action: { kind: "reply", line: "451 4.3.0 Later" }, recipient: "^late" },
      ],
    });
    const expected: Record<string, string> = {
      dot: "unknown",
      rcpt: "deferred connection",
      bad: "rejected bad-address",
      // Handed to the network whole, where it goes by BDAT.
      data: byChunks ? "unknown" : "deferred connection",
      late: "deferred temporary",
      fine: "accepted",
    };
    const transport = transportTo({ kind, socketTimeoutMs: 10_000 });
    const node = nodeAt(smtp.port, { maxConnections: 8 });
    const jobs = Array.from({ length: 300 }, (_, i) => Object.keys(expected)[i % 6] ?? "fine");
    const outcomes = await Promise.all(
      jobs.map((kind, i) =>
        transport.transmit(node, { envelope: to(`${kind}${i}@x.test`), bytes: message(3_000) }),
      ),
    );
    expect(outcomes.map(inShort)).toEqual(jobs.map((kind) => expected[kind]));
    const { received, unacknowledged, fired, peakConnections } = smtp.statistics();
    expect({ received, unacknowledged }).toEqual({ received: 100, unacknowledged: 50 });
    expect(fired).toEqual({
      "after-dot-drop": 50,
      "rcpt-drop": 50,
      "rcpt-reply": 50,
      reset: 50,
      "after-dot-reply": 50,
    });
    expect(peakConnections).toBeLessThanOrEqual(8);
  });
});
