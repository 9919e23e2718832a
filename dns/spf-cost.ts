import { asksDns, recordsOf, spfTerms, type SpfCost, type TextAnswer } from "../domain/dns-records.js";

/** Beyond this nobody goes on counting: twice what is allowed. */
const countedAtMost = 20;

/**
 * How many lookups an SPF record takes with all that it includes, whatever the address (RFC 7208, 4.6.4): a receiver may
 * stop sooner, at the first that matches.
 */
export async function spfCost(
  txt: (name: string) => Promise<TextAnswer>,
  domain: string,
  answer: TextAnswer,
): Promise<SpfCost | null> {
  const cost: SpfCost = { lookups: 0, voidLookups: 0, problem: null };
  const seen = new Set([domain]);

  const walk = async (name: string, at: TextAnswer): Promise<void> => {
    const records = recordsOf(at, "v=spf1");
    const terms = records.length === 1 ? spfTerms(records[0] ?? "") : null;
    if (terms === null || "problem" in terms) {
      const why = terms === null ? `it has ${records.length} SPF records` : terms.problem;
      if (name !== domain) cost.problem ??= `It includes ${name}, which counts for nothing: ${why}.`;
      return;
    }
    for (const term of terms.filter(asksDns)) {
      cost.lookups += 1;
      if (cost.lookups > countedAtMost) return;
      // A macro depends on the message (RFC 7208, 7), and so cannot be followed here.
      if (!["include", "redirect"].includes(term.name) || term.value.includes("%")) continue;
      const next = term.value.toLowerCase().replace(/\.$/, "");
      if (seen.has(next)) {
        cost.problem ??= `It includes ${next} in a circle.`;
        continue;
      }
      seen.add(next);
      const found = await txt(next);
      if (found.kind === "none") cost.voidLookups += 1;
      if (found.kind !== "failed") await walk(next, found);
    }
  };

  if (recordsOf(answer, "v=spf1").length !== 1) return null;
  await walk(domain, answer);
  return cost;
}
