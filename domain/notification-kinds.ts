/** What people are told of: every kind, how much it matters, and by which channels it goes out unless somebody says otherwise. */

export const severities = ["info", "warning", "critical"] as const;
export type Severity = (typeof severities)[number];

/** Besides the inbox, which has everything. */
export const channels = ["email", "web_push", "mobile_push"] as const;
export type Channel = (typeof channels)[number];

export interface NotificationKind {
  kind: string;
  /** What has happened, for people. */
  title: string;
  /** Of one that does not say otherwise. */
  severity: Severity;
  /** By which it goes out to who has not chosen. */
  channels: readonly Channel[];
}

const push: readonly Channel[] = ["web_push", "mobile_push"];
const everything: readonly Channel[] = channels;
const inboxOnly: readonly Channel[] = [];

/** Names are stored, and known to whoever reads the API: they stay. */
export const notificationKinds = [
  ...kindsOf("import", {
    completed: ["An import finished", push],
    cancelled: ["An import was cancelled", []],
  }),
  kind("import.failed", "An import failed", "warning", everything),
  ...kindsOf("export", {
    completed: ["An export finished", push],
    cancelled: ["An export was cancelled", []],
  }),
  kind("export.failed", "An export failed", "warning", everything),
  kind("send.completed", "A campaign was sent", "info", push),
  kind("send.paused", "A campaign was paused", "info", inboxOnly),
  kind("send.cancelled", "A campaign was cancelled", "info", inboxOnly),
  kind("campaign.late", "A campaign starts late, or is held", "warning", everything),
  kind("node.paused", "A node was paused", "warning", everything),
  kind("provider.suspended", "A mailbox provider asked to be spared", "warning", everything),
  kind("provider.resumed", "A mailbox provider gets mail again", "info", inboxOnly),
  kind("blacklist.listed", "An address or domain is on a blacklist", "critical", everything),
  kind("blacklist.delisted", "An address or domain is no longer on a blacklist", "info", push),
  kind("domain.failing", "Mail of a domain is not authenticated", "warning", everything),
  kind("domain.mended", "Mail of a domain is authenticated again", "info", inboxOnly),
  kind("dmarc.failing", "Mail as a domain fails DMARC", "warning", everything),
  kind("warmup.paused", "A warmup was paused", "warning", everything),
  kind("warmup.completed", "A warmup is completed", "info", push),
  kind("reputation.warned", "Bounces or complaints put a reputation at risk", "warning", everything),
  kind("reputation.slowed", "A domain or a node was slowed down", "warning", everything),
  kind("reputation.stopped", "A domain or a node was stopped", "critical", everything),
  kind("reputation.recovered", "A domain or a node goes on", "info", push),
  kind("webhook.disabled", "A webhook was disabled", "warning", everything),
  kind("dead_letters.growing", "Dead letters are growing", "warning", everything),
  kind("alert.raised", "An alert was raised", "warning", everything),
  kind("alert.cleared", "An alert has cleared", "info", push),
  kind(
    "security.new_sign_in",
    "Somebody signed in with your account from a new browser",
    "warning",
    everything,
  ),
  kind("security.password_changed", "Your password was changed", "warning", everything),
  kind("security.second_factor_removed", "Your second factor was removed", "critical", everything),
  kind("security.key_created", "An API key was created", "warning", ["email"]),
  kind("notification.test", "A test", "info", everything),
] as const satisfies readonly NotificationKind[];

export function findNotificationKind(name: string): NotificationKind | undefined {
  return notificationKinds.find((known) => known.kind === name);
}

/** A kind that is not known goes out by what its severity is worth. */
export function defaultChannels(name: string, severity: Severity): readonly Channel[] {
  return findNotificationKind(name)?.channels ?? (severity === "info" ? inboxOnly : everything);
}

function kind(name: string, title: string, severity: Severity, goesBy: readonly Channel[]): NotificationKind {
  return { kind: name, title, severity, channels: goesBy };
}

/** Nothing of these needs anybody. */
function kindsOf(
  of: string,
  ends: Record<string, readonly [title: string, channels: readonly Channel[]]>,
): NotificationKind[] {
  return Object.entries(ends).map(([end, [title, goesBy]]) => kind(`${of}.${end}`, title, "info", goesBy));
}
