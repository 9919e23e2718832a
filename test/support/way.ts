import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";

/** The way to the real Postgres; `cut` makes it look away: connections break, new ones are refused. */
export class Way {
  private readonly sockets = new Set<Socket>();
  private server: Server | undefined;
  private readonly target: URL;
  port = 0;

  constructor(databaseUrl: string) {
    this.target = new URL(databaseUrl);
  }

  async open(): Promise<void> {
    const server = createServer((socket) => {
      const upstream = connect(Number(this.target.port), this.target.hostname);
      for (const end of [socket, upstream]) {
        this.sockets.add(end);
        end.on("error", () => undefined).on("close", () => this.sockets.delete(end));
      }
      socket.pipe(upstream).pipe(socket);
    });
    await new Promise<void>((resolve) => server.listen(this.port, "127.0.0.1", resolve));
    this.port = (server.address() as AddressInfo).port;
    this.server = server;
  }

  async cut(): Promise<void> {
    const closed = new Promise((resolve) => this.server?.close(resolve));
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  get databaseUrl(): string {
    const url = new URL(this.target);
    url.hostname = "127.0.0.1";
    url.port = String(this.port);
    return url.href;
  }
}
