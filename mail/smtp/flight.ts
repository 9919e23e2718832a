import type { SendOutcome } from "../../domain/outcome.js";
import { classifyReply, readReply } from "../../domain/replies.js";
import type { WireReply } from "./reply-reader.js";
import type { Job } from "./session.js";

/** Why a connection ended, as an outcome's detail says it. */
export type ConnectionEnd = "connection" | "timeout" | "reply-out-of-step";

/** One message on a connection, from its envelope to its outcome. */
export class Flight {
  readonly job: Job;
  /** The first reply that refused the envelope or a part of the message: it decides. */
  refusal: WireReply | null = null;
  /** The server has answered one of its commands. */
  answered = false;
  /** What was handed to the network of the message; `whole` with its final dot, or its last BDAT chunk. */
  written: "nothing" | "part" | "whole" = "nothing";
  /** It is written at once with its envelope, without waiting for replies. */
  readonly atOnce: boolean;
  writtenAtMs = 0;
  private readonly reused: boolean;
  private isSettled = false;

  constructor(job: Job, { atOnce, reused }: { atOnce: boolean; reused: boolean }) {
    this.job = job;
    this.atOnce = atOnce;
    this.reused = reused;
  }

  get settled(): boolean {
    return this.isSettled;
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
   * The connection ended. Unknown when all was handed to the network: the server may have taken it. Returns true when
   * nothing of the message left and nothing was answered: another connection may take it as if it had never been here.
   */
  settleWithoutReply(why: ConnectionEnd): boolean {
    if (this.isSettled) return false;
    if (this.refusal) this.settle(outcomeOf(this.refusal));
    else if (this.written === "whole") this.settle({ kind: "unknown", stage: "after-dot", detail: why });
    else if (this.written === "nothing" && this.reused && !this.answered) return (this.isSettled = true);
    else this.settle({ kind: "deferred", reason: why === "timeout" ? "timeout" : "connection" });
    return false;
  }
}

function outcomeOf({ code, raw }: WireReply): SendOutcome {
  const reply = readReply(Buffer.from(raw, "latin1").toString("utf8")) ?? { code, text: "" };
  return code < 300 ? { kind: "accepted", reply } : classifyReply(reply);
}
