import { randomUUID } from "node:crypto";
import type { AlertRuleStore, StoredRule } from "../db/alert-rules.js";
import type { Alert, AlertEvent, AlertStore } from "../db/alerts.js";
import { routesFor } from "../domain/alerts.js";
import { InvalidInput, Unavailable } from "../domain/errors.js";
import {
  alertChangeSchema,
  alertRefSchema,
  alertsSchema,
  createRuleSchema,
  historySchema,
  problemOfRoutes,
  ofOwnerSchema,
  ruleChangeSchema,
  ruleRefSchema,
  silenceAlertSchema,
  silenceRuleSchema,
  updateRuleSchema,
  type AlertRef,
  type AlertsQuery,
  type ChangeOfAlert,
  type CreateRule,
  type HistoryQuery,
  type RuleChange,
  type RuleRef,
  type SilenceAlert,
  type SilenceRule,
  type UpdateRule,
} from "./alert-input.js";
import type { AlertWorkflow } from "./alert-workflow.js";
import { toFloeError } from "./failures.js";
import { parseInput } from "./input.js";

export type { Alert, AlertEvent } from "../db/alerts.js";
export type { StoredRule } from "../db/alert-rules.js";

/** Without a tenant: the platform's. Who changes something is named by `actor`, in the history. */
export interface Alerts {
  /** A tenant's own, and those of every tenant. */
  listRules(of?: { tenantId?: string }): Promise<StoredRule[]>;
  /** @throws NotFound */
  getRule(ref: RuleRef): Promise<StoredRule>;
  /** One of a tenant's own stands for the one of every tenant of that kind. @throws InvalidInput */
  createRule(rule: CreateRule): Promise<StoredRule>;
  /** What is left out stays. @throws InvalidInput, NotFound */
  updateRule(change: UpdateRule): Promise<StoredRule>;
  /** Its open alerts are cleared. @throws NotFound */
  deleteRule(ref: RuleChange): Promise<void>;
  /** Nobody is told of its alerts until then; after it, of those that are still open. @throws InvalidInput, NotFound */
  silenceRule(silence: SilenceRule): Promise<StoredRule>;
  /** @throws NotFound */
  unsilenceRule(ref: RuleChange): Promise<StoredRule>;
  /** Raises an alert of the rule and clears it, by all the ways that one takes. @throws NotFound, Unavailable */
  testRule(ref: RuleChange): Promise<{ alertId: string }>;
  /** Raised last first. */
  list(query?: AlertsQuery): Promise<Alert[]>;
  /** @throws NotFound */
  get(ref: AlertRef): Promise<Alert>;
  /** Every change of alerts and rules, newest first. */
  history(query?: HistoryQuery): Promise<AlertEvent[]>;
  /** Somebody sees to it. @throws NotFound */
  acknowledge(ref: ChangeOfAlert): Promise<Alert>;
  /** @throws InvalidInput, NotFound */
  silence(silence: SilenceAlert): Promise<Alert>;
  /** @throws NotFound */
  unsilence(ref: ChangeOfAlert): Promise<Alert>;
}

export interface AlertsPorts {
  rules: AlertRuleStore;
  alerts: AlertStore;
  workflow: AlertWorkflow;
}

const nobody = "sdk";

export function createAlerts({ rules, alerts, workflow }: AlertsPorts): Alerts {
  /** What was changed holds from the next look on: Temporal away only makes that later. */
  async function lookSoon<T>(changed: T): Promise<T> {
    await workflow.look().catch((error: unknown) => {
      if (!(toFloeError(error) instanceof Unavailable)) throw error;
    });
    return changed;
  }

  return {
    listRules: async (of = {}) => rules.listRules(parseInput(ofOwnerSchema, of).tenantId ?? null),
    async getRule(ref) {
      const { tenantId = null, ruleId } = parseInput(ruleRefSchema, ref);
      return rules.loadRule(tenantId, ruleId);
    },
    async createRule(input) {
      const { tenantId = null, everyTenant, actor = nobody, ...rule } = parseInput(createRuleSchema, input);
      const scope = tenantId !== null ? "tenant" : everyTenant ? "tenants" : "platform";
      const clearAtMost = rule.clearAtMost ?? rule.fireAbove;
      const routes = rule.routes ?? routesFor(scope === "platform" ? "platform" : "tenant");
      const settings = { ...rule, clearAtMost, routes, changedBy: actor };
      return lookSoon(await rules.createRule({ ...settings, scope, tenantId }));
    },
    async updateRule(input) {
      const { tenantId = null, ruleId, actor = nobody, ...change } = parseInput(updateRuleSchema, input);
      const before = await rules.loadRule(tenantId, ruleId);
      const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
      const settings = { ...before, ...given, changedBy: actor };
      if (settings.clearAtMost > settings.fireAbove)
        throw new InvalidInput([{ field: "clearAtMost", problem: "must be at most what it fires above" }]);
      const problem = problemOfRoutes(settings.routes, before.scope !== "platform");
      if (problem !== null) throw new InvalidInput([{ field: "routes", problem }]);
      return lookSoon(await rules.updateRule(tenantId, ruleId, settings));
    },
    async deleteRule(ref) {
      const { tenantId = null, ruleId, actor = nobody } = parseInput(ruleChangeSchema, ref);
      await lookSoon(await rules.deleteRule(tenantId, ruleId, actor));
    },
    async silenceRule(input) {
      const { tenantId = null, ruleId, actor = nobody, ...silence } = parseInput(silenceRuleSchema, input);
      return rules.silenceRule(tenantId, ruleId, silence, actor);
    },
    async unsilenceRule(ref) {
      const { tenantId = null, ruleId, actor = nobody } = parseInput(ruleChangeSchema, ref);
      return lookSoon(await rules.silenceRule(tenantId, ruleId, null, actor));
    },
    async testRule(ref) {
      const { tenantId = null, ruleId } = parseInput(ruleChangeSchema, ref);
      const { kind, name, severity, fireAbove, clearAtMost, routes, subject } = await rules.loadRule(
        tenantId,
        ruleId,
      );
      const rule = { ruleId, tenantId, kind, name, severity, fireAbove, clearAtMost, routes };
      const alertId = randomUUID();
      await workflow.test({
        ...{ what: "raised", alertId, subject: subject ?? "test", value: fireAbove + 1, reason: null },
        ...{
          rule: { ...rule, forMs: 0, clearForMs: 0, silencedUntilMs: null },
          atMs: Date.now(),
          isTest: true,
        },
      });
      return { alertId };
    },
    list: async (query = {}) => {
      const { tenantId = null, ...page } = parseInput(alertsSchema, query);
      return alerts.listAlerts({ tenantId, ...page });
    },
    async get(ref) {
      const { tenantId = null, alertId } = parseInput(alertRefSchema, ref);
      return alerts.loadAlert(tenantId, alertId);
    },
    history: async (query = {}) => {
      const { tenantId = null, ...page } = parseInput(historySchema, query);
      return alerts.listHistory({ tenantId, ...page });
    },
    async acknowledge(ref) {
      const { tenantId = null, alertId, actor = nobody } = parseInput(alertChangeSchema, ref);
      return alerts.acknowledge(tenantId, alertId, actor);
    },
    async silence(input) {
      const { tenantId = null, alertId, actor = nobody, ...silence } = parseInput(silenceAlertSchema, input);
      return alerts.silenceAlert(tenantId, alertId, silence, actor);
    },
    async unsilence(ref) {
      const { tenantId = null, alertId, actor = nobody } = parseInput(alertChangeSchema, ref);
      return lookSoon(await alerts.silenceAlert(tenantId, alertId, null, actor));
    },
  };
}
