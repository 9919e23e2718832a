import { jwtVerify } from "jose";
import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { ServiceAccount } from "../../notify/access-token.js";
import { PushAnswers } from "./push-answers.js";

export interface FcmMessage {
  token: string;
  notification: { title: string; body: string };
  data: Record<string, string>;
  android: { collapse_key: string; priority: string };
}

/** Google's token endpoint and FCM's HTTP v1: takes nothing without a token that it gave out. */
export interface FcmServer {
  url: string;
  account: ServiceAccount;
  received: FcmMessage[];
  answers: PushAnswers;
  /** How many access tokens were given out. */
  tokens(): number;
  /** Those that were given out are taken no more. */
  revoke(): void;
  close(): Promise<void>;
}

export async function startFcmServer(): Promise<FcmServer> {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", {
    ...{ modulusLength: 2_048, publicKeyEncoding: { type: "spki", format: "pem" } },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  const received: FcmMessage[] = [];
  const answers = new PushAnswers();
  let given = 0;
  let valid: string | undefined;

  const answer = (response: ServerResponse, status: number, body: unknown, headers = {}): void =>
    void response
      .writeHead(status, { "content-type": "application/json", ...headers })
      .end(JSON.stringify(body));

  const giveToken = async (body: string, response: ServerResponse): Promise<void> => {
    const form = new URLSearchParams(body);
    const { payload } = await jwtVerify(form.get("assertion") ?? "", createPublicKey(publicKey), {
      ...{ algorithms: ["RS256"], issuer: account.clientEmail, audience: account.tokenUri },
    });
    if (payload.scope !== "https://www.googleapis.com/auth/firebase.messaging") throw new Error("Scope.");
    given += 1;
    valid = `ya29.${given}`;
    answer(response, 200, { access_token: valid, expires_in: 3_600, token_type: "Bearer" });
  };

  const takeMessage = (body: string, request: IncomingMessage, response: ServerResponse): void => {
    if (request.headers.authorization !== `Bearer ${valid}`)
      return answer(response, 401, { error: { code: 401, status: "UNAUTHENTICATED" } });
    const { message } = JSON.parse(body) as { message: FcmMessage };
    received.push(message);
    const { status = 200, reason, retryAfter, silence } = answers.next();
    if (silence) return;
    if (status === 200) return answer(response, 200, { name: `projects/p/messages/${received.length}` });
    const type = "type.googleapis.com/google.firebase.fcm.v1.FcmError";
    const error = { code: status, status: "ERROR", details: [{ "@type": type, errorCode: reason }] };
    answer(response, status, { error }, retryAfter === undefined ? {} : { "retry-after": retryAfter });
  };

  const server = createServer((request, response) => {
    void read(request)
      .then((body) => {
        if (request.url === "/token") return giveToken(body, response);
        if (request.url === "/v1/projects/p/messages:send") return takeMessage(body, request, response);
        return answer(response, 404, { error: { status: "NOT_FOUND" } });
      })
      .catch(() => answer(response, 400, { error: "invalid_grant" }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const account = {
    ...{
      projectId: "p",
      clientEmail: "floe@p.iam.example",
      privateKey: privateKey,
      tokenUri: `${url}/token`,
    },
  };
  return {
    ...{ url, account, received, answers, tokens: () => given },
    revoke: () => (valid = undefined),
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
