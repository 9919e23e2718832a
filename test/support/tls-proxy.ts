import { connect, type AddressInfo, type Socket } from "node:net";
import { createServer, type TlsOptions } from "node:tls";

export interface TlsProxy {
  port: number;
  close(): Promise<void>;
}

/** Speaks TLS on a loopback port for a server that does not, as a terminator in front of it would. */
export async function startTlsProxy(target: number, options: TlsOptions): Promise<TlsProxy> {
  const open = new Set<Socket>();
  const server = createServer(options, (socket) => {
    const behind = connect(target, "127.0.0.1");
    for (const end of [socket, behind]) {
      open.add(end);
      end.on("error", () => undefined).on("close", () => open.delete(end));
    }
    socket.pipe(behind).pipe(socket);
  });
  server.on("tlsClientError", () => undefined);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}
