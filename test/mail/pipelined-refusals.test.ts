import { describe, expect, it } from "vitest";
import { agree, startScripted } from "../support/scripted-smtp.js";
import { envelope, inShort, message, nodeAt, server, to, transportTo } from "../support/transport-fixture.js";

const oneConnection = { maxConnections: 1 };
/** So that there is time for several messages to be on the way. */
const delayMs = 10;

/** Sends one message to each name, all at once over one connection. */
async function sendTo(port: number, names: string[], bytes = 5_000): Promise<string[]> {
  const transport = transportTo({ socketTimeoutMs: 5_000, slowReplyMs: 0 });
  const sends = names.map((name) =>
    transport.transmit(nodeAt(port, oneConnection), {
      envelope: to(`${name}@x.test`),
      bytes: message(bytes),
    }),
  );
  return (await Promise.all(sends)).map(inShort);
}

describe("a refusal within a group", () => {
  it("of the only recipient, and DATA taken all the same: an empty message ends it, for nobody", async () => {
    const smtp = await startScripted(["PIPELINING"], (sent) => {
      if (sent.startsWith(".\r\n")) return `554 5.5.1 No recipients\r\n${agree(sent.slice(3)) ?? ""}`;
      return agree(sent, (command) => (command.includes("bad@") ? "550 5.1.1 No such user" : undefined));
    });
    expect(await sendTo(smtp.port, ["bad", "good"])).toEqual(["rejected bad-address", "accepted"]);
    expect(smtp.turns[1]?.sent).toMatch(/^\.\r\n(MAIL|$)/);
    expect(smtp.turns.map(({ connection }) => connection)).not.toContain(2);
  });

  it("of the sender, and its recipient taken all the same: nothing is sent to anybody", async () => {
    const smtp = await startScripted(["PIPELINING"], (sent) =>
      agree(sent, (command) => (command.startsWith("MAIL") ? "550 5.7.1 Not you" : undefined)),
    );
    const outcome = await transportTo().transmit(nodeAt(smtp.port), { envelope, bytes: message() });
    expect(inShort(outcome)).toBe("rejected policy");
    expect(smtp.turns).toHaveLength(1);
  });

  it("is one message's alone, also where others leave whole behind it", async () => {
    const smtp = await server({
      chunking: true,
      faults: [
        { stage: "after-dot", action: { kind: "slow", ms: delayMs } },
        { stage: "rcpt", action: { kind: "reply", line: "550 5.1.1 No such user" }, recipient: "^bad" },
        { stage: "body", action: { kind: "slow", ms: delayMs } },
      ],
    });
    const names = ["a", "b", "bad", "c", "d", "bad", "e", "f"];
    const expected = names.map((name) => (name === "bad" ? "rejected bad-address" : "accepted"));
    expect(await sendTo(smtp.port, names)).toEqual(expected);
    expect(smtp.statistics()).toMatchObject({ received: 6, connections: 1, fired: { "rcpt-reply": 2 } });
  });

  it("of a recipient whose message is taken all the same: unknown", async () => {
    const refuse = (command: string) => (command.includes("bad@") ? "550 5.1.1 No such user" : undefined);
    const smtp = await startScripted(["PIPELINING", "CHUNKING"], (sent) => agree(sent, refuse), { delayMs });
    const [first, bad, ...others] = await sendTo(smtp.port, ["a", "bad", "b", "c"]);
    // Its envelope goes alone after the first message; from the second on, all leave whole.
    expect([first, bad]).toEqual(["accepted", "rejected bad-address"]);
    expect(others).toEqual(["accepted", "accepted"]);
    const [one, two, third] = await sendTo(smtp.port, ["a", "b", "bad"]);
    expect([one, two, third]).toEqual(["accepted", "accepted", "unknown"]);
  });
});

describe("a large message by chunks", () => {
  it("refused midway is not sent to its end, and RSET makes way for the next", async () => {
    for (const pipelining of [true, false]) {
      const smtp = await server({
        pipelining,
        chunking: true,
        faults: [{ stage: "chunk", action: { kind: "reply", line: "552 5.3.4 Too big" }, recipient: "^big" }],
      });
      expect(await sendTo(smtp.port, ["big", "b", "c"], 100_000)).toEqual([
        "rejected too-large",
        "accepted",
        "accepted",
      ]);
      expect(smtp.statistics()).toMatchObject({ received: 2, connections: 1, fired: { "chunk-reply": 1 } });
    }
  });

  it("cut off between its chunks is deferred, after the last one unknown", async () => {
    for (const [stage, outcome] of [
      ["chunk", "deferred connection"],
      ["after-dot", "unknown"],
    ] as const) {
      const smtp = await server({ chunking: true, faults: [{ stage, action: { kind: "drop" }, times: 1 }] });
      expect(await sendTo(smtp.port, ["big", "b"], 100_000)).toEqual([outcome, "accepted"]);
      expect(smtp.statistics().fired).toEqual({ [`${stage}-drop`]: 1 });
    }
  });
});

describe("a server that stops reading", () => {
  it("is sent no more than the window: all else waits, and goes over other connections", async () => {
    for (const chunking of [true, false]) {
      const smtp = await server({
        chunking,
        faults: [
          { stage: "body", action: { kind: "stall" }, connection: 1, message: 4 },
          { stage: "after-dot", action: { kind: "slow", ms: delayMs }, connection: 1 },
        ],
      });
      const transport = transportTo({ socketTimeoutMs: 300, slowReplyMs: 0 });
      const sends = Array.from({ length: 100 }, () =>
        transport.transmit(nodeAt(smtp.port, oneConnection), { envelope, bytes: message(60_000) }),
      );
      const outcomes = (await Promise.all(sends)).map(inShort);
      const unknown = outcomes.filter((outcome) => outcome === "unknown").length;
      expect(unknown).toBeGreaterThanOrEqual(1);
      expect(unknown).toBeLessThanOrEqual(chunking ? 4 : 1);
      expect(outcomes.filter((outcome) => outcome === "accepted")).toHaveLength(100 - unknown);
      expect(smtp.statistics()).toMatchObject({ received: 100 - unknown, fired: { "body-stall": 1 } });
    }
  });
});

describe("noise in the handshake", () => {
  it("leaves the sides out of step, and makes no reply an acceptance that was none", async () => {
    for (const line of ["what?", "220 Hello", "354 Go ahead"]) {
      const smtp = await server(
        {
          pipelining: false,
          chunking: true,
          // The reply that is one too many comes when the next command has been sent.
          cutAt: () => 2,
          faults: [
            // Of EHLO; the HELO that follows is answered as it should be.
            { stage: "ehlo", action: { kind: "extra", line }, times: 1 },
            { stage: "after-dot", action: { kind: "drop" }, keeps: false },
          ],
        },
        { strict: false },
      );
      expect(await sendTo(smtp.port, ["a", "b"])).not.toContain("accepted");
      expect(smtp.statistics()).toMatchObject({ received: 0, fired: { "ehlo-extra": 1 } });
    }
  });
});

describe("a connection that the server gave up while nobody used it", () => {
  it("says so to the next message's envelope, which another connection takes, no attempt spent", async () => {
    const smtp = await startScripted(["PIPELINING"], (sent, connection) =>
      connection === 1 && sent.includes("second@") ? "421 4.4.2 Idle for too long\r\n" : agree(sent),
    );
    const transport = transportTo();
    for (const name of ["first", "second"]) {
      const outgoing = { envelope: to(`${name}@x.test`), bytes: message() };
      expect(inShort(await transport.transmit(nodeAt(smtp.port), outgoing))).toBe("accepted");
    }
    expect(
      smtp.turns.filter(({ sent }) => sent.includes("second@")).map(({ connection }) => connection),
    ).toEqual([1, 2]);
  });
});
