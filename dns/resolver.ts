import dns from "node:dns";
import { setTimeout as sleep } from "node:timers/promises";
import type { DnsAnswer } from "../domain/blacklist-answers.js";

/** Asks name servers for records. Rejects with Node's DNS errors (`ENOTFOUND`, `ENODATA`, `ETIMEOUT`, …). */
export type DnsResolver = dns.promises.Resolver;

/** @param servers `address:port`; empty or absent: those of the machine. @param timeoutMs of the first of two tries */
export function createResolver(servers: readonly string[] = [], timeoutMs = 3_000): DnsResolver {
  const resolver = new dns.promises.Resolver({ timeout: timeoutMs, tries: 2 });
  if (servers.length > 0) resolver.setServers(servers);
  return resolver;
}

/** Codes of c-ares that say that there is no such record; every other says that nobody knows. */
const absent = new Set(["ENOTFOUND", "ENODATA"]);

export function isAbsent(error: unknown): boolean {
  return error instanceof Error && "code" in error && absent.has(String(error.code));
}

/** What went wrong, for people. */
export function dnsFailure(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
  return code === "ETIMEOUT" || code === "ECANCELLED"
    ? "The name server did not answer in time."
    : `The name server could not answer (${code}).`;
}

export interface PacedQuestions {
  /** Questions a second, over all callers. */
  perSecond: number;
  /** Told of each question that went out. */
  onAsked?: (answer: DnsAnswer["kind"]) => void;
}

/** Answers are kept for their time to live, within these bounds; what is not there for ten minutes; failures not at all. */
const shortestMs = 60_000;
const longestMs = 15 * 60_000;
const absentMs = 10 * 60_000;
const kept = 20_000;

/** Asks for IPv4 addresses, paced and kept for a while; never rejects. */
export function createPacedQuestions(
  resolver: DnsResolver,
  { perSecond, onAsked }: PacedQuestions,
): (name: string) => Promise<DnsAnswer> {
  const answers = new Map<string, { answer: Promise<DnsAnswer>; until: number }>();
  let nextAt = 0;

  const ask = async (name: string): Promise<{ answer: DnsAnswer; keepMs: number }> => {
    const now = Date.now();
    nextAt = Math.max(nextAt + 1_000 / perSecond, now);
    await sleep(nextAt - now);
    try {
      const records = await resolver.resolve4(name, { ttl: true });
      const ttlMs = Math.min(...records.map(({ ttl }) => ttl * 1_000));
      const addresses = records.map(({ address }) => address);
      return {
        answer: { kind: "addresses", addresses },
        keepMs: Math.min(longestMs, Math.max(shortestMs, ttlMs)),
      };
    } catch (error) {
      if (isAbsent(error)) return { answer: { kind: "none" }, keepMs: absentMs };
      return { answer: { kind: "failed", reason: dnsFailure(error) }, keepMs: 0 };
    }
  };

  return (name) => {
    const known = answers.get(name);
    if (known && known.until > Date.now()) return known.answer;
    const entry = { answer: Promise.resolve<DnsAnswer>({ kind: "none" }), until: Infinity };
    entry.answer = ask(name).then(({ answer, keepMs }) => {
      entry.until = Date.now() + keepMs;
      onAsked?.(answer.kind);
      return answer;
    });
    answers.delete(name);
    answers.set(name, entry);
    if (answers.size > kept) answers.delete(answers.keys().next().value as string);
    return entry.answer;
  };
}
