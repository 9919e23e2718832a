import type { Client } from "@temporalio/client";
import { domainToASCII } from "node:url";
import type pg from "pg";
import { createWarmupPoolActivities, type WarmupPoolActivities } from "../activities/warmup-pool.js";
import type { SendLetter, WarmupPoolStore } from "../activities/warmup-pool-store.js";
import type { Emails } from "../client/emails.js";
import { createWarmupEngagementWorkflow } from "../client/warmup-engagement-workflow.js";
import { createWarmupPoolStore } from "../db/warmup-pool.js";
import type { Sealer } from "../db/sealed.js";
import { domainOf } from "../domain/email-address.js";
import { letterOf } from "../domain/warmup-letters.js";
import { usualHours } from "../domain/warmup-sends.js";
import { createMessageId } from "../mail/message-id.js";
import { createPoolMailboxes } from "../mail/pool-mailbox.js";
import { createTokens, type Tokens } from "../mail/tracking-token.js";
import type { Config } from "../runtime/config.js";
import type { WorkerMetrics } from "./metrics.js";

export interface WarmupPoolWiringInput {
  pool: pg.Pool;
  sealer: Sealer;
  config: Config;
  metrics: Pick<WorkerMetrics, "warmupPooled">;
  emails: Pick<Emails, "send">;
  connect: () => Promise<Client>;
}

export function wireWarmupPool(input: WarmupPoolWiringInput): {
  activities: WarmupPoolActivities;
  store: WarmupPoolStore;
} {
  const { pool, sealer, config, metrics, emails, connect } = input;
  const { timeZone, publicUrl, warmupHours: hours = usualHours } = config;
  const store = createWarmupPoolStore({ pool, sealer, hours, timeZone });
  const workflow = createWarmupEngagementWorkflow(connect);
  const activities = createWarmupPoolActivities({
    ...{ store, isOn: config.warmupEngagement ?? false },
    mailboxes: createPoolMailboxes(),
    send: sendLetter(emails, createTokens(config.secret)),
    linksBegin: `${publicUrl}/c/`,
    follow: (link) =>
      fetch(link, { redirect: "manual", signal: AbortSignal.timeout(10_000) }).then(
        () => true,
        () => false,
      ),
    wake: (mailbox) => workflow.wake(mailbox),
    observe: ({ what }) => metrics.warmupPooled(what),
  });
  return { activities, store };
}

/** By the way of every single email. Whoever gets one can tell it by its `X-Floe-Warmup`. */
function sendLetter(emails: Pick<Emails, "send">, tokens: Tokens): SendLetter {
  return async (letter) => {
    const { tenantId, from, to, nodeId, key, references } = letter;
    const { emailId } = await emails.send({
      ...letterOf(letter),
      ...{ tenantId, recipient: to, fromEmail: from, nodeId, lane: "warmup", idempotencyKey: key },
      headers: {
        "X-Floe-Warmup": "yes",
        ...(references.length > 0 && {
          "In-Reply-To": references.at(-1) ?? "",
          References: references.join(" "),
        }),
      },
      track: { opens: false, clicks: true },
    });
    const domain = domainToASCII(domainOf(from));
    return { emailId, internetId: createMessageId(tokens, { sendId: emailId, contactId: null }, domain) };
  };
}
