import type { OutgoingMessage } from "../../activities/delivery-ports.js";
import { domainOf } from "../../domain/email-address.js";
import { mailboxProvider, type MailboxProviderLimits } from "../../domain/mailbox-provider.js";
import type { SendOutcome } from "../../domain/outcome.js";
import type { Job, Jobs } from "./session.js";

/** What one connection takes from the queue. */
export interface Line extends Jobs {
  /** Something waits that this connection may take. */
  hasWork(): boolean;
  /** The connection has carried as many messages as it may. */
  wornOut(): boolean;
}

/**
 * Messages that wait for a connection: urgent ones first, then in order of asking, but for those that their mailbox
 * provider's limits hold back.
 */
export class WaitingMessages {
  private readonly jobs: WaitingJob[] = [];
  private readonly maxMessages: number;
  private readonly limits: MailboxProviderLimits;
  /** Connections that carry mail to each limited mailbox provider. */
  private readonly busy = new Map<string, number>();

  constructor(maxMessages: number, limits: MailboxProviderLimits) {
    this.maxMessages = maxMessages;
    this.limits = limits;
  }

  get size(): number {
    return this.jobs.length;
  }

  /** Something waits that a new connection may take. */
  hasWork(): boolean {
    return this.createLine().hasWork();
  }

  push(message: OutgoingMessage): void {
    const job = new WaitingJob(message, this.limits.size === 0 ? "" : providerOf(message));
    const behind = message.isUrgent ? this.jobs.findIndex((waiting) => !waiting.message.isUrgent) : -1;
    if (behind < 0) this.jobs.push(job);
    else this.jobs.splice(behind, 0, job);
  }

  takeAll(): Job[] {
    return this.jobs.splice(0);
  }

  createLine(): Line {
    const line = createLineState();
    return {
      hasWork: () => !line.wornOut && this.jobs.some((job) => this.mayTake(line, job)),
      wornOut: () => line.wornOut,
      take: () => this.take(line),
      giveBack: (job: WaitingJob) => {
        job.leave?.();
        this.jobs.unshift(job);
      },
    };
  }

  private take(line: LineState): Job | undefined {
    if (line.wornOut) return undefined;
    const at = this.jobs.findIndex((job) => this.mayTake(line, job));
    const job = at === 0 ? this.jobs.shift() : this.jobs.splice(at, at < 0 ? 0 : 1)[0];
    if (!job) return undefined;
    line.carried += 1;
    line.wornOut = line.carried >= this.maxMessages;
    this.enter(line, job);
    return job;
  }

  private mayTake(line: LineState, { provider }: WaitingJob): boolean {
    const limit = this.limits.get(provider);
    if (!limit || (line.underWay.get(provider) ?? 0) > 0) return true;
    return (this.busy.get(provider) ?? 0) < limit.connections;
  }

  private enter(line: LineState, job: WaitingJob): void {
    const { provider } = job;
    const limit = this.limits.get(provider);
    if (!limit) return;
    if (add(line.carriedTo, provider, 1) >= limit.messagesPerConnection) line.wornOut = true;
    if (add(line.underWay, provider, 1) === 1) add(this.busy, provider, 1);
    job.leave = () => {
      job.leave = null;
      if (add(line.underWay, provider, -1) === 0) add(this.busy, provider, -1);
    };
  }
}

class WaitingJob implements Job {
  readonly message: OutgoingMessage;
  /** Where limits are kept: whose mailbox it is for. */
  readonly provider: string;
  /** Ends what it counts for, while it is on a connection. */
  leave: (() => void) | null = null;

  constructor(message: OutgoingMessage, provider: string) {
    this.message = message;
    this.provider = provider;
  }

  settle(outcome: SendOutcome): void {
    this.leave?.();
    this.message.settle(outcome);
  }
}

function providerOf({ mailboxProvider: provider, envelope: { to } }: OutgoingMessage): string {
  return provider ?? mailboxProvider(domainOf(to));
}

function createLineState(): LineState {
  return { carried: 0, wornOut: false, carriedTo: new Map(), underWay: new Map() };
}

interface LineState {
  carried: number;
  wornOut: boolean;
  /** By limited mailbox provider. */
  carriedTo: Map<string, number>;
  underWay: Map<string, number>;
}

function add(counts: Map<string, number>, key: string, change: number): number {
  const count = (counts.get(key) ?? 0) + change;
  counts.set(key, count);
  return count;
}
