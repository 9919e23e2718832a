import type { LookupFunction } from "node:net";
import { Agent, request } from "undici";
import type { TextAnswer } from "../domain/dns-records.js";

/** RFC 8461, 3.3: no redirects, the certificate is checked, 64 kB are enough. */
const largestBytes = 64 * 1024;
const withinMs = 10_000;

/** @param lookup leads to addresses that may be asked: the host is whatever a tenant names */
export function createMtaStsFetch(lookup: LookupFunction): {
  fetch: (host: string) => Promise<TextAnswer>;
  close: () => Promise<void>;
} {
  const dispatcher = new Agent({ connect: { lookup }, maxResponseSize: largestBytes });
  const fetch = async (host: string): Promise<TextAnswer> => {
    const url = `https://${host}/.well-known/mta-sts.txt`;
    try {
      const signal = AbortSignal.timeout(withinMs);
      const { statusCode, body } = await request(url, { dispatcher, signal });
      const text = await body.text();
      if (statusCode !== 200) return { kind: "failed", reason: `${url} answered ${statusCode}.` };
      return { kind: "found", texts: [text] };
    } catch {
      // The cause could tell what stands at addresses inside.
      return { kind: "failed", reason: `${url} could not be read: no answer, or no good certificate.` };
    }
  };
  return { fetch, close: () => dispatcher.close() };
}
