import type { Commands } from "./commands.js";
import { obstacle, wireEnvelope } from "./envelope.js";
import type { Extensions } from "./extensions.js";
import { Flight, type ConnectionEnd } from "./flight.js";
import { isLarge, type MessageWriter } from "./message-writer.js";
import type { SendingWindow } from "./sending-window.js";
import type { Job, Jobs } from "./session.js";

export interface DeparturesInput {
  extensions: Extensions;
  window: SendingWindow;
  commands: Commands;
  writer: MessageWriter;
  /** The connection can carry nothing more. */
  close: (why: ConnectionEnd) => void;
}

/** The messages of one connection on their way out: takes them, asks whether they may leave, and writes what may be written. */
export class Departures {
  private readonly extensions: Extensions;
  private readonly window: SendingWindow;
  private readonly commands: Commands;
  private readonly writer: MessageWriter;
  private readonly close: (why: ConnectionEnd) => void;
  /** Taken and without an outcome, in the order of the wire. */
  private flights: Flight[] = [];
  /** Null while the pool has the connection. */
  private jobs: Jobs | null = null;
  private rest: () => void = () => undefined;
  private begun = 0;
  /** The server has answered since the pool gave the connection: before, it may have gone while nobody looked. */
  private isAwake = false;

  constructor({ extensions, window, commands, writer, close }: DeparturesInput) {
    this.extensions = extensions;
    this.window = window;
    this.commands = commands;
    this.writer = writer;
    this.close = close;
  }

  /** The first that has no outcome yet. */
  get first(): Flight | undefined {
    return this.flights[0];
  }

  /** The reply to a whole message is due. */
  get awaitsEnd(): boolean {
    return this.flights.some(({ written }) => written === "whole");
  }

  /** Carries what `jobs` has; `rest` is called when nothing is on the wire any more. */
  begin(jobs: Jobs, rest: () => void): void {
    this.jobs = jobs;
    this.rest = rest;
    this.isAwake = false;
    this.advance();
  }

  wake(): void {
    this.isAwake = true;
  }

  /** Takes and writes what may be now; with nothing on the wire, the pool has the connection back. */
  advance(): void {
    while (this.jobs && (this.flights.length === 0 || this.flights.length < this.depth()))
      if (!this.take()) break;
    for (const flight of [...this.flights]) if (!this.put(flight)) break;
    if (this.flights.length > 0) return;
    this.jobs = null;
    this.rest();
  }

  /** The end of a large message of which all else has left. */
  putEnd(flight: Flight): void {
    this.writer.end(flight, this.takeBehind());
  }

  /** It has its outcome. */
  remove(flight: Flight): void {
    this.flights.splice(this.flights.indexOf(flight), 1);
  }

  /** The connection ended: each flight has its outcome now, or goes back to where it came from. */
  end(why: ConnectionEnd): void {
    const { jobs } = this;
    this.jobs = null;
    const untouched = this.flights.splice(0).filter((flight) => flight.settleWithoutReply(why));
    for (const { job } of untouched.reverse()) jobs?.giveBack(job);
    this.rest();
  }

  private depth(): number {
    return this.isAwake ? this.window.depth() : 1;
  }

  /** The next message that this connection can carry. */
  private take(): Flight | null {
    for (let job = this.jobs?.take(); job; job = this.jobs?.take()) {
      const flight = this.flightOf(job);
      if (!flight) continue;
      this.flights.push(flight);
      // Asked at once where the window is wide enough: the answer comes while the envelope is on its way.
      if (this.announced() < this.window.announced) this.ask(flight);
      return flight;
    }
    return null;
  }

  /** To leave behind a message, in the same write. */
  private takeBehind(): Flight | null {
    return this.extensions.pipelining && this.depth() === 1 ? this.take() : null;
  }

  /** Null for a message that has its outcome already. */
  private flightOf(job: Job): Flight | null {
    const { message } = job;
    const envelope = wireEnvelope(message.envelope);
    const isWithheld = message.isWithheld?.() ?? false;
    const problem = isWithheld ? withheld : obstacle(message, envelope, this.extensions);
    if (problem || !envelope) {
      if (problem) job.settle(problem);
      return null;
    }
    const atOnce = this.depth() > 1 && !isLarge(message.bytes);
    const reused = this.begun > 0;
    this.begun += 1;
    return new Flight({ job, envelope, atOnce, reused });
  }

  private announced(): number {
    let sum = 0;
    for (const { permission } of this.flights) if (permission !== "unasked") sum += 1;
    return sum;
  }

  private ask(flight: Flight): void {
    const { message } = flight.job;
    flight.permission = message.mayLeave ? "asked" : "granted";
    let isAsking = true;
    message.mayLeave?.((allowed) => {
      this.decide(flight, allowed);
      // An answer given at once is heeded by whoever asked, who is in the middle of writing.
      if (!isAsking) this.advance();
    });
    isAsking = false;
  }

  private decide(flight: Flight, allowed: boolean): void {
    // The connection may have ended meanwhile, or the envelope been refused.
    if (!flight.settled) flight.permission = allowed ? "granted" : "denied";
  }

  /** Writes what may be written of it now. Returns false when what comes behind has to wait. */
  private put(flight: Flight): boolean {
    // The connection ended, or the message was withheld.
    if (flight.settled) return true;
    if (flight.written === "nothing" && !flight.atOnce) this.writer.envelope(flight);
    if (flight.isNext) {
      if (flight.permission === "unasked") this.ask(flight);
      if (flight.permission === "denied") this.withhold(flight);
      else if (flight.permission === "granted") this.putMessage(flight);
    }
    return flight.settled || flight.written === "whole";
  }

  private putMessage(flight: Flight): void {
    const { message } = flight.job;
    // Asked again: a server may take minutes to answer an envelope.
    if (message.isWithheld?.()) return this.withhold(flight);
    if (flight.atOnce) return this.writer.atOnce(flight);
    if (isLarge(message.bytes)) return this.writer.withoutEnd(flight, () => this.proceedWhenOut(flight));
    this.writer.message(flight, this.takeBehind());
    this.advance();
  }

  private withhold(flight: Flight): void {
    this.remove(flight);
    flight.settle(withheld);
    if (flight.written === "nothing") return;
    // After 354 a connection can only go on with a message.
    if (!this.extensions.chunking) return this.close("connection");
    this.commands.reset();
    this.advance();
  }

  private proceedWhenOut(flight: Flight): void {
    // A chunk is answered first: after a refusal nothing of the message may follow (RFC 3030, 2).
    if (flight.settled || this.extensions.chunking) return;
    this.putEnd(flight);
  }
}

const withheld = { kind: "deferred", reason: "withheld" } as const;
