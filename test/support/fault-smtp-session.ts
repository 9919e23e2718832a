import type { Socket } from "node:net";
import { isComplete, readBdat, takeAll, type Incoming } from "./fault-smtp-body.js";
import { FaultyConnection, type FaultyConnectionOptions } from "./fault-smtp-connection.js";
import type { Fault } from "./fault-smtp-plan.js";
import {
  beginTransaction,
  receivedMessage,
  recipientIn,
  type Offers,
  type ReceivedMessage,
  type Transaction,
} from "./fault-smtp-transaction.js";

export interface ServerOffers extends Offers {
  pipelining: boolean;
  chunking: boolean;
  /** Then everything else is offered inside TLS only, and mail is refused outside. */
  starttls: boolean;
  auth: { user: string; pass: string } | null;
}

export interface SessionOptions extends FaultyConnectionOptions {
  offers: ServerOffers;
  keepBodies: boolean;
  deliver(message: ReceivedMessage): void;
  /** The client did what the extensions offered do not allow. */
  violated(what: string): void;
  /** The client has said QUIT. */
  quit(): void;
}

/** One SMTP connection: reads commands in order, pipelined or not, and asks the plan for a fault at every stage. */
export class Session extends FaultyConnection {
  private readonly options: SessionOptions;
  private isLoggedIn = false;
  private transaction: Transaction | null = null;
  private incoming: Incoming | null = null;
  private bodyFault: Fault | undefined;
  private taken = 0;

  constructor(socket: Socket, options: SessionOptions) {
    super(socket, options);
    this.options = options;
    const fault = this.at("connect", () => this.output.line("220 fault.test ESMTP"));
    if (fault?.action.kind === "reply") this.end();
    this.output.flush();
  }

  protected takeNext(): boolean {
    return this.incoming ? this.takeIncoming(this.incoming) : this.takeCommand();
  }

  private takeCommand(): boolean {
    const line = this.input.takeLine();
    if (line === null) return false;
    const verb = line.slice(0, 4).toUpperCase();
    // RFC 2920, 3.1: what may be followed by others in its group, where groups are offered at all.
    const mayBeFollowed = this.options.offers.pipelining && ["MAIL", "RCPT", "RSET", "BDAT"].includes(verb);
    if (!mayBeFollowed && verb !== "BDAT" && this.input.length > 0)
      this.options.violated(`${verb} was followed`);
    this.command(verb, line);
    return true;
  }

  private command(verb: string, line: string): void {
    const { output } = this;
    switch (verb) {
      case "EHLO":
      case "HELO":
        return void this.at("ehlo", () => this.greet());
      case "STAR":
        return void this.at("starttls", () => {
          output.line("220 2.0.0 Ready to start TLS");
          this.secure();
        });
      case "AUTH":
        return void this.at("auth", () => this.logIn(line));
      case "MAIL":
        this.begun += 1;
        return void this.at("mail", () => this.mail(line));
      case "RCPT":
        return this.rcpt(line);
      case "DATA":
        if (!this.transaction?.to.length) return output.line("554 5.5.1 No valid recipients");
        return void this.at("data", () => this.invite(), this.transaction.to[0]);
      case "BDAT":
        return this.chunk(line);
      case "RSET":
        this.transaction = null;
        return output.line("250 2.0.0 Ok");
      case "NOOP":
        return output.line("250 2.0.0 Ok");
      case "QUIT":
        output.line("221 2.0.0 Bye");
        this.options.quit();
        return this.end();
      default:
        return output.line("502 5.5.2 Command not recognized");
    }
  }

  private greet(): void {
    const lines = ["fault.test", ...this.keywords()];
    lines.forEach((text, i) => this.output.line(`250${i === lines.length - 1 ? " " : "-"}${text}`));
  }

  private keywords(): string[] {
    const { pipelining, chunking, eightBitMime, smtpUtf8, size, maxBytes, starttls, auth } =
      this.options.offers;
    if (starttls && !this.isSecure) return ["STARTTLS"];
    return [
      ...(pipelining ? ["PIPELINING"] : []),
      ...(chunking ? ["CHUNKING"] : []),
      ...(eightBitMime ? ["8BITMIME"] : []),
      ...(smtpUtf8 ? ["SMTPUTF8"] : []),
      ...(size ? [`SIZE ${maxBytes}`] : []),
      ...(auth ? ["AUTH PLAIN"] : []),
      "ENHANCEDSTATUSCODES",
    ];
  }

  private logIn(line: string): void {
    const { user, pass } = this.options.offers.auth ?? {};
    const [, given = ""] = /^AUTH PLAIN (\S+)$/i.exec(line) ?? [];
    this.isLoggedIn = Buffer.from(given, "base64").toString() === `\0${user}\0${pass}`;
    this.output.line(this.isLoggedIn ? "235 2.7.0 Accepted" : "535 5.7.8 Wrong credentials");
  }

  private mail(line: string): void {
    const { offers } = this.options;
    if (offers.starttls && !this.isSecure) return this.output.line("530 5.7.0 Say STARTTLS first");
    if (offers.auth && !this.isLoggedIn) return this.output.line("530 5.7.0 Authentication required");
    if (this.transaction) return this.output.line("503 5.5.1 Nested MAIL");
    const begun = beginTransaction(line, offers);
    if (typeof begun === "string") return this.output.line(begun);
    this.transaction = begun;
    this.output.line("250 2.1.0 Ok");
  }

  private rcpt(line: string): void {
    const { transaction } = this;
    const recipient = transaction && recipientIn(line, transaction);
    if (!transaction) return this.output.line("503 5.5.1 MAIL first");
    if (!recipient) return this.output.line("501 5.1.3 Bad recipient");
    const accept = () => {
      transaction.to.push(recipient);
      this.output.line("250 2.1.5 Ok");
    };
    this.at("rcpt", accept, recipient);
  }

  private invite(): void {
    this.output.line("354 Go ahead");
    this.expect({ kind: "data" });
  }

  private chunk(line: string): void {
    const chunk = readBdat(line);
    if (!chunk || !this.options.offers.chunking)
      return this.output.line("501 5.5.4 Syntax: BDAT size [LAST]");
    this.expect(chunk);
  }

  private expect(incoming: Incoming): void {
    this.incoming = incoming;
    this.bodyFault = undefined;
    // Of a message for nobody there is nothing to fail.
    if (this.transaction?.to.length) this.bodyFault = this.strike("body", this.transaction.to[0]);
  }

  /** True when all of it was taken from the input. */
  private takeIncoming(incoming: Incoming): boolean {
    const complete = isComplete(incoming, this.input);
    const fault = this.bodyFault;
    // At the latest before the end counts.
    if (fault && (complete || this.input.length >= (fault.afterBytes ?? 1))) {
      this.bodyFault = undefined;
      this.carryOut(fault, () => undefined);
      // Refused in the middle: a server that does not want to read the rest can only go.
      if (fault.action.kind === "reply") this.end();
      return !this.held;
    }
    if (!complete) return false;
    this.incoming = null;
    this.took(takeAll(incoming, this.input), incoming);
    if (this.input.length > 0 && !this.options.offers.pipelining)
      this.options.violated("a message was followed");
    return true;
  }

  private took(octets: Buffer, incoming: Incoming): void {
    const { transaction } = this;
    const isLast = incoming.kind === "data" || incoming.isLast;
    if (!transaction?.to.length || transaction.failed) {
      if (transaction) this.transaction = failed(transaction);
      return this.output.line("503 5.5.1 No valid recipients");
    }
    transaction.chunks.push(octets);
    if (isLast) {
      this.transaction = null;
      const fault = this.endOfMessage(transaction);
      // Only RSET clears a transaction whose chunk was refused (RFC 3030, 2).
      if (fault?.action.kind === "reply" && incoming.kind === "chunk") this.transaction = failed(transaction);
      return;
    }
    const goOn = () => this.output.line(`250 2.0.0 ${octets.length} octets`);
    const fault = this.at("chunk", goOn, transaction.to[0]);
    if (fault?.action.kind === "reply") this.transaction = failed(transaction);
  }

  private endOfMessage(transaction: Transaction): Fault | undefined {
    this.taken += 1;
    const { connection, keepBodies } = this.options;
    const message = receivedMessage(transaction, { connection, keepBodies, nthOnConnection: this.taken });
    const fault = this.strike("after-dot", transaction.to[0]);
    const accept = () => {
      this.options.deliver({ ...message, acknowledged: true });
      this.output.line(`250 2.0.0 Ok: queued as ${this.options.connection}.${this.taken}`);
      this.at("idle", () => undefined);
    };
    if (!fault) return void accept();
    const isSilent = ["drop", "reset", "stall"].includes(fault.action.kind);
    if (isSilent && fault.keeps !== false) this.options.deliver({ ...message, acknowledged: false });
    this.carryOut(fault, accept);
    return fault;
  }
}

function failed(transaction: Transaction): Transaction {
  return { ...transaction, failed: true };
}
