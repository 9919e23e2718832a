import { createTransport } from "nodemailer";
import type { Logger } from "pino";
import { textOf, titleOf, type AlertChange } from "../domain/alerts.js";
import { createWebhookTransport } from "./transport.js";

export interface AlertChannelSettings {
  webhook?: { url: string; secret: string };
  email?: { to: string; from: string; smtpUrl: string };
}

export interface AlertChannel {
  /** By log, webhook and mail, directly. Rejects when one of them did not take it: then all are asked again. */
  tell(change: AlertChange): Promise<void>;
  close(): Promise<void>;
}

const timeoutMs = 10_000;

/** What the platform's people are told by when nothing of Floe's may be there: no Postgres, no workflow, no node. */
export function createAlertChannel({ webhook, email }: AlertChannelSettings, log: Logger): AlertChannel {
  const posting = webhook && createWebhookTransport({ ports: [[1, 65_535]] });
  const mailing =
    email &&
    createTransport({
      url: email.smtpUrl,
      connectionTimeout: timeoutMs,
      greetingTimeout: timeoutMs,
      socketTimeout: timeoutMs,
    });

  async function post(change: AlertChange): Promise<void> {
    if (!webhook || !posting) return;
    const reply = await posting.post(
      {
        ...{ url: webhook.url, secrets: [webhook.secret], timeoutMs, allowPrivate: true },
        // A repeat is known by it.
        webhookId: `${change.alertId}.${change.what}`,
        body: JSON.stringify(bodyOf(change)),
      },
      AbortSignal.timeout(timeoutMs),
    );
    if (reply.kind !== "answered" || reply.status < 200 || reply.status > 299)
      throw new Error(
        `The alert webhook answered ${reply.kind === "answered" ? reply.status : reply.reason}.`,
      );
  }

  async function mail(change: AlertChange): Promise<void> {
    if (!email || !mailing) return;
    await mailing.sendMail({
      ...{ from: email.from, to: email.to, subject: `[Floe] ${titleOf(change)}`, text: textOf(change) },
      messageId: `<alert.${change.alertId}.${change.what}@floe.invalid>`,
    });
  }

  return {
    async tell(change) {
      const { alertId, rule, subject, value, isTest } = change;
      const { kind, severity } = rule;
      log.warn({ alertId, kind, severity, subject, value, isTest }, `alert.${change.what}`);
      if ((rule.silencedUntilMs ?? 0) > Date.now() || !rule.routes.includes("urgent")) return;
      const told = await Promise.allSettled([post(change), mail(change)]);
      for (const one of told) if (one.status === "rejected") throw one.reason;
    },
    async close() {
      mailing?.close();
      await posting?.close();
    },
  };
}

/** As `alert.raised` and `alert.cleared` of tenants' webhooks, version 1; the tenant is null. */
function bodyOf({ what, alertId, rule, subject, value, atMs, reason, isTest }: AlertChange) {
  const at = new Date(atMs).toISOString();
  return {
    ...{ type: `alert.${what}`, version: 1, timestamp: at, tenant_id: null },
    data: {
      ...{
        alert_id: alertId,
        rule_id: rule.ruleId,
        kind: rule.kind,
        name: rule.name,
        severity: rule.severity,
      },
      ...{ subject, value, fire_above: rule.fireAbove, is_test: isTest },
      ...(what === "raised" ? { raised_at: at } : { cleared_at: at, reason }),
    },
  };
}
