import pino from "pino";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import { afterEach, describe, expect, it } from "vitest";
import type { Envelope, SendNode, Transport } from "../../activities/delivery-ports.js";
import type { SendOutcome } from "../../domain/outcome.js";
import { createTransport, type TransportOptions } from "../../mail/transport.js";
import { startFaultSmtp, type Fault, type FaultSmtp, type FaultSmtpOptions } from "../support/fault-smtp.js";

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function server(options: FaultSmtpOptions = {}): Promise<FaultSmtp> {
  const started = await startFaultSmtp(options);
  cleanups.push(() => started.close());
  return started;
}

function transportTo(options: Partial<TransportOptions> = {}): Transport {
  const transport = createTransport({
    log: pino({ level: "silent" }),
    connectTimeoutMs: 500,
    socketTimeoutMs: 500,
    ...options,
  });
  cleanups.push(() => transport.close());
  return transport;
}

function nodeAt(port: number, changes: Partial<SendNode> = {}): SendNode {
  return {
    nodeId: "n1",
    provider: "internal",
    host: "127.0.0.1",
    port,
    secure: false,
    username: null,
    password: null,
    returnPathDomain: null,
    weight: 1,
    maxConnections: 2,
    maxMessagesPerConnection: 100,
    ...changes,
  };
}

const envelope: Envelope = { from: "b+1@mail.floe.test", to: "ada@lovelace.test" };
const to = (address: string): Envelope => ({ ...envelope, to: address });
let serial = 0;

function message(size = 10_000): Buffer {
  serial += 1;
  const head = `Message-ID: <${serial}@floe.test>\r\nSubject: Hello\r\n\r\n`;
  return Buffer.from(
    head +
      "x"
        .repeat(70)
        .concat("\r\n")
        .repeat(Math.ceil(size / 72)),
  );
}

/** More than the socket buffers of both sides hold, so that the final dot cannot leave while the server stops reading. */
const large = 20_000_000;

async function withFault(fault: Fault, options: FaultSmtpOptions & { size?: number } = {}) {
  const smtp = await server({ ...options, faults: [fault] });
  const outcome = await transportTo().transmit(nodeAt(smtp.port), envelope, message(options.size));
  return { smtp, outcome, statistics: smtp.statistics() };
}

describe("an accepted message", () => {
  it("arrives byte for byte, with the server's reply", async () => {
    const smtp = await server({ keepBodies: true });
    const bytes = Buffer.from("Subject: dots\r\n\r\n.\r\n..\r\nend .\r\n");
    const outcome = await transportTo().transmit(nodeAt(smtp.port), envelope, bytes);
    expect(outcome).toEqual({
      kind: "accepted",
      reply: { code: 250, enhanced: "2.0.0", text: "Ok: queued as 1.1" },
    });
    expect(smtp.messages[0]).toMatchObject({ from: envelope.from, to: [envelope.to], acknowledged: true });
    expect(smtp.messages[0]?.body?.replaceAll(/^\./gm, "")).toBe(bytes.toString());
  });

  it("goes to an international domain by its A-label", async () => {
    const smtp = await server();
    await transportTo().transmit(nodeAt(smtp.port), to("ada@müller.test"), message());
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
      jobs.map((kind, i) => transport.transmit(node, to(`${kind}${i}@x.test`), message(3_000))),
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

describe("connections", () => {
  it("are reused up to the node's limit, and never more at once than it allows", async () => {
    const smtp = await server();
    const transport = transportTo();
    const node = nodeAt(smtp.port, { maxConnections: 3, maxMessagesPerConnection: 10 });
    const outcomes = await Promise.all(
      Array.from({ length: 90 }, () => transport.transmit(node, envelope, message(500))),
    );
    expect(outcomes.every((outcome) => outcome.kind === "accepted")).toBe(true);
    expect(smtp.statistics()).toMatchObject({ received: 90, connections: 9, peakConnections: 3 });
    expect(Math.max(...smtp.messages.map((received) => received.nthOnConnection))).toBe(10);
  });

  it("carry on after a refused recipient", async () => {
    const smtp = await server({
      faults: [{ stage: "rcpt", action: { kind: "reply", line: "550 5.1.1 Unknown" }, recipient: "^bad" }],
    });
    const transport = transportTo();
    const node = nodeAt(smtp.port, { maxConnections: 1 });
    const outcomes: SendOutcome[] = [];
    for (const name of ["bad", "good", "bad", "good"]) {
      outcomes.push(await transport.transmit(node, to(`${name}@x.test`), message()));
    }
    expect(outcomes.map(inShort)).toEqual([
      "rejected bad-address",
      "accepted",
      "rejected bad-address",
      "accepted",
    ]);
    expect(smtp.statistics()).toMatchObject({ connections: 1, fired: { "rcpt-reply": 2 } });
  });

  it("that the server closed while idle are replaced, without costing a message an attempt", async () => {
    const smtp = await server({ faults: [{ stage: "idle", action: { kind: "drop" } }] });
    const transport = transportTo();
    for (let i = 0; i < 5; i++) {
      const outcome = await transport.transmit(nodeAt(smtp.port), envelope, message(500));
      expect(["accepted", "deferred node-away"]).toContain(inShort(outcome));
    }
    expect(smtp.statistics().fired["idle-drop"]).toBeGreaterThan(0);
  });

  it("are closed when they have been idle", async () => {
    const smtp = await server();
    await transportTo({ idleCloseMs: 20 }).transmit(nodeAt(smtp.port), envelope, message());
    await expect.poll(() => smtp.statistics().openConnections).toBe(0);
  });

  it("refused by the server beyond a number leave the messages to those that stand", async () => {
    const faults = [2, 3, 4].map((connection): Fault => ({
      stage: "connect",
      action: { kind: "reply", line: "421 4.7.0 Too many connections" },
      connection,
    }));
    const smtp = await server({ faults: [...faults, { stage: "rcpt", action: { kind: "slow", ms: 5 } }] });
    const transport = transportTo();
    const node = nodeAt(smtp.port, { maxConnections: 4 });
    const outcomes = await Promise.all(
      Array.from({ length: 30 }, () => transport.transmit(node, envelope, message(500))),
    );
    expect(new Set(outcomes.map(inShort))).toEqual(new Set(["accepted"]));
    expect(smtp.statistics()).toMatchObject({ received: 30, connections: 4, fired: { "connect-reply": 3 } });
  });

  it("to a node that is away fail every waiting message at once", async () => {
    const smtp = await server();
    await smtp.close();
    const transport = transportTo();
    const node = nodeAt(smtp.port);
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, () => transport.transmit(node, envelope, message())),
    );
    expect(new Set(outcomes.map(inShort))).toEqual(new Set(["deferred node-away"]));
  });

  it("of a changed node are replaced", async () => {
    const [before, after] = [await server(), await server()];
    const transport = transportTo();
    await transport.transmit(nodeAt(before.port), envelope, message());
    await transport.transmit(nodeAt(after.port), envelope, message());
    expect([before.messages.length, after.messages.length]).toEqual([1, 1]);
    await expect.poll(() => before.statistics().openConnections).toBe(0);
  });
});

describe("closing", () => {
  it("finishes what is on the wire and gives the rest back unsent", async () => {
    const smtp = await server({ faults: [{ stage: "after-dot", action: { kind: "slow", ms: 100 } }] });
    const transport = transportTo();
    const node = nodeAt(smtp.port);
    const sends = Array.from({ length: 6 }, () => transport.transmit(node, envelope, message()));
    await expect.poll(() => smtp.statistics().fired["after-dot-slow"]).toBe(2);
    await transport.close();
    expect((await Promise.all(sends)).map(inShort)).toEqual([
      ...Array<string>(2).fill("accepted"),
      ...Array<string>(4).fill("deferred node-away"),
    ]);
    expect(smtp.messages).toHaveLength(2);
    await expect.poll(() => smtp.statistics().openConnections).toBe(0);
    expect(inShort(await transport.transmit(node, envelope, message()))).toBe("deferred node-away");
  });
});

describe("limits and envelopes", () => {
  it("refuses a message that is larger than the server says it takes, without sending it", async () => {
    const smtp = await server({ maxBytes: 5_000 });
    const outcome = await transportTo().transmit(nodeAt(smtp.port), envelope, message(20_000));
    expect(outcome).toEqual({ kind: "rejected", reason: "too-large" });
  });

  it("skips an envelope that would break out of its command", async () => {
    const smtp = await server();
    const transport = transportTo();
    for (const address of ["a@x.test>\r\nRCPT TO:<b@x.test", "a@x.test\nDATA", "<a@x.test>"]) {
      const outcome = await transport.transmit(nodeAt(smtp.port), to(address), message());
      expect(outcome).toMatchObject({ kind: "skipped", reason: "invalid-message" });
    }
    expect(smtp.messages).toHaveLength(0);
  });
});

describe("authentication and TLS", () => {
  const secure: Partial<TransportOptions> = {
    tls: { rejectUnauthorized: false },
    connectTimeoutMs: 5_000,
    socketTimeoutMs: 5_000,
  };
  const login: SMTPServerOptions = {
    onAuth: ({ username, password }, _session, done) =>
      username === "floe" && password === "secret" ? done(null, { user: username }) : done(new Error("no")),
  };

  async function authServer(options: SMTPServerOptions): Promise<number> {
    const smtp = new SMTPServer({
      ...login,
      onData: (stream, _s, done) => void stream.resume().on("end", done),
      ...options,
    });
    smtp.on("error", () => undefined);
    const listening = smtp.listen(0, "127.0.0.1");
    await new Promise((resolve) => listening.once("listening", resolve));
    cleanups.push(() => new Promise((resolve) => smtp.close(resolve)));
    return (listening.address() as { port: number }).port;
  }

  it("logs in over STARTTLS, and over TLS from the start", async () => {
    for (const tls of [false, true]) {
      const node = nodeAt(await authServer({ secure: tls }), {
        secure: tls,
        username: "floe",
        password: "secret",
      });
      expect(inShort(await transportTo(secure).transmit(node, envelope, message()))).toBe("accepted");
    }
  });

  it("takes wrong credentials for a node that is away", async () => {
    const node = nodeAt(await authServer({}), { username: "floe", password: "wrong" });
    const outcome = await transportTo(secure).transmit(node, envelope, message());
    expect(outcome).toMatchObject({ kind: "deferred", reason: "node-away", reply: { code: 535 } });
  });

  it("does not trust a certificate that nobody vouches for", async () => {
    const node = nodeAt(await authServer({}), { username: "floe", password: "secret" });
    const outcome = await transportTo({ ...secure, tls: {} }).transmit(node, envelope, message());
    expect(outcome).toEqual({ kind: "deferred", reason: "node-away" });
  });
});

function inShort(outcome: SendOutcome): string {
  return "reason" in outcome ? `${outcome.kind} ${outcome.reason}` : outcome.kind;
}
