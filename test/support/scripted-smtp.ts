import { once } from "node:events";
import net from "node:net";
import { cleanups } from "./transport-fixture.js";

export interface Turn {
  connection: number;
  /** What the client sent between two of the server's writes, Latin-1. */
  sent: string;
  /** In how many pieces it came: on one machine, as many as the client wrote. */
  pieces: number;
}

export interface ScriptedSmtp {
  port: number;
  /** After EHLO. */
  turns: Turn[];
}

/**
 * A server that says what its script does. `answer` sees what came since the server spoke last and returns the reply, or
 * nothing to wait for more; a reply that begins with 421 ends the connection.
 */
export async function startScripted(
  extensions: string[],
  answer: (sent: string, connection: number) => string | undefined,
  { delayMs = 0 } = {},
): Promise<ScriptedSmtp> {
  const turns: Turn[] = [];
  const sockets = new Set<net.Socket>();
  let connections = 0;
  const server = net.createServer({ noDelay: true }, (socket) => {
    const connection = ++connections;
    let turn: Turn = { connection, sent: "", pieces: 0 };
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("data", (chunk) => {
      turn.sent += chunk.toString("latin1");
      turn.pieces += 1;
      const isEhlo = turn.sent.startsWith("EHLO");
      const reply = isEhlo ? greeting(extensions) : answer(turn.sent, connection);
      if (reply === undefined) return;
      if (!isEhlo) turns.push(turn);
      turn = { connection, sent: "", pieces: 0 };
      const say = () => {
        socket.write(reply);
        if (reply.startsWith("421")) socket.end();
      };
      if (delayMs === 0) say();
      else setTimeout(say, delayMs);
    });
    socket.write("220 scripted.test\r\n");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanups.push(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, "close");
  });
  return { port: (server.address() as net.AddressInfo).port, turns };
}

function greeting(extensions: string[]): string {
  const lines = ["scripted.test", ...extensions, "ENHANCEDSTATUSCODES"];
  return lines.map((text, i) => `250${i === lines.length - 1 ? " " : "-"}${text}\r\n`).join("");
}

/**
 * A reply to each command of a group whose message, if there is one, has come whole; nothing before that. `decide` says what
 * is answered to a command instead of a yes.
 */
export function agree(
  sent: string,
  decide: (command: string) => string | undefined = () => undefined,
): string | undefined {
  let replies = "";
  let rest = sent;
  const body = rest.indexOf("\r\n.\r\n");
  if (body >= 0 && !/^(MAIL|RSET|RCPT|DATA|BDAT|QUIT)/.test(rest)) {
    replies += "250 2.0.0 Taken\r\n";
    rest = rest.slice(body + 5);
  }
  while (rest !== "") {
    const [line = "", size] = /^(?:BDAT (\d+).*|[A-Z]{4}.*)\r\n/.exec(rest) ?? [];
    const bytes = Number(size ?? 0);
    if (line === "" || rest.length < line.length + bytes) return undefined;
    rest = rest.slice(line.length + bytes);
    const yes = line.startsWith("DATA") ? "354 Go ahead" : "250 2.0.0 Ok";
    replies += `${decide(line.trimEnd()) ?? yes}\r\n`;
  }
  return replies === "" ? undefined : replies;
}
