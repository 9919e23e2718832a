import { z } from "zod";
import {
  alertChangeSchema,
  alertRefSchema,
  alertsSchema,
  newRuleSchema,
  historySchema,
  ofOwnerSchema,
  ruleChangeSchema,
  ruleRefSchema,
  silenceAlertSchema,
  silenceRuleSchema,
  updateRuleSchema,
} from "../../client/alert-input.js";
import { alertKindNames, alertRoutes } from "../../domain/alerts.js";
import { severities } from "../../domain/notification-kinds.js";
import type { Alert } from "../../client/alerts.js";
import { toWire } from "../wire.js";
import { operation } from "../operation.js";

const kind = z.enum(alertKindNames);
const route = z.enum(alertRoutes);
const severity = z.enum(severities);
const silenced = { silencedUntil: z.date().nullable(), silenceReason: z.string().nullable() };

const rule = z.object({
  ...{
    ruleId: z.string(),
    scope: z.enum(["platform", "tenant", "tenants"]),
    tenantId: z.string().nullable(),
  },
  ...{ kind, name: z.string(), severity, fireAbove: z.number(), clearAtMost: z.number() },
  ...{
    forSeconds: z.number(),
    clearForSeconds: z.number(),
    subject: z.string().nullable(),
    routes: z.array(route),
    enabled: z.boolean(),
  },
  ...silenced,
  ...{ changedBy: z.string(), createdAt: z.date(), updatedAt: z.date() },
});

const alert = z.object({
  ...{
    alertId: z.string(),
    ruleId: z.string(),
    tenantId: z.string().nullable(),
    kind,
    name: z.string(),
    severity,
  },
  ...{
    subject: z.string(),
    value: z.number(),
    fireAbove: z.number(),
    isTest: z.boolean(),
    routes: z.array(route),
  },
  ...{ raisedAt: z.date(), clearedAt: z.date().nullable(), clearReason: z.string().nullable() },
  ...{
    toldAt: z.date().nullable(),
    acknowledgedAt: z.date().nullable(),
    acknowledgedBy: z.string().nullable(),
  },
  ...silenced,
});

/** As REST has it. */
export function alertToJson(one: Alert): unknown {
  return toWire(alert, one);
}

const event = z.object({
  ...{ historyId: z.string(), ruleId: z.string(), alertId: z.string().nullable(), what: z.string() },
  ...{ actor: z.string().nullable(), detail: z.record(z.string(), z.unknown()), at: z.date() },
});

const path = "/api/alerts";
const rules = "/api/alert-rules";
const one = `${path}/:alert_id`;
const oneRule = `${rules}/:rule_id`;
const look = { resource: "alerts", method: "get", level: "read" } as const;
const act = { resource: "alerts", method: "post", level: "write" } as const;

/** What is called `/history` comes before what is called by its id. The actor is whoever asks. */
export const alertOperations = [
  operation({
    ...look,
    ...{ id: "alert_rules.list", path: rules, isList: true },
    summary: "What is watched: the platform's rules, or a tenant's own and those of every tenant",
    input: ofOwnerSchema,
    output: rule,
    call: (floe, { tenantId }) => floe.alerts.listRules(tenantId === undefined ? {} : { tenantId }),
  }),
  operation({
    ...act,
    ...{ id: "alert_rules.create", path: rules, status: 201, location: oneRule },
    summary: "Watch something; a tenant's own rule stands for the one of every tenant of that kind",
    input: newRuleSchema.omit({ actor: true }),
    output: rule,
    call: (floe, input, { principal: { actor } }) => floe.alerts.createRule({ ...input, actor }),
  }),
  operation({
    ...look,
    ...{ id: "alert_rules.get", path: oneRule },
    summary: "One rule",
    input: ruleRefSchema,
    output: rule,
    call: (floe, input) => floe.alerts.getRule(input),
  }),
  operation({
    ...act,
    ...{ id: "alert_rules.update", method: "patch", path: oneRule, edits: "alert_rules.get" },
    summary: "Change thresholds and times of a rule, or turn it on or off; what is left out stays",
    input: updateRuleSchema.omit({ actor: true }),
    output: rule,
    call: (floe, input, { principal: { actor } }) => floe.alerts.updateRule({ ...input, actor }),
  }),
  operation({
    ...act,
    ...{ id: "alert_rules.delete", method: "delete", path: oneRule },
    summary: "Watch it no longer; its open alerts are cleared",
    input: ruleChangeSchema.omit({ actor: true }),
    call: (floe, input, { principal: { actor } }) => floe.alerts.deleteRule({ ...input, actor }),
  }),
  operation({
    ...act,
    ...{ id: "alert_rules.silence", path: `${oneRule}/silence` },
    summary: "Tell nobody of its alerts until then; after it, of those that are still open",
    input: silenceRuleSchema.omit({ actor: true }),
    output: rule,
    call: (floe, input, { principal: { actor } }) => floe.alerts.silenceRule({ ...input, actor }),
  }),
  operation({
    ...act,
    ...{ id: "alert_rules.unsilence", path: `${oneRule}/unsilence` },
    summary: "End the silence of a rule",
    input: ruleChangeSchema.omit({ actor: true }),
    output: rule,
    call: (floe, input, { principal: { actor } }) => floe.alerts.unsilenceRule({ ...input, actor }),
  }),
  operation({
    ...act,
    ...{ id: "alert_rules.test", path: `${oneRule}/test`, status: 202 },
    summary: "Raise an alert of the rule and clear it, marked as a test, by all the ways that one takes",
    input: ruleChangeSchema.omit({ actor: true }),
    output: z.object({ alertId: z.string() }),
    location: one,
    call: (floe, input, { principal: { actor } }) => floe.alerts.testRule({ ...input, actor }),
  }),
  operation({
    ...look,
    ...{ id: "alerts.list", path, page: { cursor: "alertId", by: "before" } },
    summary: "Alerts of the platform or of a tenant, raised last first",
    input: alertsSchema,
    output: alert,
    call: (floe, input) => floe.alerts.list(input),
  }),
  operation({
    ...look,
    ...{ id: "alerts.history", path: `${path}/history`, page: { cursor: "historyId", by: "before" } },
    summary: "Every change of alerts and rules, newest first",
    input: historySchema,
    output: event,
    call: (floe, input) => floe.alerts.history(input),
  }),
  operation({
    ...look,
    ...{ id: "alerts.get", path: one },
    summary: "One alert",
    input: alertRefSchema,
    output: alert,
    call: (floe, input) => floe.alerts.get(input),
  }),
  operation({
    ...act,
    ...{ id: "alerts.acknowledge", path: `${one}/acknowledge` },
    summary: "Say that somebody sees to it",
    input: alertChangeSchema.omit({ actor: true }),
    output: alert,
    call: (floe, input, { principal: { actor } }) => floe.alerts.acknowledge({ ...input, actor }),
  }),
  operation({
    ...act,
    ...{ id: "alerts.silence", path: `${one}/silence` },
    summary: "Tell nobody of it until then",
    input: silenceAlertSchema.omit({ actor: true }),
    output: alert,
    call: (floe, input, { principal: { actor } }) => floe.alerts.silence({ ...input, actor }),
  }),
  operation({
    ...act,
    ...{ id: "alerts.unsilence", path: `${one}/unsilence` },
    summary: "End the silence of an alert",
    input: alertChangeSchema.omit({ actor: true }),
    output: alert,
    call: (floe, input, { principal: { actor } }) => floe.alerts.unsilence({ ...input, actor }),
  }),
];
