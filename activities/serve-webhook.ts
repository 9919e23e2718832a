import { cancellationSignal } from "@temporalio/activity";
import { setTimeout as sleep } from "node:timers/promises";
import { asError } from "../domain/errors.js";
import { isProbing, judge, type EndpointStanding } from "../domain/webhook-delivery.js";
import { beating } from "./beating.js";
import { withFailures } from "./failures.js";
import type {
  AttemptRecord,
  BegunDelivery,
  Outlook,
  ServedEndpoint,
  WebhookDeliveryStore,
} from "./webhook-delivery-ports.js";
import type { WebhookReply, WebhookTransport } from "./webhook-ports.js";

/** What workers of the webhook queues run. */
export interface ServeWebhookActivities {
  /**
   * Sends an endpoint what is due, until nothing is or some seconds are over. One at a time: the workflow sees to that.
   * Ended by a crash, what was under way falls due again by itself, under the same id.
   */
  serveWebhook(input: { webhookId: string }): Promise<Outlook>;
}

export interface ServeWebhookPorts {
  store: WebhookDeliveryStore;
  transport: WebhookTransport;
  /** By the answer's class, such as `2xx`, or why there was none. */
  observe: (event: { tenantId: string; outcome: string; durationMs: number }) => void;
  underWay: (change: 1 | -1) => void;
}

export interface ServeWebhookOptions {
  stopping: AbortSignal;
  now?: () => number;
  /** Milliseconds of one serving at most; later events are the next one's. */
  servingMs?: number;
  /** Milliseconds without anything due after which an endpoint is left alone. */
  idleMs?: number;
}

const lookEveryMs = 200;
/** An endpoint's settings are read again so often, and that it is served is said again. */
const renewEveryMs = 8_000;
/** Beyond the timeout of its request, before an attempt counts as lost. */
const leaseMarginMs = 30_000;

export function createServeWebhookActivities(
  ports: ServeWebhookPorts,
  options: ServeWebhookOptions,
): ServeWebhookActivities {
  return withFailures({
    async serveWebhook({ webhookId }: { webhookId: string }) {
      const endpoint = await ports.store.keepServing(webhookId);
      if (!endpoint) return { waitMs: null };
      return beating(async () => {
        await new Serving(ports, endpoint, options).run();
        return ports.store.endServing(webhookId);
      });
    },
  });
}

/** One endpoint for some seconds: what is under way, how fast it may go on, and how the endpoint stands. */
class Serving {
  private readonly ports: ServeWebhookPorts;
  private endpoint: ServedEndpoint;
  private readonly options: ServeWebhookOptions;
  private readonly underWay = new Set<Promise<void>>();
  /** Of the requests: a stop lets them end, and begins none. */
  private readonly cancelled = cancellationSignal();
  private readonly now: () => number;
  private standing: EndpointStanding;
  /** Requests that the rate allows now. */
  private tokens: number;
  private refilledMs: number;
  private renewedMs: number;
  /** It is not active any more. */
  private ended = false;
  private failure: Error | undefined;

  constructor(ports: ServeWebhookPorts, endpoint: ServedEndpoint, options: ServeWebhookOptions) {
    this.ports = ports;
    this.endpoint = endpoint;
    this.options = options;
    this.now = options.now ?? Date.now;
    this.standing = endpoint.standing;
    this.tokens = endpoint.perSecond ?? Infinity;
    this.refilledMs = this.now();
    this.renewedMs = this.now();
  }

  async run(): Promise<void> {
    // At random, so that endpoints that began together do not all begin again together.
    const end = this.now() + (this.options.servingMs ?? 300_000) * (0.5 + Math.random() / 2);
    const idleMs = this.options.idleMs ?? 10_000;
    for (let busyMs = this.now(); this.goesOn(end) && this.now() - busyMs < idleMs;) {
      await this.renew();
      const atMost = this.room();
      const due = atMost > 0 ? await this.claim(atMost) : [];
      for (const delivery of due) this.start(delivery);
      if (due.length > 0 || this.underWay.size > 0) busyMs = this.now();
      // As many as were asked for: more may be due at once.
      if (due.length < atMost || atMost === 0) await Promise.race([sleep(lookEveryMs), ...this.underWay]);
    }
    await Promise.all(this.underWay);
    if (this.failure) throw this.failure;
  }

  /** What a person changes meanwhile holds from the next requests on; how the endpoint stands is known better here. */
  private async renew(): Promise<void> {
    if (this.now() - this.renewedMs < renewEveryMs) return;
    this.renewedMs = this.now();
    const endpoint = await this.ports.store.keepServing(this.endpoint.webhookId);
    if (endpoint) this.endpoint = endpoint;
    else this.ended = true;
  }

  private goesOn(end: number): boolean {
    if (this.ended || this.failure !== undefined || this.options.stopping.aborted || this.cancelled.aborted)
      return false;
    return this.now() < end && !this.isHeldBack();
  }

  private isHeldBack(): boolean {
    const { disabled, blockedUntilMs } = this.standing;
    return disabled !== null || (blockedUntilMs ?? 0) > this.now();
  }

  /** How many more requests may begin. */
  private room(): number {
    const { perSecond, concurrency } = this.endpoint;
    if (perSecond !== null) {
      const nowMs = this.now();
      this.tokens = Math.min(
        Math.max(1, perSecond),
        this.tokens + ((nowMs - this.refilledMs) * perSecond) / 1_000,
      );
      this.refilledMs = nowMs;
    }
    const free = (isProbing(this.standing) ? 1 : concurrency) - this.underWay.size;
    return Math.max(0, Math.min(free, Math.floor(this.tokens)));
  }

  private claim(atMost: number): Promise<BegunDelivery[]> {
    const { webhookId, timeoutMs } = this.endpoint;
    return this.ports.store.claim({ webhookId, atMost, leaseMs: timeoutMs + leaseMarginMs });
  }

  private start(delivery: BegunDelivery): void {
    this.tokens -= 1;
    this.ports.underWay(1);
    const attempt = this.attempt(delivery)
      .catch((error: unknown) => void (this.failure ??= asError(error)))
      .finally(() => {
        this.ports.underWay(-1);
        this.underWay.delete(attempt);
      });
    this.underWay.add(attempt);
  }

  private async attempt(delivery: BegunDelivery): Promise<void> {
    const { url, secrets, timeoutMs, allowPrivate, schedule } = this.endpoint;
    const reply = await this.ports.transport.post(
      { url, webhookId: delivery.messageId, body: bodyOf(delivery), secrets, timeoutMs, allowPrivate },
      this.cancelled,
    );
    const told = replyFields(reply);
    const verdict = judge(
      { attempt: delivery.attempt, ...told, retryAfterMs: retryAfterOf(reply) },
      this.standing,
      { schedule, nowMs: this.now(), random: Math.random() },
    );
    this.standing = verdict.standing;
    const { deliveryId, webhookId, attempt } = delivery;
    await this.ports.store.record({ deliveryId, webhookId, attempt, ...told, ...verdict });
    this.ports.observe({ tenantId: delivery.tenantId, outcome: classOf(told), durationMs: told.durationMs });
  }
}

/** What a receiver gets: the event with its type, time and tenant. */
function bodyOf({ type, version, tenantId, createdAt, data }: BegunDelivery): string {
  return JSON.stringify({ type, version, timestamp: createdAt.toISOString(), tenant_id: tenantId, data });
}

function retryAfterOf(reply: WebhookReply): number | undefined {
  return reply.kind === "answered" ? reply.retryAfterMs : undefined;
}

function classOf({ outcome, responseStatus }: ReplyFields): string {
  return responseStatus === null ? outcome : `${Math.floor(responseStatus / 100)}xx`;
}

type ReplyFields = Pick<AttemptRecord, "outcome" | "durationMs" | "responseStatus" | "response" | "error">;

function replyFields(reply: WebhookReply): ReplyFields {
  const { durationMs } = reply;
  if (reply.kind === "answered") {
    const { status: responseStatus, body: response } = reply;
    return { outcome: "answered", durationMs, responseStatus, response, error: null };
  }
  return {
    ...{ outcome: reply.reason, durationMs, responseStatus: null, response: null, error: reply.detail },
  };
}
