import { once } from "node:events";
import net from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { startDelayProxy } from "../../bench/delay-proxy.js";

const delayMs = 30;
const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

/** A connection through the proxy to a server that sends back what it gets. */
async function connectToEcho(): Promise<net.Socket> {
  const echo = net.createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket));
  echo.listen(0, "127.0.0.1");
  await once(echo, "listening");
  const proxy = await startDelayProxy({ targetPort: (echo.address() as net.AddressInfo).port, delayMs });
  const socket = net.connect({ port: proxy.port, host: "127.0.0.1", noDelay: true });
  closing.push(
    () => socket.destroy(),
    () => echo.close(),
    () => proxy.close(),
  );
  await once(socket, "connect");
  return socket;
}

describe("the proxy that delays", () => {
  test("hands octets on no sooner than after both delays", async () => {
    const socket = await connectToEcho();
    for (let time = 0; time < 5; time++) {
      const begin = performance.now();
      socket.write("x");
      await once(socket, "data");
      expect(performance.now() - begin).toBeGreaterThanOrEqual(2 * delayMs);
    }
  });

  test("keeps every octet and the order, and does not slow down what is behind", async () => {
    const socket = await connectToEcho();
    const sent = Array.from({ length: 200 }, (_, no) => `${no};`);
    let received = "";
    socket.on("data", (chunk: Buffer) => (received += chunk.toString()));
    const begin = performance.now();
    for (const part of sent) socket.write(part);
    socket.end();
    await once(socket, "close");
    expect(received).toBe(sent.join(""));
    // One after the other, they would take 200 times the delay.
    expect(performance.now() - begin).toBeLessThan(200 * delayMs);
  });

  test("ends its side when the other is gone", async () => {
    const target = net.createServer((socket) => socket.destroy());
    target.listen(0, "127.0.0.1");
    await once(target, "listening");
    const proxy = await startDelayProxy({
      targetPort: (target.address() as net.AddressInfo).port,
      delayMs,
    });
    closing.push(
      () => target.close(),
      () => proxy.close(),
    );
    const socket = net.connect(proxy.port, "127.0.0.1");
    socket.on("error", () => undefined);
    socket.resume();
    await once(socket, "close");
  });
});
