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

describe.each(variants)("$name", ({ kind, offers }: Variant) => {
  describe("connections", () => {
    it("are reused up to the node's limit, and never more at once than it allows", async () => {
      const smtp = await server(offers);
      const transport = transportTo({ kind });
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
        ...offers,
        faults: [{ stage: "rcpt", action: { kind: "reply", line: "550 5.1.1 Unknown" }, recipient: "^bad" }],
      });
      const transport = transportTo({ kind });
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
      const smtp = await server({ ...offers, faults: [{ stage: "idle", action: { kind: "drop" } }] });
      const transport = transportTo({ kind });
      for (let i = 0; i < 5; i++) {
        const outcome = await transport.transmit(nodeAt(smtp.port), { envelope, bytes: message(500) });
        expect(["accepted", "deferred node-away"]).toContain(inShort(outcome));
      }
      expect(smtp.statistics().fired["idle-drop"]).toBeGreaterThan(0);
    });

    it("are closed when they have been idle", async () => {
      const smtp = await server(offers);
      await transportTo({ kind, idleCloseMs: 20 }).transmit(nodeAt(smtp.port), {
        envelope,
        bytes: message(),
      });
      await expect.poll(() => smtp.statistics().openConnections).toBe(0);
    });

    it("refused by the server beyond a number leave the messages to those that stand", async () => {
      const faults = [2, 3, 4].map((connection): Fault => ({
        stage: "connect",
        action: { kind: "reply", line: "421 4.7.0 Too many connections" },
        connection,
      }));
      const smtp = await server({
        ...offers,
        faults: [...faults, { stage: "rcpt", action: { kind: "slow", ms: 5 } }],
      });
      const transport = transportTo({ kind });
      const node = nodeAt(smtp.port, { maxConnections: 4 });
      const outcomes = await Promise.all(
        Array.from({ length: 30 }, () => transport.transmit(node, { envelope, bytes: message(500) })),
      );
      expect(new Set(outcomes.map(inShort))).toEqual(new Set(["accepted"]));
      expect(smtp.statistics()).toMatchObject({
        received: 30,
        connections: 4,
        fired: { "connect-reply": 3 },
      });
    });

    it("to a node that is away fail every waiting message at once", async () => {
      const smtp = await server(offers);
      await smtp.close();
      const transport = transportTo({ kind });
      const node = nodeAt(smtp.port);
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, () => transport.transmit(node, { envelope, bytes: message() })),
      );
      expect(new Set(outcomes.map(inShort))).toEqual(new Set(["deferred node-away"]));
    });

    it("of a changed node are replaced", async () => {
      const [before, after] = [await server(offers), await server(offers)];
      const transport = transportTo({ kind });
      await transport.transmit(nodeAt(before.port), { envelope, bytes: message() });
      await transport.transmit(nodeAt(after.port), { envelope, bytes: message() });
      expect([before.messages.length, after.messages.length]).toEqual([1, 1]);
      await expect.poll(() => before.statistics().openConnections).toBe(0);
    });
  });

  describe("closing", () => {
    it("finishes what is on the wire and gives the rest back unsent", async () => {
      const smtp = await server({
        ...offers,
        faults: [{ stage: "after-dot", action: { kind: "slow", ms: 100 } }],
      });
      const transport = transportTo({ kind });
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
      const smtp = await server({ ...offers, maxBytes: 5_000 });
      const outcome = await transportTo({ kind }).transmit(nodeAt(smtp.port), {
        envelope,
        bytes: message(20_000),
      });
      expect(outcome).toEqual({ kind: "rejected", reason: "too-large" });
    });

    it("skips an envelope that would break out of its command", async () => {
      const smtp = await server(offers);
      const transport = transportTo({ kind });
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

  describe("what a server does not offer", () => {
    it("is not asked for: no size, no 8-bit body; an international local part is not sent at all", async () => {
      const plain = { size: false, eightBitMime: false, smtpUtf8: false };
      const smtp = await server({ ...offers, ...plain });
      const transport = transportTo({ kind });
      const node = nodeAt(smtp.port);
      expect(inShort(await transport.transmit(node, { envelope, bytes: message() }))).toBe("accepted");
      const international = { envelope: to("jörg@müller.test"), bytes: message() };
      expect(inShort(await transport.transmit(node, international))).toBe("rejected our-fault");
      expect(smtp.messages).toHaveLength(1);
    });

    it("and what it offers is used: international local parts, 8-bit bodies", async () => {
      const smtp = await server({ ...offers, keepBodies: true });
      const bytes = Buffer.from("Subject: a\r\n\r\nGrüße\r\n");
      const outcome = await transportTo({ kind }).transmit(nodeAt(smtp.port), {
        envelope: to("jörg@müller.test"),
        bytes,
      });
      expect(inShort(outcome)).toBe("accepted");
      expect(smtp.messages[0]).toMatchObject({ to: ["jörg@xn--mller-kva.test"], body: bytes.toString() });
    });
  });
});
