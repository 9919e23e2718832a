import { z } from "zod";
import { lanes } from "../domain/lanes.js";
import { recipientStatuses, unknownResolutions } from "../domain/recipient-status.js";
import {
  addressSchema,
  contactIdSchema,
  durationSchema,
  nameSchema,
  pageSizeSchema,
  rateSchema,
  tenantIdSchema,
  timeZoneSchema,
  uuidSchema,
} from "./input.js";

const audienceProblem = "exactly one audience is needed: give either list or segment";

export const campaignSchema = z
  .strictObject({
    tenantId: tenantIdSchema,
    name: nameSchema,
    /** A template's id or name (its latest version), or the id of one version. */
    template: z.string().min(1, "is empty"),
    /** A list's id or name. */
    list: z.string().min(1, "is empty").optional(),
    /** A segment's id or name. */
    segment: z.string().min(1, "is empty").optional(),
    fromEmail: addressSchema,
    fromName: nameSchema.optional(),
    replyTo: addressSchema.optional(),
    /** Additional headers of every message. */
    headers: z.record(z.string(), z.string()).optional(),
    lane: z.enum(lanes, `is not a lane; one of ${lanes.join(", ")}`).default("campaign-standard"),
    /** Recipients whose delivery is not knowable after a crash: send again with the same Message-ID, or hold. */
    onUnknown: z.enum(["resend", "hold"]).default("resend"),
    /** A template variable that a recipient lacks: rendered empty, or the recipient refused. */
    onMissingVariable: z.enum(["empty", "refuse"]).default("empty"),
    trackOpens: z.boolean().default(true),
    trackClicks: z.boolean().default(true),
  })
  .refine(({ list, segment }) => (list === undefined) !== (segment === undefined), {
    path: ["list"],
    message: audienceProblem,
  });
export type CampaignInput = z.input<typeof campaignSchema>;

const { name, template, list, segment, fromEmail, headers } = campaignSchema.shape;
/** What is not given stays; null clears. */
export const campaignChangeSchema = z
  .strictObject({
    tenantId: tenantIdSchema,
    campaignId: uuidSchema,
    name: name.optional(),
    template: template.optional(),
    /** Replaces the list or segment that it has. */
    list,
    segment,
    fromEmail: fromEmail.optional(),
    fromName: nameSchema.nullable().optional(),
    replyTo: addressSchema.nullable().optional(),
    headers,
    lane: campaignSchema.shape.lane.unwrap().optional(),
    onUnknown: campaignSchema.shape.onUnknown.unwrap().optional(),
    onMissingVariable: campaignSchema.shape.onMissingVariable.unwrap().optional(),
    trackOpens: z.boolean().optional(),
    trackClicks: z.boolean().optional(),
  })
  .refine((change) => change.list === undefined || change.segment === undefined, {
    path: ["list"],
    message: audienceProblem,
  });
export type CampaignChangeInput = z.input<typeof campaignChangeSchema>;

export const instantSchema = z.union(
  [z.date(), z.iso.datetime({ offset: true }).transform((text) => new Date(text))],
  {
    error: "must be a Date or an ISO date and time with its zone, such as 2026-12-01T09:00:00Z",
  },
);

/** Seconds are not needed to open a campaign, and a typed one would only differ by accident. */
const localTimeSchema = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/, "must be a wall-clock time such as 2026-12-01T09:00")
  .refine(isInCalendar, "is not a date in the calendar");

export const startSchema = z
  .strictObject({
    tenantId: tenantIdSchema,
    campaignId: uuidSchema,
    /** Names this run: a second start with the same key is the same send. */
    runKey: nameSchema.default("first"),
    /** Absolute start; absent: at once. */
    at: instantSchema.optional(),
    /** Wall-clock start in each recipient's own time zone; `timeZone` for those who have none. */
    localTime: localTimeSchema.optional(),
    timeZone: timeZoneSchema.optional(),
    /** Messages a second for this send at most. */
    perSecond: rateSchema.optional(),
    /** A start later than this after its time is late, as when the workers were away; default: a day. */
    lateAfter: durationSchema.optional(),
    /** A late send waits for a person, or goes out all the same; either way it says so. */
    onLate: z.enum(["hold", "send"], "must be hold or send").default("hold"),
    /** Who asks, as the tenant's own system calls its users: its progress is shown to them. */
    user: nameSchema.optional(),
  })
  .refine(({ at, localTime }) => at === undefined || localTime === undefined, {
    path: ["localTime"],
    message: "cannot be combined with at; give one of them",
  });
export type StartInput = z.input<typeof startSchema>;

/** Names one send. What `campaigns.start` returns may be passed as it is. */
export const sendRefSchema = z.object({ tenantId: tenantIdSchema, sendId: uuidSchema });
export type SendRef = z.input<typeof sendRefSchema>;

export const setRateSchema = sendRefSchema.extend({
  perSecond: rateSchema.nullable(),
});
export type SetRate = z.input<typeof setRateSchema>;

/** Strict: a misspelt `contactIds` would resolve everybody. */
export const resolveUnknownSchema = sendRefSchema
  .extend({
    as: z.enum(unknownResolutions, `must be one of ${unknownResolutions.join(", ")}`),
    /** Absent: all of the send. */
    contactIds: z
      .array(contactIdSchema)
      .min(1, "is empty; leave it out to resolve all of the send")
      .max(1_000, "has more than 1,000; resolve them in portions")
      .optional(),
    /** What `campaigns.start` returns beside the ids. */
    created: z.boolean().optional(),
  })
  .strict();
export type ResolveUnknownInput = z.input<typeof resolveUnknownSchema>;

const whichRecipientsSchema = sendRefSchema.extend({
  status: z.enum(recipientStatuses, `is not a status; one of ${recipientStatuses.join(", ")}`).optional(),
  /** Only those whose mail came back (true), or did not. */
  returned: z.boolean().optional(),
  /** Only those who did not get it (true): anything but sent, or it came back; or those who did. */
  missed: z.boolean().optional(),
  /** Only those whom this limit holds back now, in the words of `holds`, such as `node:n1 day`. */
  heldBy: z.string().min(1, "is empty").max(200, "is longer than 200 characters").optional(),
});

export const recipientsSchema = whichRecipientsSchema.extend({
  /** Contact id of the last row of the page before. */
  after: z
    .string()
    .regex(/^\d{1,19}$/, "must be a contact's number")
    .optional(),
  limit: pageSizeSchema,
});
export type RecipientsQuery = z.input<typeof recipientsSchema>;

export const recipientsExportSchema = whichRecipientsSchema.extend({
  /** Values as they are, also those that a spreadsheet would run as formulas. */
  raw: z.boolean().default(false),
});
export type RecipientsExport = z.input<typeof recipientsExportSchema>;

/** Date.parse takes February 31 for March 3. */
function isInCalendar(localTime: string): boolean {
  const instant = new Date(`${localTime}Z`);
  return !Number.isNaN(instant.getTime()) && instant.toISOString().startsWith(localTime);
}
