import type { SendOutcome } from "../../domain/outcome.js";
import { classifyReply, readReply } from "../../domain/replies.js";
import type { WireEnvelope } from "./envelope.js";
import type { WireReply } from "./reply-reader.js";
import type { Job } from "./session.js";

/** Why a connection ended, as an outcome's detail says it. */
export type ConnectionEnd = "connection" | "timeout" | "reply-out-of-step";

export interface FlightInput {
  job: Job;
  envelope: WireEnvelope;
  /** It is written at once with its envelope, without waiting for replies. */
  atOnce: boolean;
  /** Its connection has carried a message before. */
  reused: boolean;
}

/** One message on a connection, from its envelope to its outcome. */
export class Flight {
  readonly job: Job;
  readonly envelope: WireEnvelope;
  readonly atOnce: boolean;
  /** Whether it may leave: asked once, by its `mayLeave`. */
  permission: "unasked" | "asked" | "granted" | "denied" = "unasked";
  /** The server waits for its octets. */
  isInvited = false;
  /** The first reply that refused the envelope or a part of the message: it decides. */
  refusal: WireReply | null = null;
  /** The server has answered one of its commands. */
  answered = false;
  /** What was handed to the network of it; `whole` with its final dot, or its last BDAT chunk. */
  written: "nothing" | "envelope" | "part" | "whole" = "nothing";
  writtenAtMs = 0;
  private readonly reused: boolean;
  private isSettled = false;

  constructor({ job, envelope, atOnce, reused }: FlightInput) {
    this.job = job;
    this.envelope = envelope;
    this.atOnce = atOnce;
    this.reused = reused;
  }

  get settled(): boolean {
    return this.isSettled;
  }

  /** Its connection was used before, nothing but its envelope left, and nothing was answered. */
  get isUntouched(): boolean {
    return this.reused && !this.answered && (this.written === "nothing" || this.written === "envelope");
  }

  /** What is to be written next is the message itself. */
  get isNext(): boolean {
    return this.atOnce ? this.written === "nothing" : this.isInvited && this.written === "envelope";
  }

  settle(outcome: SendOutcome): void {
    if (this.isSettled) return;
    this.isSettled = true;
    this.job.settle(outcome);
  }

  /** The reply to the whole message, or the refusal before it. */
  settleBy(reply: WireReply): void {
    this.settle(outcomeOf(this.refusal ?? reply));
  }

  /**
   * The connection ended. Unknown when all was handed to the network: the server may have taken it, unless it refused it
   * and was still in step. Returns true for an untouched message: another connection may take it as if it had never been
   * here, which comes to an end because a connection's first message never is.
   */
  settleWithoutReply(why: ConnectionEnd): boolean {
    if (this.isSettled) return false;
    const isWhole = this.written === "whole";
    if (this.refusal && !(isWhole && why === "reply-out-of-step")) this.settle(outcomeOf(this.refusal));
    else if (isWhole) this.settle({ kind: "unknown", stage: "after-dot", detail: why });
    else if (this.isUntouched) return (this.isSettled = true);
    else this.settle({ kind: "deferred", reason: why === "timeout" ? "timeout" : "connection" });
    return false;
  }
}

function outcomeOf({ code, raw }: WireReply): SendOutcome {
  const reply = readReply(Buffer.from(raw, "latin1").toString("utf8")) ?? { code, text: "" };
  return code < 300 ? { kind: "accepted", reply } : classifyReply(reply);
}
