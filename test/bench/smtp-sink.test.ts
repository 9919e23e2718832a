import { once } from "node:events";
import net from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { sendPipelined, type PreparedMessage } from "../../bench/pipelined-client.js";
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

describe("the limit's client", () => {
  const bytes = Buffer.from("Subject: x\r\n\r\nhello\r\n");

  test("sends each message once, in order, over as many connections as it was told", async () => {
    const taken: string[] = [];
    const accepted = await sendPipelined(sink.ports.port, 3, () => takeOne(taken, 100));
    expect(accepted).toBe(100);
    expect(taken).toHaveLength(100);
    expect(Object.keys(sink.counts().watched)).toEqual(expect.arrayContaining(taken));
    expect(sink.counts()).toMatchObject({ messages: 100, connections: 3 });
  });

  test("has nothing to do without messages", async () => {
    expect(await sendPipelined(sink.ports.port, 2, () => undefined)).toBe(0);
    expect(sink.counts().messages).toBe(0);
  });

  test("writes a body together with the next envelope, and never ahead of the replies", async () => {
    const writes: string[] = [];
    const server = net.createServer((socket) => {
      socket.write("220 x\r\n");
      socket.on("data", (chunk: Buffer) => {
        const text = chunk.toString("latin1");
        writes.push(text);
        const verbs = text.match(/^(EHLO|MAIL|RCPT|QUIT|DATA|\.)/gm) ?? [];
        socket.write(verbs.map((verb) => (verb === "DATA" ? "354 x\r\n" : "250 x\r\n")).join(""));
        if (text.endsWith("QUIT\r\n")) socket.end();
      });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const taken: string[] = [];
    const { port } = server.address() as net.AddressInfo;
    expect(await sendPipelined(port, 1, () => takeOne(taken, 2))).toBe(2);
    server.close();
    const [first, second] = taken.map((to) => `${envelope(to)}DATA\r\n`);
    expect(writes).toEqual([
      "EHLO limit.test\r\n",
      first,
      `${bytes.toString()}.\r\n${second ?? ""}`,
      `${bytes.toString()}.\r\nQUIT\r\n`,
    ]);
  });

  test("fails when the server refuses", async () => {
    const server = net.createServer((socket) => socket.end("554 no\r\n"));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as net.AddressInfo;
    await expect(sendPipelined(port, 1, () => undefined)).rejects.toThrow("554 no");
    server.close();
  });

  function takeOne(taken: string[], most: number): PreparedMessage | undefined {
    if (taken.length === most) return undefined;
    const to = `urgent-${taken.length}@bench.test`;
    taken.push(to);
    return { from: "a@bench.test", to, bytes };
  }
});
