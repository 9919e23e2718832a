import { connect, type ClientHttp2Session, type OutgoingHttpHeaders } from "node:http2";

export interface ApnsAnswer {
  status: number;
  apnsId: string | null;
  retryAfter: string | undefined;
  text: string;
}

export interface ApnsConnection {
  /** @throws what the connection threw; an abort ends the request */
  post(headers: OutgoingHttpHeaders, body: string, signal: AbortSignal): Promise<ApnsAnswer>;
  close(): Promise<void>;
}

/** A connection that says nothing for so long is closed; the next message opens another one. */
const idleMs = 10 * 60_000;

/** One HTTP/2 connection for all messages, as Apple wants it, opened when it is needed and again when it has ended. */
export function createApnsConnection(url: string, ca?: Buffer): ApnsConnection {
  let session: ClientHttp2Session | undefined;

  const open = (): ClientHttp2Session => {
    if (session && !session.closed && !session.destroyed) return session;
    const opened = connect(url, ca ? { ca } : {});
    const forget = (): void => {
      if (session === opened) session = undefined;
    };
    // Requests under way are told by themselves.
    opened.on("error", forget);
    opened.on("close", forget);
    // RFC 9113, 6.8: what is under way may end, nothing else begins on it.
    opened.on("goaway", forget);
    opened.setTimeout(idleMs, () => opened.close());
    // It keeps no process alive.
    opened.unref();
    session = opened;
    return opened;
  };

  return {
    post: (headers, body, signal) => request(open(), headers, body, signal),
    close: async () => session?.destroy(),
  };
}

function request(
  session: ClientHttp2Session,
  headers: OutgoingHttpHeaders,
  body: string,
  signal: AbortSignal,
): Promise<ApnsAnswer> {
  return new Promise((resolve, reject) => {
    const stream = session.request({ ":method": "POST", ...headers }, { signal });
    const chunks: Buffer[] = [];
    let answer: Omit<ApnsAnswer, "text"> | undefined;
    stream.on("response", (told) => {
      const id = told["apns-id"];
      answer = {
        status: told[":status"] ?? 0,
        apnsId: typeof id === "string" ? id : null,
        retryAfter: told["retry-after"],
      };
    });
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("error", reject);
    stream.on("close", () => {
      if (answer) resolve({ ...answer, text: Buffer.concat(chunks).toString() });
      else reject(Object.assign(new Error("The connection ended."), { code: "ERR_HTTP2_STREAM_CLOSED" }));
    });
    stream.end(body);
  });
}
