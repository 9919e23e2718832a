import { randomUUID } from "node:crypto";
import type { Recipient, SendContext } from "../../activities/delivery-ports.js";
import { prepareTemplate, type TemplateInput } from "../../mail/template.js";

/** A send whose template was prepared as saving one does. */
export function sendContext(
  template: Partial<TemplateInput> = {},
  changes: Partial<SendContext> = {},
): SendContext {
  const prepared = prepareTemplate({
    subject: "Hello {{first_name}}",
    html: "<p>Hello {{first_name}}</p>",
    ...template,
  });
  return {
    sendId: randomUUID(),
    sendMonth: "2026-11-01",
    tenantId: "demo",
    campaignId: randomUUID(),
    lane: "campaign-standard",
    onUnknown: "resend",
    onMissingVariable: "empty",
    trackOpens: true,
    trackClicks: true,
    fromName: "Floe",
    fromEmail: "news@floe.test",
    replyTo: null,
    headers: {},
    template: { templateVersionId: randomUUID(), ...prepared },
    providerChoice: "auto",
    ...changes,
  };
}

export function recipient(
  variables: Record<string, unknown> = {},
  changes: Partial<Recipient> = {},
): Recipient {
  return {
    contactId: "42",
    position: 0,
    email: "ada@lovelace.test",
    domain: "lovelace.test",
    status: "pending",
    attempts: 0,
    possibleDuplicate: false,
    suppressed: false,
    variables: { first_name: "Ada", ...variables },
    ...changes,
  };
}
