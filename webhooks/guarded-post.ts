import { isIP } from "node:net";
import type { ConnectionOptions } from "node:tls";
import { Agent, buildConnector } from "undici";
import type { WebhookReply } from "../activities/webhook-ports.js";
import { parseWebhookUrl, type PortRange } from "../domain/webhook-url.js";
import { DeadlineExceeded, toNoAnswer } from "./failure.js";
import {
  createNameServerResolve,
  ForbiddenAddress,
  guardedLookup,
  permitsPrivate,
  permitsPublic,
  systemResolve,
  type Resolve,
} from "./guarded-lookup.js";
import { readAnswer } from "./reply.js";

export interface GuardedPostOptions {
  /** Default `defaultWebhookPorts`. */
  ports?: readonly PortRange[];
  /** Addresses with ports of the name servers that are asked; default: the machine's. */
  nameServers?: readonly string[];
  /** Passed to every TLS connection, e.g. `{ ca }` of receivers without a public name. */
  tls?: ConnectionOptions;
}

/** One request to an address that somebody else has named. */
export interface GuardedRequest {
  url: string;
  headers: Record<string, string>;
  body: string | Buffer;
  /** For everything: name, connection, answer and its body. */
  timeoutMs: number;
  /** True when the host may be an address that is not public. */
  allowPrivate: boolean;
}

export interface GuardedPost {
  /** Never throws for what the other side did; an abort by `signal` rejects with its reason. */
  post(request: GuardedRequest, signal: AbortSignal): Promise<WebhookReply>;
  close(): Promise<void>;
}

/** Shorter than a request may take, so that a host without an answer is told from a receiver that thinks. */
const connectTimeoutMs = 10_000;
/** A second address is tried when the first has not answered by then. */
const nextAddressMs = 1_000;

/**
 * POST over HTTP/1.1. Redirects are not followed; every address is checked that is connected to. Hosts that may be private
 * have connections of their own: a shared one would lead others past the check.
 */
export function createGuardedPost(options: GuardedPostOptions = {}): GuardedPost {
  const guarded = createAgent(createNameServerResolve(options.nameServers), permitsPublic, options.tls);
  const open = createAgent(systemResolve, permitsPrivate, options.tls);
  return {
    post: (request, signal) =>
      post(request, { signal, ports: options.ports, agent: request.allowPrivate ? open : guarded }),
    close: async () => void (await Promise.all([guarded.destroy(), open.destroy()])),
  };
}

/** Idle connections are kept for some seconds only: there are many receivers, and most hear from us rarely. */
function createAgent(
  resolve: Resolve,
  permits: (address: string) => boolean,
  tls: ConnectionOptions = {},
): Agent {
  const connect = buildConnector({
    ...tls,
    lookup: guardedLookup(resolve, permits),
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: nextAddressMs,
    timeout: connectTimeoutMs,
  });
  return new Agent({
    keepAliveTimeout: 4_000,
    keepAliveMaxTimeout: 30_000,
    // The deadline covers all of a request; these would cover a part each.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: (to, callback) => {
      // An address is connected to without a lookup.
      if (isIP(to.hostname) !== 0 && !permits(to.hostname)) callback(new ForbiddenAddress(), null);
      else connect(to, callback);
    },
  });
}

interface Way {
  signal: AbortSignal;
  agent: Agent;
  ports: readonly PortRange[] | undefined;
}

async function post(request: GuardedRequest, { signal, agent, ports }: Way): Promise<WebhookReply> {
  const begin = performance.now();
  const durationMs = () => Math.round(performance.now() - begin);
  const target = parseWebhookUrl(request.url, ports);
  if ("problem" in target)
    return { kind: "refused", reason: "invalid-url", detail: `The URL ${target.problem}.`, durationMs: 0 };
  try {
    const answer = await withDeadline(request.timeoutMs, signal, async (until) => {
      const response = await agent.request({
        origin: target.url.origin,
        path: target.url.pathname + target.url.search,
        method: "POST",
        headers: request.headers,
        body: request.body,
        signal: until,
      });
      return readAnswer(response, Date.now());
    });
    return { kind: "answered", ...answer, durationMs: durationMs() };
  } catch (error) {
    signal.throwIfAborted();
    return { ...toNoAnswer(error), durationMs: durationMs() };
  }
}

/** One clock for name, connection, answer and body: a receiver that sends a byte a second does not win more time. */
async function withDeadline<T>(
  timeoutMs: number,
  signal: AbortSignal,
  work: (until: AbortSignal) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const end = new AbortController();
  const timer = setTimeout(() => end.abort(new DeadlineExceeded(timeoutMs)), timeoutMs);
  const stop = () => end.abort(signal.reason);
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await work(end.signal);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  }
}
