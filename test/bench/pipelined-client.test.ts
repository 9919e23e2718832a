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

const envelope = (to: string) => `MAIL FROM:<a@bench.test>\r\nRCPT TO:<${to}>\r\n`;

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
