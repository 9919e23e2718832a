import type { DeliveryStatus, EndpointStanding, RetrySchedule } from "../domain/webhook-delivery.js";

/** One endpoint, as whoever serves it needs it. */
export interface ServedEndpoint {
  webhookId: string;
  url: string;
  /** Valid ones, the present one first. */
  secrets: string[];
  schedule: RetrySchedule;
  timeoutMs: number;
  /** Requests; null: as fast as the concurrency lets them. */
  perSecond: number | null;
  concurrency: number;
  allowPrivate: boolean;
  standing: EndpointStanding;
}

/** One attempt that was begun, and is written down as such. */
export interface BegunDelivery {
  deliveryId: string;
  webhookId: string;
  /** The same for every attempt. */
  messageId: string;
  /** Counts from 1. */
  attempt: number;
  tenantId: string;
  type: string;
  version: number;
  data: Record<string, unknown>;
  createdAt: Date;
}

/** What came of one attempt, and what follows. */
export interface AttemptRecord {
  deliveryId: string;
  webhookId: string;
  attempt: number;
  outcome: string;
  durationMs: number;
  responseStatus: number | null;
  response: string | null;
  error: string | null;
  status: DeliveryStatus;
  afterMs: number;
  standing: EndpointStanding;
}

export interface Outlook {
  /** Until the next attempt may be made; null: nothing waits. */
  waitMs: number | null;
}

export interface WebhookDeliveryStore {
  /**
   * For some seconds from here on it counts as served. Null: it is not active, or not there.
   * @throws SecretUnreadable: nothing can be signed until a person has mended that
   */
  keepServing(webhookId: string): Promise<ServedEndpoint | null>;
  /**
   * Takes what is due, urgent ones first, and writes down that it is attempted. One that is not recorded within its lease
   * counts as lost and falls due again. Nothing is due at an endpoint that is not active.
   */
  claim(request: { webhookId: string; atMost: number; leaseMs: number }): Promise<BegunDelivery[]>;
  /** Once an attempt: a later word about it changes nothing. */
  record(record: AttemptRecord): Promise<void>;
  /** It is not served any more; whoever has something for it wakes it. */
  endServing(webhookId: string): Promise<Outlook>;
}
