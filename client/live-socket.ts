import { liveProtocol, ticketProtocol, type LiveMessage, type LiveRequest } from "../domain/live-updates.js";

export interface LiveSocketInput {
  url: string;
  /** For servers. */
  key?: string | undefined;
  /** For browsers, which can set no header: asked for each time, because one is good once. */
  ticket?: (() => Promise<string>) | undefined;
  tenantId?: string | undefined;
  user?: string | undefined;
}

export interface LiveSocketEvents {
  onOpen: () => void;
  onMessage: (message: LiveMessage) => void;
  /** `status`: of the HTTP answer that refused the connection, where that can be known. */
  onClose: (why: { code: number; status?: number }) => void;
}

export interface LiveSocket {
  send(request: LiveRequest): void;
  close(): void;
}

/** What browsers and the library `ws` have in common. */
type Socket = Pick<WebSocket, "send" | "close" | "readyState" | "addEventListener">;

const openState = 1;
/** No status but what a refusal had: a network that is down has none. */
const abnormal = 1006;

/** Opens one connection. @throws what `ticket` throws */
export async function openLiveSocket(input: LiveSocketInput, events: LiveSocketEvents): Promise<LiveSocket> {
  let status: number | undefined;
  const socket =
    input.key === undefined
      ? await openWithTicket(input)
      : await openWithKey(input, (refused) => (status = refused));
  let over = false;
  const close = (code: number): void => {
    if (over) return;
    over = true;
    events.onClose({ code, ...(status !== undefined && { status }) });
  };
  socket.addEventListener("open", () => events.onOpen());
  socket.addEventListener("message", ({ data }) => {
    if (!over && typeof data === "string") events.onMessage(JSON.parse(data) as LiveMessage);
  });
  socket.addEventListener("close", ({ code }) => close(code));
  socket.addEventListener("error", () => undefined);
  return {
    send(request) {
      if (socket.readyState === openState) socket.send(JSON.stringify(request));
    },
    close() {
      socket.close();
      // The other end may be gone without a word.
      close(abnormal);
    },
  };
}

function targetOf({ url, tenantId, user }: LiveSocketInput): string {
  const target = new URL(`${url.replace(/\/+$/, "")}/api/live`);
  target.protocol = target.protocol.replace("http", "ws");
  if (tenantId !== undefined) target.searchParams.set("tenant_id", tenantId);
  if (user !== undefined) target.searchParams.set("user_id", user);
  return target.href;
}

async function openWithTicket({ url, ticket }: LiveSocketInput): Promise<Socket> {
  const shown = await ticket?.();
  return new WebSocket(targetOf({ url }), [liveProtocol, `${ticketProtocol}${shown ?? ""}`]);
}

async function openWithKey(input: LiveSocketInput, onRefused: (status: number) => void): Promise<Socket> {
  // Of Node alone: a browser never comes here.
  const { WebSocket: NodeSocket } = await import("ws");
  const socket = new NodeSocket(targetOf(input), [liveProtocol], {
    headers: { authorization: `Bearer ${input.key ?? ""}` },
    handshakeTimeout: 30_000,
    perMessageDeflate: false,
  });
  socket.on("unexpected-response", (_request, response) => {
    onRefused(response.statusCode ?? 0);
    socket.terminate();
  });
  return socket;
}
