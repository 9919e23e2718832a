import type { Socket } from "node:net";
import type { Fault, FaultPlan, FaultStage } from "./fault-smtp-plan.js";

/** A message that the server took responsibility for, whether or not its reply reached the client. */
export interface ReceivedMessage {
  from: string;
  to: string[];
  messageId: string | null;
  connection: number;
  /** Position on its connection, from 1. */
  nthOnConnection: number;
  /** False when a fault swallowed the reply. */
  acknowledged: boolean;
  bytes: number;
  /** As it came over the wire, still dot-stuffed; only with `keepBodies`. */
  body?: string;
}

export interface SessionOptions {
  connection: number;
  plan: FaultPlan;
  extensions: string[];
  keepBodies: boolean;
  deliver(message: ReceivedMessage): void;
  /** The client has said QUIT. */
  quit(): void;
}

const endOfBody = Buffer.from("\r\n.\r\n");
const nothing = Buffer.alloc(0);

/** One SMTP connection: reads pipelined commands in order, asks the plan for a fault at every stage. */
export class Session {
  private input: Buffer = nothing;
  private scanned = 0;
  private inBody = false;
  /** While a slow reply is due nothing is parsed; after a stall or a drop nothing ever is. */
  private held = false;
  private from = "";
  private to: string[] = [];
  private messages = 0;
  private bodyFault: Fault | undefined;
  private bodyBegun = false;

  private readonly socket: Socket;
  private readonly options: SessionOptions;

  constructor(socket: Socket, options: SessionOptions) {
    this.socket = socket;
    this.options = options;
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => {
      this.input = this.input.length === 0 ? chunk : Buffer.concat([this.input, chunk]);
      this.advance();
    });
    // A client that vanishes is what the tests are about.
    socket.on("error", () => socket.destroy());
    this.at("connect", () => this.reply("220 fault.test ESMTP"), { replyEnds: true });
  }

  private advance(): void {
    if (this.held) return;
    this.socket.cork();
    while (!this.held && (this.inBody ? this.takeBody() : this.takeCommand()));
    this.socket.uncork();
  }

  private takeCommand(): boolean {
    const end = this.input.indexOf("\r\n");
    if (end < 0) return false;
    const line = this.input.toString("utf8", 0, end);
    this.input = this.input.subarray(end + 2);
    this.command(line);
    return true;
  }

  private command(line: string): void {
    switch (line.slice(0, 4).toUpperCase()) {
      case "EHLO":
      case "HELO":
        return this.at("ehlo", () => this.greet());
      case "MAIL":
        this.from = addressIn(line);
        this.to = [];
        return this.at("mail", () => this.reply("250 2.1.0 Ok"));
      case "RCPT": {
        const recipient = addressIn(line);
        const accept = () => {
          this.to.push(recipient);
          this.reply("250 2.1.5 Ok");
        };
        return this.at("rcpt", accept, { recipient });
      }
      case "DATA":
        if (this.to.length === 0) return this.reply("554 5.5.1 No valid recipients");
        return this.at("data", () => this.openBody(), { recipient: this.to[0] });
      case "RSET":
        this.to = [];
        return this.reply("250 2.0.0 Ok");
      case "NOOP":
        return this.reply("250 2.0.0 Ok");
      case "QUIT":
        this.reply("221 2.0.0 Bye");
        this.options.quit();
        this.end();
        return;
      default:
        return this.reply("502 5.5.2 Command not recognized");
    }
  }

  private greet(): void {
    const lines = ["fault.test", ...this.options.extensions];
    this.reply(lines.map((text, i) => `250${i === lines.length - 1 ? " " : "-"}${text}`).join("\r\n"));
  }

  private openBody(): void {
    this.reply("354 Go ahead");
    this.inBody = true;
    this.scanned = 0;
    this.bodyFault = undefined;
    this.bodyBegun = false;
  }

  /** True when a whole body was taken from the input. */
  private takeBody(): boolean {
    if (!this.bodyBegun && this.input.length > 0) {
      this.bodyBegun = true;
      this.bodyFault = this.strike("body", this.to[0]);
    }
    if (this.strikesBody()) return false;
    const empty = this.input.length >= 3 && this.input.toString("latin1", 0, 3) === ".\r\n";
    const dot = empty ? -2 : this.input.indexOf(endOfBody, Math.max(0, this.scanned - 4));
    if (dot === -1) {
      this.scanned = this.input.length;
      return false;
    }
    if (this.strikesBody(true)) return false;
    const body = this.input.subarray(0, Math.max(0, dot + 2));
    this.input = this.input.subarray(dot + endOfBody.length);
    this.inBody = false;
    this.endOfMessage(body);
    return true;
  }

  /** Carries the body's fault out once enough of the body is there, at the latest before its final dot counts. */
  private strikesBody(complete = false): boolean {
    const fault = this.bodyFault;
    if (!fault || (!complete && this.input.length < (fault.afterBytes ?? 1))) return false;
    this.bodyFault = undefined;
    this.carryOut(fault, () => undefined);
    return true;
  }

  private endOfMessage(body: Buffer): void {
    this.messages += 1;
    const message = this.received(body);
    const fault = this.strike("after-dot", this.to[0]);
    this.to = [];
    const accept = () => {
      this.options.deliver({ ...message, acknowledged: true });
      this.reply(`250 2.0.0 Ok: queued as ${this.options.connection}.${this.messages}`);
      this.at("idle", () => undefined);
    };
    if (!fault) return accept();
    const silent = fault.action.kind !== "reply" && fault.action.kind !== "slow";
    if (silent && fault.keeps !== false) this.options.deliver({ ...message, acknowledged: false });
    this.carryOut(fault, accept);
  }

  private received(body: Buffer): ReceivedMessage {
    const head = body.toString(
      "latin1",
      0,
      Math.max(0, body.indexOf("\r\n\r\n")) || Math.min(body.length, 4096),
    );
    return {
      from: this.from,
      to: this.to,
      messageId: /^message-id:\s*(<[^>\r\n]*>)/im.exec(head)?.[1] ?? null,
      connection: this.options.connection,
      nthOnConnection: this.messages,
      acknowledged: false,
      bytes: body.length,
      ...(this.options.keepBodies ? { body: body.toString("utf8") } : {}),
    };
  }

  private at(
    stage: FaultStage,
    proceed: () => void,
    more: { recipient?: string; replyEnds?: boolean } = {},
  ): void {
    const fault = this.strike(stage, more.recipient);
    if (!fault) return proceed();
    this.carryOut(fault, proceed);
    if (more.replyEnds && fault.action.kind === "reply") this.end();
  }

  private strike(stage: FaultStage, recipient?: string): Fault | undefined {
    return this.options.plan.strike({ stage, connection: this.options.connection, recipient });
  }

  private carryOut(fault: Fault, proceed: () => void): void {
    const { action } = fault;
    switch (action.kind) {
      case "drop":
        this.held = true;
        // Behind the replies already written, so that the client sees what came before the drop.
        setImmediate(() => this.socket.destroy());
        return;
      case "reset":
        this.held = true;
        setImmediate(() => this.socket.resetAndDestroy());
        return;
      case "stall":
        this.held = true;
        this.socket.pause();
        return;
      case "slow":
        this.held = true;
        setTimeout(() => {
          this.held = false;
          if (this.socket.destroyed) return;
          proceed();
          this.advance();
        }, action.ms);
        return;
      case "reply":
        this.reply(action.line);
        if (action.line.startsWith("421")) this.end();
    }
  }

  private reply(line: string): void {
    if (!this.socket.destroyed) this.socket.write(line + "\r\n");
  }

  private end(): void {
    this.held = true;
    this.socket.end();
  }
}

function addressIn(line: string): string {
  return line.slice(line.indexOf("<") + 1, line.indexOf(">"));
}
