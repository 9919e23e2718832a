import { v5 as uuidv5, v7 as uuidv7 } from "uuid";
import { z } from "zod";
import type { CampaignStore } from "../db/campaigns.js";
import type { ContactStore } from "../db/contacts.js";
import type { ListStore } from "../db/lists.js";
import type { TemplateStore } from "../db/templates.js";
import { startSchema } from "./campaign-input.js";
import type { Campaigns } from "./campaigns.js";
import { contactSchema, toContactRow } from "./contacts.js";
import { addressSchema, nameSchema, parseInput, tenantIdSchema } from "./input.js";
import type { PrepareTemplate } from "./templates.js";

/** Larger audiences are imported, and live in lists. */
const mostRecipients = 10_000;

export const sendToSchema = z.strictObject({
  tenantId: tenantIdSchema,
  /** Default: the subject. */
  name: nameSchema.optional(),
  recipients: z
    .array(
      contactSchema.extend({
        /** The caller's own: the attribute `id`. */
        id: nameSchema.optional(),
      }),
    )
    .min(1, "is empty")
    .max(mostRecipients, `has more than ${mostRecipients}; import them and send to their list`),
  template: z.strictObject({
    subject: z.string().min(1, "is empty"),
    html: z.string(),
    text: z.string().optional(),
    preheader: z.string().optional(),
  }),
  sender: z.strictObject({ email: addressSchema, name: nameSchema.optional() }),
  /** Repeating a request with its key is the same send and no second mail. Absent: every request is another one. */
  key: nameSchema.optional(),
  at: startSchema.shape.at,
  perSecond: startSchema.shape.perSecond,
  user: startSchema.shape.user,
});
export type SendToInput = z.input<typeof sendToSchema>;

export interface RecipientSends {
  /**
   * Composes and starts a campaign to recipients that come with the request: they become contacts, on a list of this
   * campaign. Nothing is mailed before all of it stands; a call that died half-way is repeated with its key.
   * @throws InvalidInput, NotFound (tenant)
   */
  sendTo(request: SendToInput): Promise<{
    tenantId: string;
    campaignId: string;
    sendId: string;
    created: boolean;
  }>;
}

export interface RecipientSendPorts {
  campaigns: Pick<Campaigns, "start">;
  catalog: Pick<CampaignStore, "createCampaign">;
  templates: Pick<TemplateStore, "saveTemplate">;
  prepare: PrepareTemplate;
  lists: Pick<ListStore, "createList">;
  contacts: Pick<ContactStore, "upsertContacts">;
}

/** Of the ids that keys stand for. */
const keyNamespace = "7f1c9d52-2d0b-4c58-9a7e-6f2f7b0a4f11";
/** Contacts of one write. */
const pageSize = 1_000;

export function createRecipientSends(ports: RecipientSendPorts): RecipientSends {
  return {
    async sendTo(request) {
      const { tenantId, recipients, template, sender, key, name, ...when } = parseInput(
        sendToSchema,
        request,
      );
      const campaignId = key === undefined ? uuidv7() : uuidv5(`${tenantId} ${key}`, keyNamespace);
      // Its own list and template are called after it, so that every step may be repeated.
      const own = `campaign ${campaignId}`;
      const content = { tenantId, name: own, ...ports.prepare(template) };
      const { templateVersionId } = await ports.templates.saveTemplate(content);
      await ports.lists.createList({ tenantId, name: own });
      for (let from = 0; from < recipients.length; from += pageSize) {
        const contacts = recipients.slice(from, from + pageSize).map(({ id, ...contact }) => ({
          ...toContactRow(contact),
          attributes: { ...contact.attributes, ...(id !== undefined && { id }) },
        }));
        await ports.contacts.upsertContacts(tenantId, contacts, own);
      }
      await ports.catalog.createCampaign({
        ...{ tenantId, campaignId, list: own, template: templateVersionId },
        name: name ?? template.subject.slice(0, 200),
        fromEmail: sender.email,
        ...(sender.name !== undefined && { fromName: sender.name }),
      });
      const send = await ports.campaigns.start({ tenantId, campaignId, ...when });
      return { ...send, campaignId };
    },
  };
}
