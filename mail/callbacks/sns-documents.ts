import type { LookupFunction } from "node:net";
import type { ConnectionOptions } from "node:tls";
import { Agent, buildConnector } from "undici";
import { Unavailable } from "../../domain/errors.js";
import { createCache } from "../cache.js";

/** What Floe asks Amazon SNS for; the URLs are checked by whoever asks. */
export interface SnsDocuments {
  /** The certificate's PEM text. @throws Unavailable */
  loadCertificate(url: URL): Promise<string>;
  /** @throws Unavailable */
  confirmSubscription(url: URL): Promise<void>;
  close(): Promise<void>;
}

export interface SnsDocumentsOptions {
  /** Passed to every TLS connection, e.g. `{ ca }` of a server without a public name. */
  tls?: ConnectionOptions;
  /** In place of the machine's way of resolving names. */
  lookup?: LookupFunction;
  /** Default 443. */
  port?: number;
}

/** Amazon changes a certificate about once a year, and its URL with it. */
const kept = { certificates: 20, ms: 24 * 3_600_000 };
const waitMs = 5_000;
const largestBytes = 64 * 1_024;

/** Fetches over TLS, by the name in the URL; redirects are not followed. */
export function createSnsDocuments(options: SnsDocumentsOptions = {}): SnsDocuments {
  const certificates = createCache<Promise<string>>(kept.certificates, kept.ms);
  const { tls, lookup, port } = options;
  const agent = new Agent({
    // Whoever makes up certificates has us ask for few at once.
    connections: 4,
    headersTimeout: waitMs,
    bodyTimeout: waitMs,
    connect: buildConnector({ ...tls, ...(lookup && { lookup }), timeout: waitMs }),
  });

  async function get(url: URL): Promise<string> {
    try {
      const { statusCode, body } = await agent.request({
        origin: `https://${url.hostname}:${port ?? 443}`,
        path: url.pathname + url.search,
        method: "GET",
        signal: AbortSignal.timeout(2 * waitMs),
      });
      const content = await beginningOf(body);
      if (statusCode !== 200) throw new Error(`answered ${statusCode}`);
      return content;
    } catch (error) {
      throw new Unavailable("Amazon SNS", error);
    }
  }

  return {
    loadCertificate: (url) => certificates.get(url.href, () => get(url)),
    confirmSubscription: async (url) => void (await get(url)),
    close: () => agent.destroy(),
  };
}

async function beginningOf(body: AsyncIterable<unknown>): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > largestBytes) throw new Error(`answered with more than ${largestBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
