import { afterAll } from "vitest";
import { createNotificationsOf } from "../../client/parts.js";
import type { Notifications, NotificationDelivery } from "../../client/notifications.js";
import type { Severity } from "../../domain/notification-kinds.js";
import { defaultWebhookPorts } from "../../domain/webhook-url.js";
import type { NotifyConfig } from "../../runtime/notify-config.js";
import { startApnsServer, type ApnsServer } from "../support/apns-server.js";
import { startFaultSmtp, type FaultSmtp } from "../support/fault-smtp.js";
import { startFcmServer, type FcmServer } from "../support/fcm-server.js";
import { sealerOf } from "../support/keys.js";
import { startPushService, type PushService } from "../support/push-service.js";
import { until } from "../support/until.js";
import { startWorld, type World } from "../support/world.js";

export const from = "floe@ops.example";

export interface Told {
  tenantId: string;
  /** Absent: everybody of the tenant. */
  userId?: string;
  kind?: string;
  severity?: Severity;
  title: string;
}

export interface Listener {
  tenantId: string;
  userId: string;
  email: string;
  /** Of their browser. */
  path: string;
}

/** A world whose notifications go to servers that speak the providers' protocols. */
export interface NotifyingWorld {
  world: World;
  notifications: Notifications;
  mail: FaultSmtp;
  browsers: PushService;
  fcm: FcmServer;
  apns: ApnsServer;
  /** Of the workers. */
  nowMs(): number;
  /** Their clock goes on from there. */
  skip(ms: number): void;
  /** Somebody of a tenant of their own, with a browser. */
  listener(): Promise<Listener>;
  tell(told: Told): Promise<string>;
  /** What became of one, once none of it is under way. */
  ended(tenantId: string, notificationId: string): Promise<NotificationDelivery[]>;
  deliveries(tenantId: string, notificationId: string): Promise<NotificationDelivery[]>;
}

let people = 0;

export async function startNotifyingWorld(): Promise<NotifyingWorld> {
  const [mail, browsers, fcm, apns] = await Promise.all([
    startFaultSmtp({ keepBodies: true }),
    ...([startPushService(), startFcmServer(), startApnsServer()] as const),
  ]);
  const notify: NotifyConfig = {
    email: { from, by: { kind: "smtp", url: `smtp://127.0.0.1:${mail.port}` } },
    webPush: { allowPrivate: true, subject: `mailto:${from}` },
    fcm: { account: fcm.account, url: fcm.url },
    apns: { ...apns.signing, url: apns.url },
    ca: apns.ca,
  };
  let aheadMs = 0;
  const world = await startWorld({ config: { notify }, now: () => Date.now() + aheadMs });
  afterAll(() => Promise.all([mail.close(), browsers.close(), fcm.close(), apns.close()]));
  const { floe, pool } = world;
  const notifications = createNotificationsOf({ pool, keyPool: pool }, sealerOf(), {
    ...{ notify, webhookPorts: defaultWebhookPorts },
  });
  const deliveries = (tenantId: string, notificationId: string) =>
    notifications.deliveries({ tenantId, notificationId });
  return {
    ...{ world, notifications, mail, browsers, fcm, apns, deliveries },
    nowMs: () => Date.now() + aheadMs,
    skip: (ms) => (aheadMs += ms),
    async listener() {
      const tenantId = `told-${(people += 1)}`;
      const email = `${tenantId}@people.example`;
      await floe.tenants.create({ tenantId, name: tenantId });
      const { userId } = await floe.users.create({ email, name: "Somebody" });
      await floe.users.addTo({ tenantId, userId, role: "operator" });
      const subscription = browsers.subscribe();
      await notifications.registerDevice({ user: userId, kind: "web", name: "Firefox", subscription });
      return { tenantId, userId, email, path: new URL(subscription.endpoint).pathname };
    },
    async tell({ tenantId, userId, kind = "node.paused", severity = "warning", title }) {
      const { rows } = await pool.query<{ id: string }>(
        `insert into notifications (tenant_id, user_id, kind, severity, subject_id, title, text)
         values ($1, $2, $3, $4, 'n1', $5, 'As it happened.') returning notification_id as id`,
        [tenantId, userId ?? null, kind, severity, title],
      );
      return rows[0]?.id ?? "";
    },
    ended: (tenantId, notificationId) =>
      until("nothing of it is under way", async () => {
        const rows = await deliveries(tenantId, notificationId);
        return rows.length > 0 && rows.every(({ status }) => status !== "pending") && rows;
      }),
  };
}
