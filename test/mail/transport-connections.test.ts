import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import { describe, expect, it } from "vitest";
import type { SendOutcome } from "../../domain/outcome.js";
import type { TransportOptions } from "../../mail/smtp/transport.js";
import type { Fault } from "../support/fault-smtp.js";
import {
  cleanups,
  envelope,
  inShort,
  message,
  nodeAt,
  server,
  to,
  transportTo,
} from "../support/transport-fixture.js";

describe("connections", () => {
  it("are reused up to the node's limit, and never more at once than it allows", async () => {
    const smtp = await server();
    const transport = transportTo();
    const node = nodeAt(smtp.port, { maxConnections: 3, maxMessagesPerConnection: 10 });
    const outcomes = await Promise.all(
      Array.from({ length: 90 }, () => transport.transmit(node, { envelope, bytes: message(500) })),
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
      outcomes.push(await transport.transmit(node, { envelope: to(`${name}@x.test`), bytes: message() }));
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
      const outcome = await transport.transmit(nodeAt(smtp.port), { envelope, bytes: message(500) });
      expect(["accepted", "deferred node-away"]).toContain(inShort(outcome));
    }
    expect(smtp.statistics().fired["idle-drop"]).toBeGreaterThan(0);
  });

  it("are closed when they have been idle", async () => {
    const smtp = await server();
    await transportTo({ idleCloseMs: 20 }).transmit(nodeAt(smtp.port), { envelope, bytes: message() });
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
      Array.from({ length: 30 }, () => transport.transmit(node, { envelope, bytes: message(500) })),
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
      Array.from({ length: 20 }, () => transport.transmit(node, { envelope, bytes: message() })),
    );
    expect(new Set(outcomes.map(inShort))).toEqual(new Set(["deferred node-away"]));
  });

  it("of a changed node are replaced", async () => {
    const [before, after] = [await server(), await server()];
    const transport = transportTo();
    await transport.transmit(nodeAt(before.port), { envelope, bytes: message() });
    await transport.transmit(nodeAt(after.port), { envelope, bytes: message() });
    expect([before.messages.length, after.messages.length]).toEqual([1, 1]);
    await expect.poll(() => before.statistics().openConnections).toBe(0);
  });
});

describe("closing", () => {
  it("finishes what is on the wire and gives the rest back unsent", async () => {
    const smtp = await server({ faults: [{ stage: "after-dot", action: { kind: "slow", ms: 100 } }] });
    const transport = transportTo();
    const node = nodeAt(smtp.port);
    const sends = Array.from({ length: 6 }, () => transport.transmit(node, { envelope, bytes: message() }));
    await expect.poll(() => smtp.statistics().fired["after-dot-slow"]).toBe(2);
    await transport.close();
    const outcomes = (await Promise.all(sends)).map(inShort);
    // A pipelined envelope behind each body is on the wire too.
    const left = outcomes.filter((outcome) => outcome === "accepted").length;
    expect(left).toBeLessThanOrEqual(4);
    expect(outcomes.slice(left)).toEqual(Array<string>(6 - left).fill("deferred node-away"));
    expect(smtp.messages).toHaveLength(left);
    await expect.poll(() => smtp.statistics().openConnections).toBe(0);
    expect(inShort(await transport.transmit(node, { envelope, bytes: message() }))).toBe(
      "deferred node-away",
    );
  });
});

describe("limits and envelopes", () => {
  it("refuses a message that is larger than the server says it takes, without sending it", async () => {
    const smtp = await server({ maxBytes: 5_000 });
    const outcome = await transportTo().transmit(nodeAt(smtp.port), { envelope, bytes: message(20_000) });
    expect(outcome).toEqual({ kind: "rejected", reason: "too-large" });
  });

  it("skips an envelope that would break out of its command", async () => {
    const smtp = await server();
    const transport = transportTo();
    for (const address of ["a@x.test>\r\nRCPT TO:<b@x.test", "a@x.test\nDATA", "<a@x.test>"]) {
      const outcome = await transport.transmit(nodeAt(smtp.port), {
        envelope: to(address),
        bytes: message(),
      });
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
      expect(inShort(await transportTo(secure).transmit(node, { envelope, bytes: message() }))).toBe(
        "accepted",
      );
    }
  });

  it("takes wrong credentials for a node that is away", async () => {
    const node = nodeAt(await authServer({}), { username: "floe", password: "wrong" });
    const outcome = await transportTo(secure).transmit(node, { envelope, bytes: message() });
    expect(outcome).toMatchObject({ kind: "deferred", reason: "node-away", reply: { code: 535 } });
  });

  it("does not trust a certificate that nobody vouches for", async () => {
    const node = nodeAt(await authServer({}), { username: "floe", password: "secret" });
    const outcome = await transportTo({ ...secure, tls: {} }).transmit(node, { envelope, bytes: message() });
    expect(outcome).toEqual({ kind: "deferred", reason: "node-away" });
  });
});
