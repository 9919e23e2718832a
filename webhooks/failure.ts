import { errors } from "undici";
import type { WebhookReply } from "../activities/webhook-ports.js";
import { ForbiddenAddress } from "./guarded-lookup.js";

type NoAnswer = Exclude<WebhookReply, { kind: "answered" }>;
type Failure = Omit<Extract<NoAnswer, { kind: "failed" }>, "durationMs">;
type Refusal = Omit<Extract<NoAnswer, { kind: "refused" }>, "durationMs">;

/** The time for one request, all of it, is over. */
export class DeadlineExceeded extends Error {
  constructor(timeoutMs: number) {
    super(`No complete answer within ${timeoutMs} ms.`);
  }
}

/** Of `node:tls` and OpenSSL: the certificate, or what was said before it. */
const tlsCodes =
  /^(ERR_TLS|ERR_SSL|EPROTO|CERT_|CRL_|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED|HOSTNAME_MISMATCH|INVALID_|PATH_LENGTH)/;
/** Resolvers report what became of a question under codes that connections have, too. */
const dnsSyscalls = /^(query|getaddrinfo)/;

/**
 * Why there is no answer. The detail names the code only: a driver's message has the address, which tenants need not know.
 * @throws what was thrown, when the other side had no part in it
 */
export function toNoAnswer(thrown: unknown): Failure | Refusal {
  if (thrown instanceof ForbiddenAddress)
    return { kind: "refused", reason: "private-address", detail: thrown.message };
  if (thrown instanceof DeadlineExceeded)
    return { kind: "failed", reason: "timeout", detail: thrown.message };
  if (thrown instanceof errors.HTTPParserError)
    return { kind: "failed", reason: "connection", detail: "The answer is not HTTP." };
  const { code, syscall = "" } = thrown as NodeJS.ErrnoException;
  if (typeof code !== "string" || ourOwn.includes(code)) throw thrown;
  if (dnsSyscalls.test(syscall) || code === "ENOTFOUND")
    return { kind: "failed", reason: "dns", detail: `The host's name was not resolved (${code}).` };
  if (code === "UND_ERR_CONNECT_TIMEOUT" || code === "ETIMEDOUT")
    return { kind: "failed", reason: "timeout", detail: `No connection came about (${code}).` };
  if (tlsCodes.test(code))
    return { kind: "failed", reason: "tls", detail: `TLS was not agreed on (${code}).` };
  if (code === "UND_ERR_HEADERS_OVERFLOW")
    return {
      kind: "failed",
      reason: "reply-too-large",
      detail: `The answer's headers are too long (${code}).`,
    };
  return { kind: "failed", reason: "connection", detail: `The connection failed (${code}).` };
}

const ourOwn = ["UND_ERR_INVALID_ARG", "UND_ERR_DESTROYED", "UND_ERR_CLOSED"];
