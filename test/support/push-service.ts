import ece from "http_ece";
import { jwtVerify } from "jose";
import { createECDH, createPublicKey, randomBytes, type ECDH } from "node:crypto";
import { createServer, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { PushAnswers } from "./push-answers.js";

export interface ReceivedPush {
  path: string;
  headers: IncomingHttpHeaders;
  /** Decrypted as a browser would. */
  payload: Record<string, unknown>;
  /** Of the VAPID token, whose signature was verified by the key beside it. */
  vapid: { publicKey: string; claims: Record<string, unknown> };
}

/** A browser's push service, and the browsers behind it: it decrypts what arrives and verifies who sent it. */
export interface PushService {
  url: string;
  received: ReceivedPush[];
  answers: PushAnswers;
  /** As `PushManager.subscribe` gives it. */
  subscribe(): { endpoint: string; keys: { p256dh: string; auth: string } };
  close(): Promise<void>;
}

export async function startPushService(): Promise<PushService> {
  const browsers = new Map<string, { ecdh: ECDH; auth: Buffer }>();
  const received: ReceivedPush[] = [];
  const answers = new PushAnswers();
  const server = createServer((request, response) => {
    void take(request)
      .then((push) => received.push(push))
      .then(() => {
        const { status = 201, retryAfter, reason = "", silence } = answers.next();
        if (silence) return;
        response.writeHead(status, retryAfter === undefined ? {} : { "retry-after": retryAfter }).end(reason);
      })
      .catch((error: unknown) => response.writeHead(400).end(String(error)));
  });

  const take = async (request: IncomingMessage): Promise<ReceivedPush> => {
    const path = request.url ?? "";
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const browser = browsers.get(path);
    if (!browser) throw new Error("No such subscription.");
    const vapid = await verifyVapid(request.headers.authorization ?? "", url);
    if (request.headers["content-encoding"] !== "aes128gcm") throw new Error("Not aes128gcm.");
    const plain = ece.decrypt(Buffer.concat(chunks), {
      ...{ version: "aes128gcm", privateKey: browser.ecdh, authSecret: browser.auth.toString("base64url") },
    });
    const payload = JSON.parse(plain.toString()) as Record<string, unknown>;
    return { path, headers: request.headers, payload, vapid };
  };

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    ...{ url, received, answers },
    subscribe() {
      const path = `/push/${randomBytes(8).toString("hex")}`;
      const browser = { ecdh: createECDH("prime256v1"), auth: randomBytes(16) };
      const p256dh = browser.ecdh.generateKeys("base64url");
      browsers.set(path, browser);
      return { endpoint: `${url}${path}`, keys: { p256dh, auth: browser.auth.toString("base64url") } };
    },
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** RFC 8292: `vapid t=<JWT>, k=<public key>`; the audience is this service. */
async function verifyVapid(authorization: string, origin: string): Promise<ReceivedPush["vapid"]> {
  const [, token = "", publicKey = ""] = /^vapid t=([^,\s]+), ?k=([\w-]+)$/.exec(authorization) ?? [];
  const point = Buffer.from(publicKey, "base64url");
  const key = createPublicKey({
    format: "jwk",
    key: {
      ...{ kty: "EC", crv: "P-256" },
      x: point.subarray(1, 33).toString("base64url"),
      y: point.subarray(33).toString("base64url"),
    },
  });
  const { payload } = await jwtVerify(token, key, { algorithms: ["ES256"], audience: origin });
  return { publicKey, claims: payload };
}
