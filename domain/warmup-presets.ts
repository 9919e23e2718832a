/** Ready-made curves. Each says whose figures it follows, and what of it is ours. */
import { warmupKinds, type WarmupKind } from "./warmup-allowance.js";
import type { WarmupPlan } from "./warmup-curve.js";

export interface WarmupPreset extends WarmupPlan {
  title: string;
  /** Where its figures are from. */
  source: string;
  kinds: readonly WarmupKind[];
}

/** Spread over the day, so that an hour that was missed can be caught up, and no more: Gmail asks for a steady rate, no bursts. */
const evenly = { hours: 24, catchUp: 2, total: true, mailboxProviders: {}, engagement: false } as const;
const every = warmupKinds;
const volume: readonly WarmupKind[] = ["node", "domain"];

/** Every mailbox provider has the whole curve to itself. */
const eachAlone = { gmail: 1, outlook: 1, yahoo: 1, apple: 1, gmx: 1, orange: 1, other: 1 };

/** Messages an hour; https://www.twilio.com/docs/sendgrid/concepts/reputation/warm-up-ip-addresses */
const sendGridHours = [20, 28, 39, 55, 77, 108, 151, 211, 295, 413, 579, 810, 1_000, 1_587];

/** Names are stored, and typed by operators: they stay. */
export const warmupPresets: readonly WarmupPreset[] = [
  preset("conservative", volume, {
    title: "Slower than every provider's: 50 a day, 15 % more each day",
    source:
      "Floe's own. Below the pace of all the others here, and far below doubling, which Gmail names as what gets a sender limited (https://support.google.com/mail/answer/81126).",
    curve: { firstDays: [50], growth: 1.15, target: 10_000 },
  }),
  preset("sendgrid", ["node"], {
    title: "Twilio SendGrid's hourly limits, then 40 % more each day",
    source:
      "Twilio SendGrid, automated IP warmup, hourly send schedule (https://www.twilio.com/docs/sendgrid/concepts/reputation/warm-up-ip-addresses). The target is ours; their table goes on to 19.6 million an hour.",
    curve: { firstDays: sendGridHours.map((perHour) => perHour * 24), growth: 1.4, target: 1_000_000 },
    // Theirs is a limit of each hour, with nothing to catch up.
    over: { catchUp: 1 },
  }),
  preset("ses", ["node"], {
    title: "To 50,000 a day in 45 days, as Amazon SES warms up dedicated addresses",
    source:
      "Amazon SES: 45 days to 50,000 a day for each address (https://aws.amazon.com/about-aws/whats-new/2017/03/amazon-ses-can-now-automatically-warm-up-your-dedicated-ip-addresses/). They publish the ends; the even growth between is ours.",
    // 50 × 1.17^44 is just above 50,000.
    curve: { firstDays: [50], growth: 1.17, target: 50_000 },
  }),
  preset("mailtrap", ["node"], {
    title: "Mailtrap's: 300 a day, 30 % more each day, 57,000 on day 21",
    source: "Mailtrap, IP warmup (https://help.mailtrap.io/article/98-ip-warmup).",
    curve: { firstDays: [300], growth: 1.3, target: 57_000 },
  }),
  preset("billionmail", ["node"], {
    title: "BillionMail's table for each mailbox provider, then 30 % more each day",
    source:
      "BillionMail: a curve for each address and mailbox provider, scaled by how recipients react (https://github.com/Billionmail/BillionMail). The target is ours.",
    curve: {
      firstDays: [1_000, 1_500, 2_000, 3_000, 5_000, 7_000, 10_000],
      growth: 1.3,
      target: 200_000,
    },
    over: { total: false, mailboxProviders: eachAlone, engagement: true },
  }),
  preset("postmark", ["domain"], {
    title: "Postmark's for a domain: 100 to each mailbox provider, doubled twice, then 20 % more each day",
    source:
      "Postmark, how to warm up a domain: 100 to 500 for each receiver, then double, then 20 to 50 % a day (https://postmarkapp.com/guides/how-to-warm-up-a-domain). The lower ends; the target is ours.",
    curve: { firstDays: [100, 200, 400], growth: 1.2, target: 50_000 },
    over: { total: false, mailboxProviders: eachAlone },
  }),
  preset("mailbox", every, {
    title: "For a mailbox of a person: 5 a day, one more each day, up to 20",
    source:
      "Mailbeast, 5 a day and one more each day up to 20 (https://docs.mailbeast.ai/en/articles/35-configuring-your-warmup-strategies-and-settings); Smartlead allows 1 to 50 a day (https://api.smartlead.ai/api-reference/email-accounts/warmup-settings).",
    curve: { firstDays: [5], step: 1, target: 20 },
    // A person writes by day.
    over: { hours: 10 },
  }),
];

export function findWarmupPreset(name: string): WarmupPreset | undefined {
  return warmupPresets.find((known) => known.preset === name);
}

/** Its plan alone, with another target if one is wanted. */
export function planOf(
  { title: _title, source: _source, kinds: _kinds, ...plan }: WarmupPreset,
  over: Partial<WarmupPlan> = {},
): WarmupPlan {
  const given = Object.fromEntries(Object.entries(over).filter(([, value]) => value !== undefined));
  return { ...plan, ...given };
}

interface PresetText {
  title: string;
  source: string;
  curve: Pick<WarmupPlan, "firstDays" | "target"> & Partial<Pick<WarmupPlan, "growth" | "step">>;
  over?: Partial<WarmupPlan>;
}

function preset(
  name: string,
  kinds: readonly WarmupKind[],
  { title, source, curve, over }: PresetText,
): WarmupPreset {
  return { preset: name, title, source, kinds, growth: 1, step: 0, ...evenly, ...curve, ...over };
}
