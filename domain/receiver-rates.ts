/** What the receiving side makes of mail, as shares of it, and the limits that mailbox providers and ESPs have published. */

/** Counts of some time. */
export interface ReceiverFacts {
  accepted: number;
  /** Attempts that were put off. */
  deferred: number;
  bounced: number;
  complained: number;
  opened: number;
  clicked: number;
  /** Of letters of the warmup pool: seen where they arrived, and of these in junk. Absent: none is. */
  found?: number;
  junk?: number;
}

export const noFacts: ReceiverFacts = {
  ...{ accepted: 0, deferred: 0, bounced: 0 },
  ...{ complained: 0, opened: 0, clicked: 0 },
};

export function sumFacts(sum: ReceiverFacts, day: ReceiverFacts): ReceiverFacts {
  return {
    accepted: sum.accepted + day.accepted,
    deferred: sum.deferred + day.deferred,
    bounced: sum.bounced + day.bounced,
    complained: sum.complained + day.complained,
    opened: sum.opened + day.opened,
    clicked: sum.clicked + day.clicked,
    found: (sum.found ?? 0) + (day.found ?? 0),
    junk: (sum.junk ?? 0) + (day.junk ?? 0),
  };
}

/** Days whose facts are judged together: mailbox providers look at weeks rather than hours, and single days are small. */
export const healthWindowDays = 7;

/**
 * Amazon SES reviews a sender at 5 % bounces and pauses it at 10 %; half of the former is our own warning.
 * https://www.repost.aws/knowledge-center/ses-resolve-account-review-pause
 */
export const bounceLimits = { warn: 0.025, review: 0.05, pause: 0.1 } as const;

/**
 * Gmail asks to stay below 0.10 % complaints and never to reach 0.30 %; SES reviews at 0.1 %; half of that is our own warning.
 * https://support.google.com/mail/answer/81126
 */
export const complaintLimits = { warn: 0.0005, review: 0.001, pause: 0.003 } as const;

/** Gmail asks to send less when messages are deferred, until fewer are; which share that is, is ours. */
export const deferralLimits = { warn: 0.15, review: 0.3, most: 0.6 } as const;

export function percent(share: number): string {
  return `${Number((share * 100).toFixed(share < 0.01 ? 2 : 1))} %`;
}
