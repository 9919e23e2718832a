import { importPKCS8, SignJWT } from "jose";
import { request, type Dispatcher } from "undici";
import { z } from "zod";

/** Of Google Cloud, as its file has it. */
export interface ServiceAccount {
  projectId: string;
  clientEmail: string;
  /** PKCS#8, PEM. */
  privateKey: string;
  tokenUri: string;
}

export interface AccessTokens {
  /** Kept until shortly before it ends; asked for once, however many wait for it. @throws TokenRefused, or what the connection threw */
  get(signal: AbortSignal): Promise<string>;
  /** Not taken any more. */
  forget(token: string): void;
}

export class TokenRefused extends Error {
  readonly status: number;
  readonly retryAfter: string | string[] | undefined;

  constructor(status: number, reason: string, retryAfter: string | string[] | undefined) {
    super(`Google gave no access token (${status}${reason === "" ? "" : `, ${reason}`}).`);
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

const scope = "https://www.googleapis.com/auth/firebase.messaging";
const grantType = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const assertedSeconds = 3_600;
/** Before its end: what is under way with it still arrives. */
const marginMs = 60_000;

const answerSchema = z.object({ access_token: z.string().min(1), expires_in: z.number().positive() });
const refusalSchema = z.object({ error: z.string() });

/** OAuth 2 for service accounts: a JWT that the account signs, for a token of an hour (RFC 7523). */
export function createAccessTokens(
  account: ServiceAccount,
  { dispatcher, now = Date.now }: { dispatcher: Dispatcher; now?: () => number },
): AccessTokens {
  let held: { token: string; untilMs: number } | undefined;
  let asking: Promise<string> | undefined;

  const ask = async (): Promise<string> => {
    const key = await importPKCS8(account.privateKey, "RS256");
    const issued = Math.floor(now() / 1_000);
    const assertion = await new SignJWT({ scope })
      .setProtectedHeader({ alg: "RS256", typ: "JWT" })
      .setIssuer(account.clientEmail)
      .setAudience(account.tokenUri)
      .setIssuedAt(issued)
      .setExpirationTime(issued + assertedSeconds)
      .sign(key);
    const answer = await request(account.tokenUri, {
      ...{ dispatcher, method: "POST", headersTimeout: 10_000, bodyTimeout: 10_000 },
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams({ grant_type: grantType, assertion }).toString(),
    });
    const body: unknown = await answer.body.json().catch(() => null);
    const given = answerSchema.safeParse(body);
    if (answer.statusCode !== 200 || !given.success) {
      const reason = refusalSchema.safeParse(body).data?.error.slice(0, 100) ?? "";
      throw new TokenRefused(answer.statusCode, reason, answer.headers["retry-after"]);
    }
    const { access_token: token, expires_in: seconds } = given.data;
    held = { token, untilMs: now() + seconds * 1_000 - marginMs };
    return token;
  };

  return {
    get(signal) {
      signal.throwIfAborted();
      if (held && held.untilMs > now()) return Promise.resolve(held.token);
      asking ??= ask().finally(() => (asking = undefined));
      return asking;
    },
    forget(token) {
      if (held?.token === token) held = undefined;
    },
  };
}
