import { z } from "zod";
import { checkAddress } from "../domain/email-address.js";
import { InvalidInput, type FieldProblem } from "../domain/errors.js";
import type { WarmupPlan } from "../domain/warmup-curve.js";
import { checkWarmupPlan } from "../domain/warmup-plan-check.js";
import { findWarmupPreset, planOf, warmupPresets } from "../domain/warmup-presets.js";
import { warmupKinds, type WarmupKind } from "../domain/warmup-allowance.js";
import { warmupStatuses } from "../domain/warmup-status.js";
import { nameSchema, nodeIdSchema, pageSizeSchema, tenantIdSchema, uuidSchema } from "./input.js";

const presetNames = warmupPresets.map(({ preset }) => preset);

/** What of a plan may be said; alone it is a curve of one's own, with a preset it replaces a part of that one's. */
export const planSchema = z
  .strictObject({
    firstDays: z.array(z.number()).max(400, "has more than 400 days"),
    growth: z.number(),
    step: z.number(),
    target: z.number(),
    hours: z.number(),
    catchUp: z.number(),
    total: z.boolean(),
    mailboxProviders: z.record(z.string(), z.number()),
    engagement: z.boolean(),
  })
  .partial();
export type PlanInput = z.input<typeof planSchema>;

const presetSchema = z.enum(presetNames, `must be one of ${presetNames.join(", ")}`);
const kindSchema = z.enum(warmupKinds, `must be one of ${warmupKinds.join(", ")}`);

const planned = { preset: presetSchema.optional(), plan: planSchema.optional() };

export const startSchema = z.strictObject({
  /** Absent: the platform's, for a node that every tenant may use. */
  tenantId: tenantIdSchema.optional(),
  kind: kindSchema,
  /** Node id, domain or address of From. */
  key: nameSchema,
  ...planned,
});
export type WarmupStart = z.input<typeof startSchema>;

export const refSchema = z.strictObject({
  warmupId: uuidSchema,
  /** Only if it is this tenant's. */
  tenantId: tenantIdSchema.optional(),
});
export type WarmupRefInput = z.input<typeof refSchema>;

export const pauseSchema = refSchema.extend({
  reason: z.string().trim().min(1, "is empty").max(500, "is longer than 500 characters").optional(),
});
export type WarmupPause = z.input<typeof pauseSchema>;

export const changeSchema = refSchema.extend(planned);
export type WarmupPlanChange = z.input<typeof changeSchema>;

export const listSchema = z.strictObject({
  tenantId: tenantIdSchema.optional(),
  status: z.enum(warmupStatuses, `must be one of ${warmupStatuses.join(", ")}`).optional(),
  kind: kindSchema.optional(),
  /** Id of the last one of the page before. */
  before: uuidSchema.optional(),
  limit: pageSizeSchema,
});
export type WarmupList = z.input<typeof listSchema>;

export const daysSchema = refSchema.extend({
  /** The last day of the page before. */
  before: z.iso.date("must be a day such as 2026-05-31").optional(),
  limit: pageSizeSchema,
});
export type WarmupDaysQuery = z.input<typeof daysSchema>;

/** @throws InvalidInput: which field, why, and what to do */
export function planOfInput(
  kind: WarmupKind,
  { preset: name, plan }: z.output<z.ZodObject<typeof planned>>,
): WarmupPlan {
  const made = name === undefined ? ownPlan(plan) : planOfPreset(kind, name, plan);
  const problems = checkWarmupPlan(made).map(({ field, problem }) => ({ field: `plan.${field}`, problem }));
  if (problems.length > 0) throw new InvalidInput(problems);
  return made;
}

function planOfPreset(kind: WarmupKind, name: string, over: PlanInput | undefined): WarmupPlan {
  const preset = findWarmupPreset(name);
  if (!preset?.kinds.includes(kind)) {
    const fitting = warmupPresets.filter(({ kinds }) => kinds.includes(kind)).map(({ preset: fits }) => fits);
    const problem = `is not for a ${kind}; take ${fitting.join(", ")}, or give a plan of your own`;
    throw new InvalidInput([{ field: "preset", problem }]);
  }
  return planOf(preset, over);
}

function ownPlan(plan: PlanInput | undefined): WarmupPlan {
  const { firstDays, target, ...rest } = plan ?? {};
  const problems: FieldProblem[] = [];
  if (plan === undefined)
    problems.push({
      field: "preset",
      problem: `is missing; give one of ${presetNames.join(", ")}, or a plan`,
    });
  else {
    if (!firstDays)
      problems.push({ field: "plan.firstDays", problem: "is missing; give the first day's messages" });
    if (target === undefined)
      problems.push({
        field: "plan.target",
        problem: "is missing; give the messages a day at which it is warm",
      });
  }
  if (!firstDays || target === undefined) throw new InvalidInput(problems);
  const { growth = 1, step = 0, hours = 24, catchUp = 2, total = true } = rest;
  const { mailboxProviders = {}, engagement = false } = rest;
  return {
    ...{ preset: "custom", firstDays, growth, step, target, hours, catchUp },
    ...{ total, mailboxProviders, engagement },
  };
}

const domainPattern = /^[a-z0-9-]+(\.[a-z0-9-]+)+$/;

/** As permits know it. @throws InvalidInput */
export function keyOfInput(kind: WarmupKind, text: string): string {
  const refused = (problem: string) => new InvalidInput([{ field: "key", problem }]);
  const key = text.toLowerCase();
  switch (kind) {
    case "node":
      if (nodeIdSchema.safeParse(text).success) return text;
      throw refused("is not a node's id");
    case "domain":
      if (domainPattern.test(key) && key.length <= 253) return key;
      throw refused("is not a domain; give one such as example.com");
    case "mailbox": {
      const check = checkAddress(text);
      if (check.kind === "valid") return check.address.toLowerCase();
      throw refused(`${check.problem}; give the address of From, such as anna@example.com`);
    }
  }
}
