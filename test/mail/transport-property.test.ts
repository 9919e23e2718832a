import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import type { SendOutcome } from "../../domain/outcome.js";
import { transportKinds, type TransportKind } from "../../mail/smtp/transport.js";
import { startFaultSmtp, type Fault, type FaultAction } from "../support/fault-smtp.js";
import { createTestTransport, nodeAt, to } from "../support/transport-fixture.js";

interface Scenario {
  offers: { pipelining: boolean; chunking: boolean; size: boolean; eightBitMime: boolean; smtpUtf8: boolean };
  /** Sizes of the pieces that replies are cut into, over and over; 0: as much as there is. */
  cuts: number[];
  slowReplyMs: number;
  maxConnections: number;
  maxMessagesPerConnection: number;
  messages: { bytes: number; leaves: "at once" | "later" | "never" }[];
  faults: Fault[];
}

const refusal = fc.constantFrom(
  "421 4.3.2 Shutting down",
  "421 4.4.2 Idle for too long",
  "450 4.2.1 Later",
  "503 5.5.1 Bad sequence",
  "550 5.1.1 No such user",
  "552 5.3.4 Too big",
);
/** None of these could be taken for what a server says here. */
const nonsense = fc.constantFrom("what?", "220 Hello", "354 Go ahead", "99 bottles", "250x", "");
const action: fc.Arbitrary<FaultAction> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom("drop" as const, "reset" as const).map((kind) => ({ kind })) },
  { weight: 4, arbitrary: refusal.map((line) => ({ kind: "reply" as const, line })) },
  { weight: 2, arbitrary: nonsense.map((line) => ({ kind: "reply" as const, line })) },
  { weight: 2, arbitrary: nonsense.map((line) => ({ kind: "extra" as const, line })) },
  { weight: 3, arbitrary: fc.constantFrom(1, 30).map((ms) => ({ kind: "slow" as const, ms })) },
  { weight: 1, arbitrary: fc.constant({ kind: "stall" as const }) },
);
const stage = fc.constantFrom(
  ...(["connect", "ehlo", "mail", "rcpt", "data", "body", "chunk", "chunk", "after-dot", "idle"] as const),
);
const fault: fc.Arbitrary<Fault> = fc
  .record({
    stage,
    action,
    every: fc.integer({ min: 1, max: 4 }),
    keeps: fc.boolean(),
    afterBytes: fc.constantFrom(1, 1_000, 70_000),
  })
  // A fault that may strike for ever takes as long as all timeouts together.
  .map((drawn) => ({ ...drawn, times: drawn.action.kind === "stall" ? 1 : 6 }))
  .filter(({ stage, action }) => !isBelieved(stage, "line" in action ? action.line : ""));

/** A reply that nobody asked for, and that fits: what the client then does is the server's doing. */
function isBelieved(stage: Fault["stage"], line: string): boolean {
  if (stage === "data") return line.startsWith("354");
  return stage === "idle" && /^(45|5)/.test(line);
}

/** Noise in the handshake, which is nodemailer's also for the pipelined client. */
function isInHandshake({ stage, action }: Fault): boolean {
  return action.kind === "extra" && (stage === "connect" || stage === "ehlo");
}

const scenario: fc.Arbitrary<Scenario> = fc.record({
  offers: fc.record({
    pipelining: fc.boolean(),
    chunking: fc.constantFrom(true, true, false),
    size: fc.boolean(),
    eightBitMime: fc.boolean(),
    smtpUtf8: fc.boolean(),
  }),
  cuts: fc.array(fc.constantFrom(0, 1, 2, 7, 30, 100), { minLength: 1, maxLength: 5 }),
  slowReplyMs: fc.constantFrom(0, 20, Infinity),
  maxConnections: fc.integer({ min: 1, max: 3 }),
  maxMessagesPerConnection: fc.integer({ min: 1, max: 8 }),
  messages: fc.array(
    fc.record({
      bytes: fc.constantFrom(100, 3_000, 3_000, 200_000, 200_000),
      leaves: fc.constantFrom("at once" as const, "later" as const, "later" as const, "never" as const),
    }),
    { minLength: 1, maxLength: 14 },
  ),
  faults: fc.array(fault, { maxLength: 4 }),
});

/** How often each fault fired over all runs. */
const fired: Record<string, number> = {};

async function play(kind: TransportKind, scenario: Scenario) {
  const { offers, cuts, slowReplyMs, maxConnections, maxMessagesPerConnection, messages, faults } = scenario;
  let cut = 0;
  const cutAt = () => cuts[cut++ % cuts.length] || Infinity;
  const smtp = await startFaultSmtp({ ...offers, cutAt, faults });
  const transport = createTestTransport({ kind, connectTimeoutMs: 150, socketTimeoutMs: 150, slowReplyMs });
  const node = nodeAt(smtp.port, { maxConnections, maxMessagesPerConnection });
  const leaving = new Set<number>();
  let mostLeaving = 0;
  const send = async ({ bytes, leaves }: Scenario["messages"][number], n: number): Promise<SendOutcome> => {
    const outcome = await transport.transmit(node, {
      envelope: to(`${n}@x.test`),
      bytes: Buffer.from(`Message-ID: <${n}>\r\n\r\n${"x".repeat(bytes)}\r\n`),
      mayLeave: async () => {
        if (leaves === "later") await new Promise((resolve) => setImmediate(resolve));
        if (leaves === "never") return false;
        mostLeaving = Math.max(mostLeaving, leaving.add(n).size);
        return true;
      },
    });
    leaving.delete(n);
    return outcome;
  };
  const outcomes = await Promise.all(messages.map(send));
  await transport.close();
  const statistics = smtp.statistics();
  await smtp.close();
  for (const [name, count] of Object.entries(statistics.fired)) fired[name] = (fired[name] ?? 0) + count;
  return {
    outcomes,
    statistics,
    received: smtp.messages.map((got) => Number.parseInt(got.to[0] ?? "")),
    mostLeaving,
  };
}

function withOutcome(outcomes: SendOutcome[], ...kinds: SendOutcome["kind"][]): number[] {
  return outcomes.flatMap(({ kind }, n) => (kinds.includes(kind) ? [n] : []));
}

describe.each(transportKinds)("%s, whatever the server does", (kind) => {
  it("loses no outcome, calls accepted what was received, and what was received accepted or unknown", async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async (drawn) => {
        // nodemailer's connection goes on after noise there, a reply behind, and does not say so.
        fc.pre(kind === "pipelined" || !drawn.faults.some(isInHandshake));
        const { outcomes, received, statistics, mostLeaving } = await play(kind, drawn);
        expect(outcomes).toHaveLength(drawn.messages.length);
        expect(received).toEqual(expect.arrayContaining(withOutcome(outcomes, "accepted")));
        expect(withOutcome(outcomes, "accepted", "unknown")).toEqual(expect.arrayContaining(received));
        expect(new Set(received).size).toBe(received.length);
        for (const [n, { leaves }] of drawn.messages.entries())
          if (leaves === "never") expect(received).not.toContain(n);
        expect(mostLeaving).toBeLessThanOrEqual(20);
        if (kind === "pipelined" && !drawn.faults.some(isInHandshake))
          expect(statistics.violations).toEqual([]);
      }),
      { numRuns: kind === "pipelined" ? 150 : 50 },
    );
  });
});

afterAll(() => {
  for (const stage of ["connect", "ehlo", "mail", "rcpt", "data", "body", "chunk", "after-dot", "idle"])
    expect(Object.keys(fired).filter((name) => name.startsWith(stage)).length, stage).toBeGreaterThan(0);
});
