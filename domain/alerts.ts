import type { Severity } from "./notification-kinds.js";

/** What a rule can watch. Names are stored, and known to whoever reads the API: they stay. */
export const alertKinds = {
  "queue-depth": { of: ["platform"], unit: "tasks", what: "tasks wait on a queue" },
  "queue-age": { of: ["platform"], unit: "seconds", what: "the first task of a queue has waited" },
  "failure-rate": {
    of: ["platform", "tenant"],
    unit: "share",
    what: "jobs of a queue fail; of a tenant: its recipients are refused or given up",
  },
  "throughput-drop": { of: ["platform"], unit: "share", what: "less mail leaves than in the hour before" },
  "dead-letters": { of: ["platform", "tenant"], unit: "letters", what: "dead letters wait for a person" },
  "worker-loss": { of: ["platform"], unit: "processes", what: "worker processes are gone and not replaced" },
  "part-down": { of: ["platform"], unit: "parts", what: "Postgres, Redis or Temporal does not answer" },
  memory: { of: ["platform"], unit: "share", what: "a worker process uses up its memory" },
  "bounce-rate": { of: ["platform", "tenant"], unit: "share", what: "mail of a tenant bounces" },
  "complaint-rate": { of: ["platform", "tenant"], unit: "share", what: "mail of a tenant is called spam" },
  "provider-suspended": {
    of: ["platform", "tenant"],
    unit: "mailbox providers",
    what: "mailbox providers take no mail from a node",
  },
  blacklist: {
    of: ["platform", "tenant"],
    unit: "lists",
    what: "an address or domain of mail is on blacklists",
  },
  reputation: {
    of: ["platform", "tenant"],
    unit: "points",
    what: "points that the score of a domain or a node lacks to 100",
  },
} as const satisfies Record<string, { of: readonly AlertOwner[]; unit: string; what: string }>;

/**
 * How it is told: in the inbox and by what people chose for it; by the tenant's webhooks; by the log, and by the webhook and the mail
 * that need nothing of Floe's (critical ones, and all while Postgres is away).
 */
export const alertRoutes = ["notifications", "webhooks", "urgent"] as const;
export type AlertRoute = (typeof alertRoutes)[number];
const routesOf = {
  platform: ["notifications", "urgent"],
  tenant: ["notifications", "webhooks"],
} as const satisfies Record<AlertOwner, readonly AlertRoute[]>;

/** All by which alerts of such an owner can be told; what a rule has that names none. */
export function routesFor(owner: AlertOwner): AlertRoute[] {
  return [...routesOf[owner]];
}

export type AlertOwner = "platform" | "tenant";
export type AlertKind = keyof typeof alertKinds;
export const alertKindNames = Object.keys(alertKinds) as AlertKind[];

export function isKindOf(kind: AlertKind, owner: AlertOwner): boolean {
  return (alertKinds[kind].of as readonly AlertOwner[]).includes(owner);
}

/** What a rule says, as far as it decides. Above `fireAbove` for so long it fires, at most `clearAtMost` for so long it clears. */
export interface AlertRule {
  ruleId: string;
  /** Null: the platform's. Of a rule for every tenant: the tenant whose facts are read. */
  tenantId: string | null;
  kind: AlertKind;
  name: string;
  severity: Severity;
  fireAbove: number;
  clearAtMost: number;
  forMs: number;
  clearForMs: number;
  routes: AlertRoute[];
  /** Nobody is told until then. */
  silencedUntilMs: number | null;
}

/** A fact, seen by a rule. */
export interface AlertReading {
  rule: AlertRule;
  /** A queue, part, process or tenant. */
  subject: string;
  value: number;
}

/** That an alert was raised or cleared; told once, by the channels that can be reached. */
export interface AlertChange {
  what: "raised" | "cleared";
  alertId: string;
  rule: AlertRule;
  subject: string;
  value: number;
  atMs: number;
  /** Of one that cleared. */
  reason: "recovered" | "rule-gone" | null;
  isTest: boolean;
}

/** Of the rule that tells of parts: it must be known while nothing can be read. As the migration has it. */
export const partRule: AlertRule = {
  ruleId: "00000000-0000-4000-8000-000000000007",
  tenantId: null,
  kind: "part-down",
  name: "A part does not answer",
  severity: "critical",
  fireAbove: 0,
  clearAtMost: 0,
  forMs: 60_000,
  clearForMs: 60_000,
  routes: ["notifications", "urgent"],
  silencedUntilMs: null,
};

/** What the flow cannot see: processes watch it for themselves. */
export const ownWatchSubjects = ["temporal", "alerts"];

export function isOwnWatch({ kind }: Pick<AlertRule, "kind">, subject: string): boolean {
  return kind === "part-down" && ownWatchSubjects.includes(subject);
}

export const alertWorkflowId = "alerts";

/** `Dead letters are growing: acme (1,204 letters, more than 1,000)`. */
export function titleOf({ what, rule, subject, isTest }: AlertChange): string {
  const name = `${rule.name}: ${subject}`;
  return `${isTest ? "Test: " : ""}${what === "raised" ? name : `Cleared: ${name}`}`;
}

export function textOf({ what, rule, value, isTest }: AlertChange): string {
  const test = isTest ? " This is a test." : "";
  return what === "raised"
    ? `It is ${amountOf(rule.kind, value)}, more than ${amountOf(rule.kind, rule.fireAbove)}.${test}`
    : `It is ${amountOf(rule.kind, value)}.${test}`;
}

const singular = {
  ...{
    tasks: "task",
    seconds: "second",
    letters: "letter",
    processes: "process",
    parts: "part",
    lists: "list",
    "mailbox providers": "mailbox provider",
    points: "point",
  },
} as const;

/** A value with its unit: `20 %`, `1204 letters`. */
export function amountOf(kind: AlertKind, value: number): string {
  const { unit } = alertKinds[kind];
  if (unit === "share") return `${Number((value * 100).toPrecision(3))} %`;
  const amount = Number(value.toPrecision(6));
  return `${amount} ${amount === 1 ? singular[unit] : unit}`;
}
