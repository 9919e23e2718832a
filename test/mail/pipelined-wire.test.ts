import pino from "pino";
import { describe, expect, it } from "vitest";
import { createTransport } from "../../mail/smtp/transport.js";
import { agree, startScripted } from "../support/scripted-smtp.js";
import { inShort, message, nodeAt, server, to, transportTo } from "../support/transport-fixture.js";

const oneConnection = { maxConnections: 1 };
const bytes = message(12_000);
const octets = bytes.toString("latin1");

/** The letters' first words, in the order of the wire: `MAIL RCPT DATA`, `(message) . MAIL`. */
function inWords(sent: string): string {
  const commands = sent.replaceAll(octets, "(message)\r\n").split("\r\n").slice(0, -1);
  return commands.map((line) => line.split(/[ :]/)[0]).join(" ");
}

async function sendThree(extensions: string[]) {
  const smtp = await startScripted(extensions, (sent) => agree(sent));
  const transport = transportTo({ socketTimeoutMs: 5_000 });
  const node = nodeAt(smtp.port, oneConnection);
  const sends = [1, 2, 3].map((n) => transport.transmit(node, { envelope: to(`${n}@x.test`), bytes }));
  expect((await Promise.all(sends)).map(inShort)).toEqual(["accepted", "accepted", "accepted"]);
  return smtp.turns.map(({ sent, pieces }) => [inWords(sent), pieces]).filter(([words]) => words !== "QUIT");
}

describe("a message on the wire", () => {
  it("with PIPELINING costs one write and one round trip: its envelope leaves behind the message before", async () => {
    expect(await sendThree(["PIPELINING"])).toEqual([
      ["MAIL RCPT DATA", 1],
      ["(message) . MAIL RCPT DATA", 1],
      ["(message) . MAIL RCPT DATA", 1],
      ["(message) .", 1],
    ]);
  });

  it("with CHUNKING too, and RSET clears what a refused chunk would leave", async () => {
    expect(await sendThree(["PIPELINING", "CHUNKING"])).toEqual([
      ["MAIL RCPT", 1],
      ["BDAT (message) RSET MAIL RCPT", 1],
      ["BDAT (message) RSET MAIL RCPT", 1],
      ["BDAT (message)", 1],
    ]);
  });

  it("without PIPELINING goes command by command", async () => {
    const alone = (words: string) => words.split("|").map((word) => [word, 1]);
    expect(await sendThree([])).toEqual(
      alone("MAIL|RCPT|DATA|(message) .|MAIL|RCPT|DATA|(message) .|MAIL|RCPT|DATA|(message) ."),
    );
    expect(await sendThree(["CHUNKING"])).toEqual(
      alone("MAIL|RCPT|BDAT (message)|MAIL|RCPT|BDAT (message)|MAIL|RCPT|BDAT (message)"),
    );
  });

  it("names its size, and nothing that was not offered", async () => {
    const smtp = await startScripted(["PIPELINING", "SIZE 100000"], (sent) => agree(sent));
    await transportTo().transmit(nodeAt(smtp.port), { envelope: to("ada@x.test"), bytes });
    expect(smtp.turns[0]?.sent).toBe(
      `MAIL FROM:<b+1@mail.floe.test> SIZE=${bytes.length}\r\nRCPT TO:<ada@x.test>\r\nDATA\r\n`,
    );
  });
});

describe("messages on the way at once", () => {
  /** The most messages of one node that were announced and unanswered, and the most whole ones at the server. */
  async function mostAtOnce(maxConnections: number, chunking: boolean) {
    const action = { kind: "slow", ms: 30 } as const;
    const smtp = await server({ chunking, faults: [{ stage: "after-dot", action }] });
    const transport = transportTo({ socketTimeoutMs: 10_000, slowReplyMs: 0 });
    const node = nodeAt(smtp.port, { maxConnections });
    const announced = new Set<number>();
    let most = 0;
    const sends = Array.from({ length: 8 * maxConnections }, async (_, n) => {
      const mayLeave = async () => {
        // By then, outcomes of the same moment are told.
        await new Promise((resolve) => setImmediate(resolve));
        most = Math.max(most, announced.add(n).size);
        return true;
      };
      const outcome = await transport.transmit(node, { envelope: to(`${n}@x.test`), bytes, mayLeave });
      announced.delete(n);
      return inShort(outcome);
    });
    expect(new Set(await Promise.all(sends))).toEqual(new Set(["accepted"]));
    return most;
  }

  it("are four a connection where replies are slow and chunks allow it, and never more than twenty a node", async () => {
    expect(await mostAtOnce(1, true)).toBe(4);
    for (const [connections, atMost] of [
      [5, 20],
      [7, 14],
      [20, 20],
    ] as const)
      expect(await mostAtOnce(connections, true)).toBeLessThanOrEqual(atMost);
  });

  it("are one, and one whose envelope travels, by DATA; with twenty connections one alone", async () => {
    expect(await mostAtOnce(1, false)).toBe(2);
    for (const connections of [10, 20]) expect(await mostAtOnce(connections, false)).toBeLessThanOrEqual(20);
  });
});

describe("permission to leave", () => {
  it("is asked while the envelope is on its way, so that it costs no round trip", async () => {
    const events: string[] = [];
    const smtp = await startScripted(["PIPELINING"], (sent) => {
      const reply = agree(sent);
      if (reply !== undefined) events.push(`answered ${inWords(sent)}`);
      return reply;
    });
    const transport = transportTo({ socketTimeoutMs: 5_000 });
    const node = nodeAt(smtp.port, oneConnection);
    const permit = (n: number) => {
      events.push(`asked ${n}`);
      return Promise.resolve(true);
    };
    const send = (n: number) =>
      transport.transmit(node, { envelope: to(`${n}@x.test`), bytes, mayLeave: () => permit(n) });
    await Promise.all([send(1), send(2)]);
    expect(events.filter((event) => !event.includes("QUIT"))).toEqual([
      "asked 1",
      "answered MAIL RCPT DATA",
      "asked 2",
      "answered (message) . MAIL RCPT DATA",
      "answered (message) .",
    ]);
  });

  it("given at once writes each message once", async () => {
    const smtp = await server();
    const transport = createTransport({ log: pino({ level: "silent" }) });
    const send = (allowed: boolean) =>
      new Promise<string>((resolve) => {
        transport.transmit(nodeAt(smtp.port, oneConnection), {
          envelope: to("ada@x.test"),
          bytes: message(),
          mayLeave: (answer) => answer(allowed),
          settle: (outcome) => resolve(inShort(outcome)),
        });
      });
    const outcomes = await Promise.all([true, true, false, true].map(send));
    await transport.close();
    expect(outcomes).toEqual(["accepted", "accepted", "deferred withheld", "accepted"]);
    expect(smtp.statistics()).toMatchObject({ received: 3, duplicates: 0 });
  });

  it("refused closes a connection that can only go on with a message; the others take another one", async () => {
    for (const chunking of [true, false]) {
      const smtp = await server({ chunking });
      const transport = transportTo();
      const outcomes = await Promise.all(
        [true, false, true].map((allowed, n) =>
          transport.transmit(nodeAt(smtp.port, oneConnection), {
            envelope: to(`${n}@x.test`),
            bytes,
            mayLeave: () => Promise.resolve(allowed),
          }),
        ),
      );
      expect(outcomes.map(inShort)).toEqual(["accepted", "deferred withheld", "accepted"]);
      expect(smtp.statistics()).toMatchObject({ received: 2, connections: chunking ? 1 : 2 });
    }
  });
});
