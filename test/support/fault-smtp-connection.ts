import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import getTLSOptions from "smtp-server/lib/tls-options.js";
import { Input } from "./fault-smtp-body.js";
import { Output } from "./fault-smtp-output.js";
import type { Fault, FaultPlan, FaultStage } from "./fault-smtp-plan.js";

export interface FaultyConnectionOptions {
  connection: number;
  plan: FaultPlan;
  /** Octets of the next piece of what is sent. */
  cutAt: () => number;
}

/** A connection to one client that can fail: what comes in, what goes out, and the faults that strike in between. */
export abstract class FaultyConnection {
  protected readonly input = new Input();
  protected output: Output;
  /** While a slow reply is due nothing is parsed; after a stall or a drop nothing ever is. */
  protected held = false;
  protected isSecure = false;
  /** Messages begun, by their MAIL. */
  protected begun = 0;
  private socket: Socket;
  private readonly faulty: FaultyConnectionOptions;

  constructor(socket: Socket, options: FaultyConnectionOptions) {
    this.socket = socket;
    this.faulty = options;
    this.output = new Output(socket, options.cutAt);
    socket.setNoDelay(true);
    this.listen();
  }

  /** Takes one thing from the input and heeds it; false when nothing is whole yet. */
  protected abstract takeNext(): boolean;

  /** Goes on regularly, unless a fault strikes here, which is returned. */
  protected at(stage: FaultStage, proceed: () => void, recipient?: string): Fault | undefined {
    const fault = this.strike(stage, recipient);
    if (fault) this.carryOut(fault, proceed);
    else proceed();
    return fault;
  }

  protected strike(stage: FaultStage, recipient?: string): Fault | undefined {
    const { plan, connection } = this.faulty;
    return plan.strike({ stage, connection, message: this.begun, ...(recipient && { recipient }) });
  }

  protected carryOut({ action }: Fault, proceed: () => void): void {
    switch (action.kind) {
      case "drop":
        return this.hold(() => this.socket.destroy());
      case "reset":
        return this.hold(() => this.socket.resetAndDestroy());
      case "stall":
        return this.hold(() => this.socket.pause());
      case "slow":
        return this.hold(() => setTimeout(() => this.goOn(proceed), action.ms));
      case "extra":
        this.output.line(action.line);
        return proceed();
      case "reply":
        this.output.line(action.line);
        if (action.line.startsWith("421")) this.end();
    }
  }

  /** After STARTTLS was answered, the rest is said inside TLS. */
  protected secure(): void {
    this.hold(() => {
      this.socket.removeAllListeners("data");
      this.socket = new TLSSocket(this.socket, { isServer: true, ...getTLSOptions() });
      this.output = new Output(this.socket, this.faulty.cutAt);
      this.isSecure = true;
      this.held = false;
      this.listen();
    });
  }

  protected end(): void {
    this.hold(() => this.socket.end());
  }

  private listen(): void {
    this.socket.on("data", (chunk: Buffer) => {
      this.input.push(chunk);
      this.advance();
    });
    // A client that vanishes is what the tests are about.
    this.socket.on("error", () => this.socket.destroy());
  }

  private advance(): void {
    while (!this.held && this.takeNext());
    this.output.flush();
  }

  /** Behind the replies so far, so that the client sees what came before; nothing more is read until then. */
  private hold(then: () => void): void {
    this.held = true;
    this.output.afterwards(then);
  }

  private goOn(proceed: () => void): void {
    this.held = false;
    if (this.socket.destroyed) return;
    proceed();
    this.advance();
  }
}
