import type { Channel, Severity } from "../domain/notification-kinds.js";
import type { NotifyOutcome, NotifyVerdict } from "../domain/notification-attempt.js";
import type { NotificationWishes } from "../domain/notification-wishes.js";

/** A browser or a phone. */
export interface PushDevice {
  deviceId: string;
  kind: "web" | "fcm" | "apns";
  /** URL of a browser's push service, or the provider's token. */
  address: string;
  /** Of browsers: what the payload is encrypted with. */
  p256dh: string | null;
  auth: string | null;
}

/** What a device shows. */
export interface Push {
  /** A UUID, the same at every attempt: a repeat takes the place of what arrived before. */
  messageId: string;
  title: string;
  body: string;
  urgent: boolean;
  /** Of use for so long; a device that is away for longer never shows it. */
  ttlSeconds: number;
  /** What a tap opens. */
  url: string;
  /** For whoever wrote the receiving application. */
  notificationIds: string[];
}

export interface PushPort {
  /** Never throws for what the provider said or did; an abort by `signal` may reject. */
  send(push: Push, device: PushDevice, signal: AbortSignal): Promise<NotifyOutcome>;
  close(): Promise<void>;
}

export interface NotificationEmail {
  /** The same at every attempt. */
  messageId: string;
  to: string;
  subject: string;
  text: string;
  html: string;
}

export interface EmailPort {
  send(email: NotificationEmail, signal: AbortSignal): Promise<NotifyOutcome>;
  close(): Promise<void>;
}

/** What the configuration has. */
export interface NotifyProviders {
  email?: EmailPort | undefined;
  web?: PushPort | undefined;
  fcm?: PushPort | undefined;
  apns?: PushPort | undefined;
}

/** Somebody who is told. */
export interface NotifiedUser {
  userId: string;
  email: string;
  wishes: NotificationWishes;
  devices: PushDevice[];
}

/** One notification to somebody by one channel, whose time has come. */
export interface DueDelivery {
  deliveryId: string;
  channel: Channel;
  deviceId: string | null;
  messageId: string | null;
  attempts: number;
  notificationId: string;
  tenantId: string;
  kind: string;
  severity: Severity;
  title: string;
  text: string;
  createdAt: Date;
}

export interface NotifyOutlook {
  /** Until something is due; null: nothing waits. */
  waitMs: number | null;
}

export interface NotifyRecord extends NotifyVerdict {
  deliveryIds: string[];
  outcome: NotifyOutcome;
  durationMs: number;
  deviceId: string | null;
}

/** Instants are epoch milliseconds of the caller's clock. */
export interface NotificationDeliveryStore {
  /** For some seconds from here on somebody counts as served. Null: disabled, or not there. */
  keepServing(userId: string, nowMs: number): Promise<NotifiedUser | null>;
  listDue(userId: string, page: { nowMs: number; limit: number }): Promise<DueDelivery[]>;
  postpone(deliveryIds: string[], until: { untilMs: number; reason: string }): Promise<void>;
  /** They end without an attempt. */
  skip(deliveryIds: string[], reason: string): Promise<void>;
  /**
   * Writes down that they are attempted as one message. Not recorded within the lease they fall due again, and what is known
   * of the attempt that was lost is that it may have arrived.
   * @returns those that are still to be sent, in order, and which attempt it is
   */
  begin(attempt: {
    deliveryIds: string[];
    messageId: string;
    nowMs: number;
    leaseMs: number;
  }): Promise<{ deliveryIds: string[]; attempt: number }>;
  record(record: NotifyRecord, nowMs: number): Promise<void>;
  /** Nobody is told anything that belongs to nobody: what is pending for somebody who is not there any more ends. */
  abandon(userId: string): Promise<void>;
  endServing(userId: string, nowMs: number): Promise<NotifyOutlook>;
}
