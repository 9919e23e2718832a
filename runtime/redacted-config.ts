import type { ImapMailbox } from "../domain/imap-mailbox.js";
import { redactedAlertSettings } from "./alert-settings.js";
import { redactedCallbackSettings } from "./callback-settings.js";
import type { Config } from "./config.js";
import { parseUrl } from "./environment.js";
import { redactedNotifyConfig } from "./notify-config.js";

/** The configuration as it may be logged: no password, key or secret. */
export function redactedConfig(config: Config): Record<string, unknown> {
  const { address, namespace, apiKey, tls, payloadKeys = [] } = config.temporal;
  return {
    ...config,
    databaseUrl: withoutPassword(config.databaseUrl),
    redisUrl: withoutPassword(config.redisUrl),
    redisTls: config.redisTls !== undefined,
    temporal: {
      ...{ address, namespace, apiKey: apiKey !== undefined, tls: tls !== undefined },
      payloadKeys: payloadKeys.map(({ id }) => id),
    },
    secret: "***",
    encryptionKeys: config.encryptionKeys.map(({ id }) => id),
    ...(config.apiToken !== undefined && { apiToken: "***" }),
    ...(config.s3 && { s3: { ...config.s3, secretAccessKey: "***" } }),
    ...(config.inboundMailbox && { inboundMailbox: redactedMailbox(config.inboundMailbox) }),
    ...(config.tracing && { tracing: { ...config.tracing, url: withoutPassword(config.tracing.url) } }),
    ...(config.oidc && { oidc: { ...config.oidc, clientSecret: "***" } }),
    ...(config.callbacks && { callbacks: redactedCallbackSettings(config.callbacks) }),
    ...(config.alerting && { alerting: redactedAlertSettings(config.alerting) }),
    ...(config.notify && { notify: redactedNotifyConfig(config.notify) }),
    mailboxProviderLimits: Object.fromEntries(config.mailboxProviderLimits),
  };
}

function redactedMailbox({ ca, ...mailbox }: ImapMailbox): Record<string, unknown> {
  return { ...mailbox, password: "***", ca: ca !== undefined };
}

function withoutPassword(value: string): string {
  const parsed = parseUrl(value);
  if (!parsed) return "***";
  if (parsed.password !== "") parsed.password = "***";
  return parsed.toString();
}
