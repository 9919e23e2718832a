/** How a domain, a node or a mailbox provider's view of a tenant is scored: 100 less what each factor costs, explained. */
import type { FindingStatus } from "./domain-checks.js";
import {
  bounceLimits,
  complaintLimits,
  deferralLimits,
  healthWindowDays,
  percent,
  type ReceiverFacts,
} from "./receiver-rates.js";

export const reputationKinds = ["domain", "node", "mailbox-provider"] as const;
/** Of From; that mail leaves from; that a tenant's mail goes to. */
export type ReputationKind = (typeof reputationKinds)[number];

export const reputationFactors = [
  ...(["complaints", "bounces", "blacklists", "authentication"] as const),
  ...(["deferrals", "engagement", "steadiness"] as const),
] as const;
export type ReputationFactorName = (typeof reputationFactors)[number];

/** What one factor costs. */
export interface ReputationFactor {
  name: ReputationFactorName;
  /** Points; 0 also where too little is known to say anything. */
  lost: number;
  /** The most that it can cost. */
  max: number;
  /** A sentence with the figures. */
  reason: string;
  /** Whose limits these are; null: our own. */
  source: string | null;
}

/** Of a domain as a whole. */
export type Authentication = Exclude<FindingStatus, "optional">;

export interface ReputationFacts {
  /** Of the week; bounces include what came back later. */
  week: ReceiverFacts;
  /** Accepted in the week before: complaints and late bounces may be of mail that left then. */
  acceptedBefore: number;
  /** Messages tried on each day with mail of the last two weeks, the oldest first. */
  volumes: readonly number[];
  /** As DNS has it; null: never looked up; undefined: it does not apply. */
  authentication: Authentication | null | undefined;
  /** Lists that have it, each once; undefined: it does not apply. */
  listedOn: readonly string[] | undefined;
}

export interface ReputationScore {
  /** 0 to 100; null: too little mail to say anything. */
  score: number | null;
  factors: ReputationFactor[];
}

/** Messages tried within the week, of which fewer have no score. Ours. */
export const fewestForScore = 100;

/** The score is 100 less all that was lost, and 0 at least. */
export function scoreReputation(facts: ReputationFacts): ReputationScore {
  if (triedOf(facts.week) < fewestForScore) return { score: null, factors: [] };
  const factors = [
    complaints(facts),
    bounces(facts),
    ...(facts.listedOn === undefined ? [] : [blacklists(facts.listedOn)]),
    ...(facts.authentication === undefined ? [] : [authentication(facts.authentication)]),
    deferrals(facts.week),
    engagement(facts.week),
    steadiness(facts.volumes),
  ];
  return { score: Math.max(0, 100 - factors.reduce((sum, { lost }) => sum + lost, 0)), factors };
}

/** Messages that a receiving server has answered. */
export function triedOf({ accepted, deferred, bounced }: ReceiverFacts): number {
  return accepted + deferred + bounced;
}

const gmail = "https://support.google.com/mail/answer/81126";
const amazonSes = "https://www.repost.aws/knowledge-center/ses-resolve-account-review-pause";
const spamhaus = "https://www.spamhaus.org/dnsbl-usage/";

const theWeek = `the last ${healthWindowDays} days'`;

/** Three are the fewest that a share of 0.1 % and more can be told by. */
const fewestComplaints = { base: 1_000, count: 3 };

function complaints({ week, acceptedBefore }: ReputationFacts): ReputationFactor {
  const base = Math.max(week.accepted, acceptedBefore);
  return byShare({
    ...{ name: "complaints", max: 40, source: gmail, did: "complained", of: "accepted" },
    ...{ count: week.complained, base, fewest: fewestComplaints },
    steps: [
      [0, 0],
      [complaintLimits.warn, 8],
      [complaintLimits.review, 20],
      [complaintLimits.pause, 40],
    ],
  });
}

function bounces({ week }: ReputationFacts): ReputationFactor {
  return byShare({
    ...{ name: "bounces", max: 35, source: amazonSes, did: "bounced", of: "sent" },
    ...{ count: week.bounced, base: week.accepted + week.bounced, fewest: { base: 100, count: 10 } },
    steps: [
      [0, 0],
      [bounceLimits.warn, 8],
      [bounceLimits.review, 18],
      [bounceLimits.pause, 35],
    ],
  });
}

/** A few are what greylisting does. */
const ordinaryDeferrals = 0.05;

function deferrals({ accepted, deferred }: ReceiverFacts): ReputationFactor {
  return byShare({
    ...{ name: "deferrals", max: 15, source: gmail, did: "deferred", of: "tried" },
    ...{ count: deferred, base: accepted + deferred, fewest: { base: 100, count: 50 } },
    steps: [
      [ordinaryDeferrals, 0],
      [deferralLimits.warn, 4],
      [deferralLimits.review, 8],
      [deferralLimits.most, 15],
    ],
  });
}

/** One list may be wrong, or small; what is on several is believed by most. */
const firstList = 25;
const furtherList = 5;
const mostForLists = 40;

function blacklists(listedOn: readonly string[]): ReputationFactor {
  const lost =
    listedOn.length === 0 ? 0 : Math.min(mostForLists, firstList + (listedOn.length - 1) * furtherList);
  const reason =
    listedOn.length === 0
      ? "It is on none of the lists that are asked."
      : `Listed on ${listedOn.join(", ")}.`;
  return { name: "blacklists", lost, max: mostForLists, reason, source: spamhaus };
}

const authenticationCosts = { pass: 0, warning: 8, fail: 35, unknown: 0 } as const;

/** Gmail, Yahoo and Outlook refuse bulk mail without SPF, DKIM and DMARC. */
function authentication(status: Authentication | null): ReputationFactor {
  const words = {
    pass: "SPF, DKIM and DMARC are as they should be.",
    warning: "Something of SPF, DKIM, DMARC or what else stands in DNS could be better.",
    fail: "Mail is not authenticated as mailbox providers ask for.",
    unknown: "Nobody could say how mail is authenticated.",
  } as const;
  return {
    ...{ name: "authentication", lost: status === null ? 0 : authenticationCosts[status] },
    ...{ max: authenticationCosts.fail, source: gmail },
    reason: status === null ? "How mail is authenticated was never looked up." : words[status],
  };
}

const fewestForEngagement = 200;
const goodEngagement = 0.1;
const mostForEngagement = 10;

/** Where nothing is tracked nobody seems to open: without a single reaction nothing is said. */
function engagement({ accepted, opened, clicked }: ReceiverFacts): ReputationFactor {
  // A click without an open happens where pictures are not loaded.
  const reacted = Math.max(opened, clicked);
  const of = { name: "engagement", max: mostForEngagement, source: null } as const;
  if (reacted === 0) return { ...of, lost: 0, reason: "Nothing is tracked, or nobody has opened anything." };
  const share = Math.min(1, reacted / Math.max(1, accepted));
  const reason = `${percent(share)} of ${theWeek} ${count(accepted)} accepted were opened or clicked`;
  if (accepted < fewestForEngagement) return { ...of, lost: 0, reason: `${reason}: too few to say.` };
  const lost = Math.round(mostForEngagement * Math.max(0, 1 - share / goodEngagement));
  return { ...of, lost, reason: `${reason}.` };
}

const fewestDays = 3;
const steadyUpTo = 2;
const leapFrom = 10;
const mostForSteadiness = 10;

/** Gmail asks for a consistent rate, without bursts. Days without mail do not count: who writes weekly is steady. */
function steadiness(volumes: readonly number[]): ReputationFactor {
  const of = { name: "steadiness", max: mostForSteadiness, source: gmail } as const;
  if (volumes.length < fewestDays)
    return { ...of, lost: 0, reason: "There was mail on too few days to say how steady it is." };
  const sorted = [...volumes].sort((a, b) => a - b);
  const usual = Math.max(1, sorted[Math.floor((sorted.length - 1) / 2)] ?? 1);
  const busiest = sorted.at(-1) ?? 0;
  const times = busiest / usual;
  const lost =
    busiest < fewestForScore
      ? 0
      : pointsAt(times, [
          [steadyUpTo, 0],
          [leapFrom, mostForSteadiness],
        ]);
  const reason = `The busiest day had ${count(busiest)} messages, a usual one ${count(usual)}.`;
  return { ...of, lost, reason };
}

type Step = readonly [from: number, points: number];

interface Share {
  name: ReputationFactorName;
  max: number;
  source: string;
  did: string;
  of: string;
  count: number;
  base: number;
  /** A share of fewer than so many says nothing, unless so many were counted already. */
  fewest: { base: number; count: number };
  steps: readonly Step[];
}

function byShare({
  name,
  max,
  source,
  did,
  of,
  count: counted,
  base,
  fewest,
  steps,
}: Share): ReputationFactor {
  const share = Math.min(1, counted / Math.max(1, base));
  const words = `${percent(share)} of ${theWeek} ${count(base)} ${of} ${did}`;
  if (base < fewest.base && counted < fewest.count)
    return { name, lost: 0, max, reason: `${words}: too few to say.`, source };
  return { name, lost: pointsAt(share, steps), max, reason: `${words}.`, source };
}

/** Whole points, straight from step to step. */
function pointsAt(value: number, steps: readonly Step[]): number {
  const above = steps.findIndex(([from]) => from > value);
  if (above === 0) return steps[0]?.[1] ?? 0;
  const [from, points] = steps.at(above === -1 ? -1 : above - 1) ?? [0, 0];
  const [to, most] = steps.at(above) ?? [from, points];
  return above === -1 ? points : Math.round(points + ((most - points) * (value - from)) / (to - from));
}

function count(messages: number): string {
  return messages.toLocaleString("en-US");
}
