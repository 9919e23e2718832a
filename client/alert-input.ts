import { z } from "zod";
import { alertKindNames, alertRoutes, isKindOf, routesFor, type AlertRoute } from "../domain/alerts.js";
import { severities } from "../domain/notification-kinds.js";
import { nameSchema, pageSizeSchema, tenantIdSchema, uuidSchema } from "./input.js";

const dayS = 86_400;
const longestSilenceMs = 366 * dayS * 1_000;

/** Of a tenant; absent: of the platform. */
const tenantId = tenantIdSchema.optional();
const kind = z.enum(alertKindNames, `must be one of ${alertKindNames.join(", ")}`);
const severity = z.enum(severities, `must be one of ${severities.join(", ")}`);
const threshold = z.number().min(0, "must not be negative").max(1e12, "must be at most 1,000,000,000,000");
const seconds = z.number().min(0, "must be 0 seconds to a day").max(dayS, "must be 0 seconds to a day");
/** Who does it, for the history. */
const actor = nameSchema.optional();

const routes = z
  .array(z.enum(alertRoutes, `must be of ${alertRoutes.join(", ")}`))
  .max(alertRoutes.length, `must be at most ${alertRoutes.length}`);

const settings = {
  name: nameSchema,
  severity: severity,
  fireAbove: threshold,
  /** At most `fireAbove`. */
  clearAtMost: threshold,
  forSeconds: seconds,
  clearForSeconds: seconds,
  subject: nameSchema.nullable(),
  routes,
  enabled: z.boolean(),
};

export const newRuleSchema = z.strictObject({
  tenantId,
  kind,
  ...settings,
  severity: severity.default("warning"),
  /** Default: as `fireAbove`. */
  clearAtMost: threshold.optional(),
  forSeconds: seconds.default(300),
  clearForSeconds: seconds.default(300),
  subject: nameSchema.nullable().default(null),
  /** Default: all that there are for the platform, or for tenants. */
  routes: routes.optional(),
  enabled: z.boolean().default(true),
  /** Of the platform alone: for every tenant that has none of its own of the kind. */
  everyTenant: z.boolean().default(false),
  actor,
});

/** What of it goes together. */
export const createRuleSchema = newRuleSchema.superRefine((rule, context) => {
  const isOfTenants = rule.tenantId !== undefined || rule.everyTenant;
  if (!isKindOf(rule.kind, isOfTenants ? "tenant" : "platform"))
    context.addIssue({
      code: "custom",
      path: ["kind"],
      message: "watches the platform's own facts; leave the tenant out",
    });
  if (rule.tenantId !== undefined && rule.everyTenant)
    context.addIssue({ code: "custom", path: ["everyTenant"], message: "is the platform's; leave it out" });
  if ((rule.clearAtMost ?? 0) > rule.fireAbove)
    context.addIssue({
      code: "custom",
      path: ["clearAtMost"],
      message: "must be at most what it fires above",
    });
  const problem = problemOfRoutes(rule.routes ?? [], isOfTenants);
  if (problem !== null) context.addIssue({ code: "custom", path: ["routes"], message: problem });
});

/** The platform has no webhooks of its own; what is urgent without Floe is the platform's. */
export function problemOfRoutes(routes: readonly AlertRoute[], isOfTenants: boolean): string | null {
  const possible = routesFor(isOfTenants ? "tenant" : "platform");
  return routes.every((route) => possible.includes(route))
    ? null
    : `must be of ${possible.join(", ")} for ${isOfTenants ? "tenants" : "the platform"}`;
}
export type CreateRule = z.input<typeof createRuleSchema>;

export const ruleRefSchema = z.strictObject({ tenantId, ruleId: uuidSchema });
export type RuleRef = z.input<typeof ruleRefSchema>;
export const ruleChangeSchema = ruleRefSchema.extend({ actor });
export type RuleChange = z.input<typeof ruleChangeSchema>;

const change = z.strictObject(settings).partial();
export const updateRuleSchema = ruleChangeSchema.extend(change.shape);
export type UpdateRule = z.input<typeof updateRuleSchema>;

export const ofOwnerSchema = z.strictObject({ tenantId });

export const alertsSchema = z.strictObject({
  tenantId,
  status: z.enum(["open", "cleared", "all"], "must be open, cleared or all").default("all"),
  severity: severity.optional(),
  kind: kind.optional(),
  /** Id of the last one of the page before. */
  before: uuidSchema.optional(),
  limit: pageSizeSchema,
});
export type AlertsQuery = z.input<typeof alertsSchema>;

export const alertRefSchema = z.strictObject({ tenantId, alertId: uuidSchema });
export type AlertRef = z.input<typeof alertRefSchema>;
export const alertChangeSchema = alertRefSchema.extend({ actor });
export type ChangeOfAlert = z.input<typeof alertChangeSchema>;

export const historySchema = z.strictObject({
  tenantId,
  alertId: uuidSchema.optional(),
  ruleId: uuidSchema.optional(),
  before: z
    .string()
    .regex(/^[1-9]\d{0,17}$/, "must be the number of a change")
    .optional(),
  limit: pageSizeSchema,
});
export type HistoryQuery = z.input<typeof historySchema>;

const silence = {
  until: z
    .date("must be an instant, such as 2026-03-02T10:00:00Z")
    .refine((at) => at.getTime() > Date.now(), "is over")
    .refine(
      (at) => at.getTime() < Date.now() + longestSilenceMs,
      "is more than a year away; disable the rule instead",
    ),
  reason: nameSchema,
  actor,
};
export const silenceRuleSchema = ruleRefSchema.extend(silence);
export type SilenceRule = z.input<typeof silenceRuleSchema>;
export const silenceAlertSchema = alertRefSchema.extend(silence);
export type SilenceAlert = z.input<typeof silenceAlertSchema>;
