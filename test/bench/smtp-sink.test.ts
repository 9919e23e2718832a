import { once } from "node:events";
import net from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startSink } from "../../bench/smtp-sink.js";

type Sink = Awaited<ReturnType<typeof startSink>>;
let sink: Sink;
beforeEach(async () => {
  sink = await startSink();
});
afterEach(() => sink.close());

/** Sends `parts`, each when the one before has left, and returns all that the sink answers. */
async function talk(port: number, ...parts: string[]): Promise<string[]> {
  const socket = net.connect({ port, host: "127.0.0.1", noDelay: true });
  let answers = "";
  socket.on("data", (chunk: Buffer) => (answers += chunk.toString("latin1")));
  await once(socket, "connect");
  for (const part of [...parts, "QUIT\r\n"]) {
    await new Promise((written) => socket.write(part, "latin1", written));
    await new Promise((later) => setImmediate(later));
  }
  await once(socket, "close");
  return answers.trimEnd().split("\r\n");
}

const envelope = (to = "reader@bench.test") => `MAIL FROM:<a@bench.test>\r\nRCPT TO:<${to}>\r\n`;

describe("the sink", () => {
  test("answers every command of one write, in order, and counts the message", async () => {
    const answers = await talk(
      sink.ports.port,
      `EHLO x\r\n${envelope()}DATA\r\nSubject: x\r\n\r\nhi\r\n.\r\n`,
    );
    expect(answers.map((line) => line.slice(0, 3))).toEqual([
      ...["220", "250", "250", "250", "250", "250"],
      ...["250", "250", "354", "250", "221"],
    ]);
    expect(sink.counts()).toMatchObject({ messages: 1, connections: 1 });
  });

  test("finds the final dot wherever the network cuts, and no other dot", async () => {
    const message = `${envelope()}DATA\r\nends with a dot.\r\n..\r\nlone\n.\r\n\r\n.\r\n`;
    for (let cut = 1; cut < message.length; cut++) {
      await talk(sink.ports.port, message.slice(0, cut), message.slice(cut));
    }
    expect(sink.counts().messages).toBe(message.length - 1);
  });

  test("takes an empty body", async () => {
    await talk(sink.ports.port, `${envelope()}DATA\r\n.\r\n`);
    expect(sink.counts().messages).toBe(1);
  });

  test("counts a message of several chunks once, dots and commands inside it notwithstanding", async () => {
    const chunks = "BDAT 9\r\nQUIT\r\n.\r\nBDAT 3\r\n.\r\nBDAT 0 LAST\r\n";
    const answers = await talk(sink.ports.chunkingPort, envelope() + chunks);
    expect(sink.counts().messages).toBe(1);
    expect(answers).toHaveLength(7);
  });

  test("offers on each port what it says", async () => {
    const offers = async (port: number) => (await talk(port, "EHLO x\r\n")).join(" ");
    expect(await offers(sink.ports.port)).toMatch(/PIPELINING(?!.*CHUNKING)/);
    expect(await offers(sink.ports.chunkingPort)).toMatch(/PIPELINING.*CHUNKING/);
    expect(await offers(sink.ports.lockStepPort)).not.toMatch(/PIPELINING|CHUNKING/);
  });

  test("notes when mail to a watched recipient came, and nothing of others", async () => {
    await talk(sink.ports.port, `${envelope("urgent-1@bench.test")}DATA\r\n.\r\n${envelope()}DATA\r\n.\r\n`);
    expect(Object.keys(sink.counts().watched)).toEqual(["urgent-1@bench.test"]);
  });

  test("begins anew when it is told to", async () => {
    await talk(sink.ports.port, `${envelope()}DATA\r\n.\r\n`);
    sink.reset();
    expect(sink.counts()).toMatchObject({ messages: 0, bytes: 0, firstMessageAtMs: null });
  });
});
