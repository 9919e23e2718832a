import type { Client } from "@temporalio/client";
import type pg from "pg";
import type { EmailPort, NotifyProviders } from "../activities/notification-ports.js";
import {
  createServeNotificationsActivities,
  type ServeNotificationsActivities,
} from "../activities/serve-notifications.js";
import type { Emails } from "../client/emails.js";
import { createNotifyWorkflow, type NotifyWorkflow } from "../client/notify-workflow.js";
import { createNotificationDeliveryStore } from "../db/notification-deliveries.js";
import { createNotificationRelay, type NotificationRelay } from "../db/notification-relay.js";
import type { Sealer } from "../db/sealed.js";
import { createVapidKeyStore } from "../db/vapid-keys.js";
import { InvalidInput } from "../domain/errors.js";
import { createApns } from "../notify/apns.js";
import { createFcm } from "../notify/fcm.js";
import { createSmtpEmail } from "../notify/smtp-email.js";
import { createVapidKeys, createWebPush } from "../notify/web-push.js";
import type { Config } from "../runtime/config.js";
import type { NotifyConfig } from "../runtime/notify-config.js";
import { createGuardedPost } from "../webhooks/guarded-post.js";
import type { WorkerMetrics } from "./metrics.js";

export interface NotificationWiringInput {
  pool: pg.Pool;
  sealer: Sealer;
  config: Pick<Config, "notify" | "publicUrl" | "timeZone" | "webhookPorts">;
  metrics: Pick<WorkerMetrics, "notified">;
  stopping: AbortSignal;
  emails: Pick<Emails, "send">;
  connect: () => Promise<Client>;
  now?: (() => number) | undefined;
}

export interface NotificationWiring {
  activities: ServeNotificationsActivities;
  /** What the orchestrator hands notifications over by. */
  relaying: { relay: NotificationRelay; workflow: NotifyWorkflow; now: (() => number) | undefined };
  close(): Promise<void>;
}

/** The part of the wiring that tells people. */
export function wireNotifications(input: NotificationWiringInput): NotificationWiring {
  const { pool, config, metrics, stopping, now, connect } = input;
  const { providers, close } = createProviders(input);
  return {
    activities: createServeNotificationsActivities(
      {
        store: createNotificationDeliveryStore(pool, config.timeZone),
        ...{ providers, observe: metrics.notified },
      },
      { stopping, inboxUrl: inboxUrlOf(config.publicUrl), ...(now && { now }) },
    ),
    relaying: { relay: createNotificationRelay(pool), workflow: createNotifyWorkflow(connect), now },
    close,
  };
}

export function inboxUrlOf(publicUrl: string): string {
  return `${publicUrl}/dashboard/notifications`;
}

type Parts = Pick<NotificationWiringInput, "pool" | "sealer" | "config" | "emails">;

/** Those that the configuration has. */
export function createProviders({ pool, sealer, config, emails }: Parts): {
  providers: NotifyProviders;
  close: () => Promise<void>;
} {
  const { notify, publicUrl, webhookPorts } = config;
  if (!notify) return { providers: {}, close: async () => undefined };
  const { email, webPush, fcm, apns, ca } = notify;
  const guarded = createGuardedPost({ ports: webhookPorts, ...(ca && { tls: { ca } }) });
  const vapid = createVapidKeyStore(pool, sealer, createVapidKeys);
  const providers = {
    email:
      email &&
      (email.by.kind === "smtp"
        ? createSmtpEmail({ url: email.by.url, from: email.from, ca })
        : emailOfTenant(emails, { tenantId: email.by.tenantId, from: email.from })),
    web: createWebPush({
      keys: async () => webPush.keys ?? vapid.load(),
      subject: webPush.subject ?? contactOf(notify, publicUrl),
      post: (request, signal) => guarded.post(request, signal),
      allowPrivate: webPush.allowPrivate,
    }),
    fcm: fcm && createFcm({ ...fcm, ca }),
    apns: apns && createApns({ ...apns, ca }),
  } satisfies NotifyProviders;
  const close = async (): Promise<void> => {
    for (const provider of Object.values(providers)) await provider?.close();
    await guarded.close();
  };
  return { providers, close };
}

/** RFC 8292, 2.1: whom a push service may write to. */
function contactOf({ email }: NotifyConfig, publicUrl: string): string {
  if (email) return `mailto:${email.from}`;
  return publicUrl.startsWith("https://") ? publicUrl : "mailto:postmaster@localhost.invalid";
}

/** As any single email of that tenant: by its nodes, limited, retried, seen in the Web UI, and accepted once by its key. */
function emailOfTenant(
  emails: Pick<Emails, "send">,
  { tenantId, from }: { tenantId: string; from: string },
): EmailPort {
  return {
    async send({ messageId, to, ...content }) {
      try {
        const { emailId } = await emails.send({
          ...{ tenantId, recipient: to, fromEmail: from, fromName: "Floe" },
          idempotencyKey: `notification/${messageId}`,
          // What people wrote is no template.
          ...{ subject: "{{{subject}}}", text: "{{{text}}}", html: "{{{html}}}", variables: { ...content } },
          headers: { "Auto-Submitted": "auto-generated" },
        });
        return { kind: "accepted", providerId: emailId };
      } catch (error) {
        if (!(error instanceof InvalidInput)) throw error;
        return { kind: "rejected", detail: error.message.slice(0, 500), status: null };
      }
    },
    close: async () => undefined,
  };
}
