/**
 * Where in an SMTP session a fault strikes. `body`: before the final dot or the end of a chunk; `chunk`: in place of the
 * reply to a chunk that is not the last; `after-dot`: the same for the final dot or the last chunk; `idle`: after an
 * accepted message.
 */
export type FaultStage =
  | "connect"
  | "ehlo"
  | "starttls"
  | "auth"
  | "mail"
  | "rcpt"
  | "data"
  | "body"
  | "chunk"
  | "after-dot"
  | "idle";

export type FaultAction =
  /** Ends the connection; `reset` with a TCP RST, so that the client sees ECONNRESET. */
  | { kind: "drop" | "reset" }
  /** Answers this line instead of the regular reply; a 421 also ends the connection (RFC 5321, 3.8). */
  | { kind: "reply"; line: string }
  /** Answers this line before the regular reply. */
  | { kind: "extra"; line: string }
  /** Goes on regularly, but later. */
  | { kind: "slow"; ms: number }
  /** Half-open: the connection stays, nothing is read or answered any more. */
  | { kind: "stall" };

export interface Fault {
  /** What the count of this fault is called; default `<stage>-<kind>`. */
  name?: string;
  stage: FaultStage;
  action: FaultAction;
  /** Regular expression on the envelope recipient. Strikes from `rcpt` on: before, nobody is named. */
  recipient?: string;
  /** Strikes on this connection only, counted from 1. */
  connection?: number;
  /** Strikes at this message of a connection only, counted from 1 by its MAIL. */
  message?: number;
  /** Strikes at every n-th opportunity; default 1. */
  every?: number;
  /** Strikes at most so often; default: without bound. */
  times?: number;
  /** `body`: octets of the body to take first (default 1). */
  afterBytes?: number;
  /** `after-dot` without a reply: whether the server keeps the message (default true) or loses it. */
  keeps?: boolean;
}

export interface Opportunity {
  stage: FaultStage;
  connection: number;
  message: number;
  recipient?: string;
}

/** The faults that hold now, and how often each has fired. */
export class FaultPlan {
  readonly fired: Record<string, number> = {};
  private rules: { fault: Fault; name: string; pattern?: RegExp; chances: number; struck: number }[] = [];

  constructor(faults: Fault[]) {
    this.replace(faults);
  }

  /** Other faults from now on; counts of those that fired stay. */
  replace(faults: Fault[]): void {
    this.rules = faults.map((fault) => ({
      fault,
      name: fault.name ?? `${fault.stage}-${fault.action.kind}`,
      pattern: fault.recipient === undefined ? undefined : new RegExp(fault.recipient, "i"),
      chances: 0,
      struck: 0,
    }));
  }

  /** The first fault that strikes here, counted as fired; the caller carries it out. */
  strike(at: Opportunity): Fault | undefined {
    for (const rule of this.rules) {
      const { fault } = rule;
      if (fault.stage !== at.stage) continue;
      if (fault.connection !== undefined && fault.connection !== at.connection) continue;
      if (fault.message !== undefined && fault.message !== at.message) continue;
      if (rule.pattern && !rule.pattern.test(at.recipient ?? "")) continue;
      if (fault.times !== undefined && rule.struck >= fault.times) continue;
      rule.chances += 1;
      if (rule.chances % (fault.every ?? 1) !== 0) continue;
      rule.struck += 1;
      this.fired[rule.name] = (this.fired[rule.name] ?? 0) + 1;
      return fault;
    }
    return undefined;
  }
}
