import { once } from "node:events";
import net from "node:net";

/** A wire that can be cut: forwards bytes to another address, until it is told to hold them back. */
export interface CuttableWire {
  address: string;
  /** Octets held back since it was cut. */
  heldBack(): number;
  cut(): void;
  mend(): void;
  close(): Promise<void>;
}

/** Nothing is closed by a cut: both sides wait for answers that do not come, as behind a router that died. */
export async function wireTo(address: string): Promise<CuttableWire> {
  const [host, port] = address.split(":");
  const sockets = new Set<net.Socket>();
  let isCut = false;
  let held = 0;
  const kept: { to: net.Socket; chunk: Buffer }[] = [];
  const server = net.createServer((near) => {
    const far = net.connect(Number(port), host);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on("data", (chunk) => {
        if (!isCut) return void to.write(chunk);
        held += chunk.length;
        kept.push({ to, chunk });
      });
      from.on("error", () => from.destroy());
      from.on("close", () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    address: `127.0.0.1:${(server.address() as net.AddressInfo).port}`,
    heldBack: () => held,
    cut: () => void (isCut = true),
    mend() {
      isCut = false;
      for (const { to, chunk } of kept.splice(0)) if (!to.destroyed) to.write(chunk);
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
