import type { DmarcCounts, DmarcPolicy, DmarcResult } from "./dmarc.js";

export interface DmarcSource extends DmarcCounts {
  sourceIp: string;
  dkimAligned: number;
  spfAligned: number;
  /** The tenant's node that it is; null: unknown. */
  nodeId: string | null;
  /** Domains that DKIM or SPF passed for, aligned or not. */
  passedFor: string[];
}

/** What to do, worst first. */
export interface DmarcAdvice {
  severity: "critical" | "warning" | "info" | "good";
  text: string;
}

export interface DmarcStanding extends DmarcCounts {
  domain: string;
  /** As the newest report has it; null: there is none. */
  policy: Pick<DmarcPolicy, "p" | "pct" | "isTesting"> | null;
  sources: readonly DmarcSource[];
  /** Days with reports. */
  days: number;
}

/** Less than this share fails: what is left is forwarded mail and forgery, which a stricter policy is for. */
const tightenShare = 0.02;
/** Too few say nothing of what else sends. */
const tightenMessages = 100;
const tightenDays = 7;
const namedSources = 5;

export function adviseOnDmarc(standing: DmarcStanding): DmarcAdvice[] {
  const { messages } = standing;
  if (messages === 0) return [];
  return [...nodeAdvice(standing), ...sourceAdvice(standing), ...policyAdvice(standing)];
}

/** Our own mail that fails comes first: it is ours to mend. */
function nodeAdvice({ domain, sources }: DmarcStanding): DmarcAdvice[] {
  return sources
    .filter(({ nodeId, failing }) => nodeId !== null && failing > 0)
    .slice(0, namedSources)
    .map(({ sourceIp, nodeId, failing, messages }) => ({
      severity: "critical",
      text:
        `${sourceIp} is your node ${nodeId}: ${failing} of its ${messages} messages as ${domain} pass neither DKIM nor SPF.` +
        ` Add a signing key for ${domain} and publish it, or let its return-path domain be below ${domain}.`,
    }));
}

function sourceAdvice({ domain, sources }: DmarcStanding): DmarcAdvice[] {
  return sources
    .filter(({ nodeId, failing }) => nodeId === null && failing > 0)
    .slice(0, namedSources)
    .map((source) => ({ severity: "warning", text: ofUnknownSource(domain, source) }));
}

function ofUnknownSource(domain: string, { sourceIp, failing, messages, passedFor }: DmarcSource): string {
  const what = `${sourceIp} sends as ${domain}`;
  if (failing < messages)
    return `${what} and ${failing} of ${messages} messages pass neither: it is known to some of your records only; most likely it forwards, or one of its services is not signed for ${domain}.`;
  if (passedFor.length > 0)
    return `${what}, passing for ${passedFor.join(", ")} and not for ${domain} (${failing} messages): if you use that service, have it sign with a key of ${domain}; otherwise it forwards your mail, or forges it.`;
  return `${what} and passes neither DKIM nor SPF (${failing} messages): if it is yours, sign its mail or name it in SPF; if it is not, it forges you, and a stricter policy stops it.`;
}

function policyAdvice({ domain, messages, failing, policy, days, sources }: DmarcStanding): DmarcAdvice[] {
  if (policy === null) return [];
  const passing = percent(messages - failing, messages);
  const isOurs = sources.some(({ nodeId, failing: own }) => nodeId !== null && own > 0);
  const isKnown = messages >= tightenMessages && days >= tightenDays;
  const isGood = failing <= messages * tightenShare && !isOurs;
  if (policy.p === "reject" && !isPartial(policy)) {
    if (failing > messages * tightenShare && isOurs)
      return [{ severity: "critical", text: `p=reject, and ${passing} pass: mail of yours is refused.` }];
    return [{ severity: "good", text: `p=reject and ${passing} pass: nobody else can send as ${domain}.` }];
  }
  const stands = policy.p === "none" ? "p=none" : `p=${policy.p}${shareOf(policy)}`;
  if (!isGood)
    return [
      { severity: "info", text: `${stands} and ${passing} pass: mend what fails before you tighten it.` },
    ];
  if (!isKnown)
    return [
      {
        severity: "info",
        text: `${stands} and ${passing} pass: wait for ${tightenDays} days of reports and ${tightenMessages} messages before you tighten it.`,
      },
    ];
  const next =
    policy.p === "none" ? "quarantine" : isPartial(policy) ? `${policy.p} for all of it` : "reject";
  return [{ severity: "info", text: `${stands} and ${passing} pass: tighten to ${next}.` }];
}

function isPartial({ pct, isTesting }: Pick<DmarcPolicy, "pct" | "isTesting">): boolean {
  return isTesting || (pct !== null && pct < 100);
}

function shareOf({ pct, isTesting }: Pick<DmarcPolicy, "pct" | "isTesting">): string {
  if (isTesting) return " (only tried: t=y)";
  return pct !== null && pct < 100 ? ` for ${pct} %` : "";
}

/** Never 100 % while one fails. */
function percent(part: number, whole: number): string {
  const value = (100 * part) / whole;
  return `${part < whole ? Math.min(99.9, Math.floor(value * 10) / 10) : 100} %`;
}

/** Domains that a message passed for, by DKIM or SPF. */
export function passedDomains(results: readonly DmarcResult[]): string[] {
  return [...new Set(results.filter(({ result }) => result === "pass").map(({ domain }) => domain))];
}
