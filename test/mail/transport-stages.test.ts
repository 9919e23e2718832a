import { describe, expect, it } from "vitest";
import type { SendOutcome } from "../../domain/outcome.js";
import type { Fault, FaultSmtpOptions } from "../support/fault-smtp.js";
import { envelope, inShort, message, nodeAt, server, to, transportTo } from "../support/transport-fixture.js";

/** More than the socket buffers of both sides hold, so that the final dot cannot leave while the server stops reading. */
const large = 20_000_000;

async function withFault(fault: Fault, options: FaultSmtpOptions & { size?: number } = {}) {
  const smtp = await server({ ...options, faults: [fault] });
  const outcome = await transportTo().transmit(nodeAt(smtp.port), { envelope, bytes: message(options.size) });
  return { smtp, outcome, statistics: smtp.statistics() };
}

describe("an accepted message", () => {
  it("arrives byte for byte, with the server's reply", async () => {
    const smtp = await server({ keepBodies: true });
    const bytes = Buffer.from("Subject: dots\r\n\r\n.\r\n..\r\nend .\r\n");
    const outcome = await transportTo().transmit(nodeAt(smtp.port), { envelope, bytes });
    expect(outcome).toEqual({
      kind: "accepted",
      reply: { code: 250, enhanced: "2.0.0", text: "Ok: queued as 1.1" },
    });
    expect(smtp.messages[0]).toMatchObject({ from: envelope.from, to: [envelope.to], acknowledged: true });
    expect(smtp.messages[0]?.body?.replaceAll(/^\./gm, "")).toBe(bytes.toString());
  });

  it("goes to an international domain by its A-label", async () => {
    const smtp = await server();
    await transportTo().transmit(nodeAt(smtp.port), { envelope: to("ada@müller.test"), bytes: message() });
    expect(smtp.messages[0]?.to).toEqual(["ada@xn--mller-kva.test"]);
  });

  it("is accepted after slow replies", async () => {
    for (const stage of ["connect", "ehlo", "mail", "rcpt", "data", "body", "after-dot"] as const) {
      const { outcome, statistics } = await withFault({ stage, action: { kind: "slow", ms: 40 } });
      expect([stage, outcome.kind]).toEqual([stage, "accepted"]);
      expect(statistics.fired).toEqual({ [`${stage}-slow`]: 1 });
    }
  });
});

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
const envelopeStages = ["mail", "rcpt", "data"] as const;

for (const pipelining of [true, false]) {
  describe(`a failure before the final dot (pipelining: ${pipelining})`, () => {
    for (const kind of ["drop", "reset"] as const) {
      for (const stage of awayStages) {
        it(`${kind} at ${stage}: the node is away`, async () => {
          const { outcome, statistics } = await withFault({ stage, action: { kind } }, { pipelining });
          expect(outcome).toEqual({ kind: "deferred", reason: "node-away" });
          expect(statistics.fired).toEqual({ [`${stage}-${kind}`]: 1 });
        });
      }
      for (const stage of envelopeStages) {
        it(`${kind} at ${stage}: deferred, nothing was sent`, async () => {
          const { outcome, statistics } = await withFault({ stage, action: { kind } }, { pipelining });
          expect(outcome).toEqual({ kind: "deferred", reason: "connection" });
          expect(statistics).toMatchObject({ received: 0, fired: { [`${stage}-${kind}`]: 1 } });
        });
      }
      it(`${kind} within a body that was not out yet: deferred`, async () => {
        const fault: Fault = { stage: "body", action: { kind }, afterBytes: 100_000 };
        const { outcome, statistics } = await withFault(fault, { pipelining, size: large });
        expect(outcome).toEqual({ kind: "deferred", reason: "connection" });
        expect(statistics).toMatchObject({ received: 0, fired: { [`body-${kind}`]: 1 } });
      });
    }

    for (const stage of [...awayStages, ...envelopeStages]) {
      it(`silence at ${stage}: a timeout, or no session`, async () => {
        const { outcome, statistics } = await withFault({ stage, action: { kind: "stall" } }, { pipelining });
        expect(outcome).toEqual({
          kind: "deferred",
          reason: stage === "connect" || stage === "ehlo" ? "node-away" : "timeout",
        });
        expect(statistics).toMatchObject({ received: 0, fired: { [`${stage}-stall`]: 1 } });
      });
    }

    it("a server that stops reading within a large body: a timeout, and the dot is never sent", async () => {
      const fault: Fault = { stage: "body", action: { kind: "stall" }, afterBytes: 100_000 };
      const { outcome, statistics } = await withFault(fault, { pipelining, size: large });
      expect(outcome).toEqual({ kind: "deferred", reason: "timeout" });
      expect(statistics).toMatchObject({ received: 0, fired: { "body-stall": 1 } });
    });

    for (const stage of envelopeStages) {
      for (const [line, expected] of replies) {
        it(`${line.slice(0, 9)} at ${stage}: the reply decides`, async () => {
          const { outcome, statistics } = await withFault(
            { stage, action: { kind: "reply", line } },
            { pipelining },
          );
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
          const { outcome } = await withFault({ stage, action: { kind: "reply", line } }, { pipelining });
          expect(outcome).toMatchObject({
            kind: "deferred",
            reason: "node-away",
            reply: { code: Number(line.slice(0, 3)) },
          });
        });
      }
    }
  });
}

describe("a failure after the final dot", () => {
  for (const kind of ["drop", "reset", "stall"] as const) {
    for (const keeps of [true, false]) {
      it(`${kind}, message ${keeps ? "kept" : "lost"}: unknown`, async () => {
        const { outcome, statistics } = await withFault({ stage: "after-dot", action: { kind }, keeps });
        expect(outcome).toMatchObject({ kind: "unknown", stage: "after-dot" });
        expect(statistics).toMatchObject({ received: keeps ? 1 : 0, fired: { [`after-dot-${kind}`]: 1 } });
      });
    }
  }

  it("a body whose dot had been handed to the network when the server dropped it: unknown, never deferred", async () => {
    const { outcome, statistics } = await withFault(
      { stage: "body", action: { kind: "reset" } },
      { size: 2_000 },
    );
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

describe("stages under concurrency", () => {
  it("tells every message's own stage apart while others fail at other stages", async () => {
    const smtp = await server({
      faults: [
        { stage: "after-dot", action: { kind: "drop" }, recipient: "^dot", keeps: true },
        { stage: "rcpt", action: { kind: "drop" }, recipient: "^rcpt" },
        { stage: "rcpt", action: { kind: "reply", line: "550 5.1.1 No such user" }, recipient: "^bad" },
        { stage: "data", action: { kind: "reset" }, recipient: "^data" },
        { stage: "after-dot", action: { kind: "reply", line: "451 4.3.0 Later" }, recipient: "^late" },
      ],
    });
    const expected: Record<string, string> = {
      dot: "unknown",
      rcpt: "deferred connection",
      bad: "rejected bad-address",
      data: "deferred connection",
      late: "deferred temporary",
      fine: "accepted",
    };
    const transport = transportTo({ socketTimeoutMs: 10_000 });
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
      "data-reset": 50,
      "after-dot-reply": 50,
    });
    expect(peakConnections).toBeLessThanOrEqual(8);
  });
});
