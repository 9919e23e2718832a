/**
 * What the machine allows: an SMTP client that does nothing but send prepared bytes. A message's body and the envelope of the
 * next leave in one write; replies are counted, and must not refuse.
 */
import net from "node:net";

export interface PreparedMessage {
  from: string;
  to: string;
  /** Header and body, dot-stuffed, with an end to its last line. */
  bytes: Buffer;
}

/** The next message, in order; undefined when there are no more. */
export type TakeMessage = () => PreparedMessage | undefined;

/** Sends all that `take` gives. @returns how many were accepted. @throws Error on the first reply that refuses. */
export async function sendPipelined(port: number, connections: number, take: TakeMessage): Promise<number> {
  const carried = await Promise.all(
    Array.from({ length: connections }, () => new LimitConnection(port, take).ended),
  );
  return carried.reduce((sum, count) => sum + count, 0);
}

class LimitConnection {
  /** How many messages were accepted, when there are no more. */
  readonly ended: Promise<number>;
  private readonly socket: net.Socket;
  private readonly take: TakeMessage;
  private step: "greeting" | "ehlo" | "mail" = "greeting";
  /** Its envelope is on the way; undefined: the last command is. */
  private next: PreparedMessage | undefined;
  private accepted = 0;
  /** Messages that are written and unanswered. */
  private written = 0;
  /** Replies to what was written last that are still to come. */
  private unanswered = 1;
  private rest = "";

  constructor(port: number, take: TakeMessage) {
    this.take = take;
    const buffer = Buffer.allocUnsafeSlow(4_096);
    const callback = (length: number) => {
      this.read(buffer.toString("latin1", 0, length));
      return true;
    };
    this.socket = net.connect({ port, host: "127.0.0.1", noDelay: true, onread: { buffer, callback } });
    this.ended = new Promise((resolve, reject) => {
      this.socket.once("error", reject);
      this.socket.once("close", () => {
        if (this.step === "mail" && !this.next && this.unanswered === 0) resolve(this.accepted);
        else reject(new Error("The server closed the connection."));
      });
    });
  }

  private read(text: string): void {
    const input = this.rest + text;
    let begin = 0;
    for (let end = input.indexOf("\n"); end >= 0; end = input.indexOf("\n", begin)) {
      const isGood = input[begin] === "2" || input[begin] === "3";
      if (!isGood) return void this.socket.destroy(new Error(`Refused: ${input.slice(begin, end).trim()}`));
      if (input[begin + 3] !== "-") this.unanswered -= 1;
      begin = end + 1;
    }
    this.rest = input.slice(begin);
    if (this.unanswered === 0) this.proceed();
  }

  /** All replies are here. */
  private proceed(): void {
    if (this.step === "greeting") {
      this.step = "ehlo";
      this.unanswered = 1;
      this.socket.write("EHLO limit.test\r\n");
    } else if (this.step === "ehlo") {
      this.step = "mail";
      this.writeEnvelope("");
    } else {
      this.accepted += this.written;
      this.written = 0;
      if (this.next) this.writeMessage(this.next);
    }
  }

  private writeMessage({ bytes }: PreparedMessage): void {
    this.socket.cork();
    this.socket.write(bytes);
    this.written = 1;
    this.writeEnvelope(".\r\n");
    this.socket.uncork();
  }

  /** The envelope of the next message, behind the end of the one before. */
  private writeEnvelope(before: ".\r\n" | ""): void {
    const next = (this.next = this.take());
    this.unanswered = this.written + (next ? 3 : 1);
    const commands = next ? `MAIL FROM:<${next.from}>\r\nRCPT TO:<${next.to}>\r\nDATA\r\n` : "QUIT\r\n";
    this.socket.write(before + commands, "latin1");
  }
}
