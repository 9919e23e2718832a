import { decodeProtectedHeader, jwtVerify } from "jose";
import { createPublicKey, generateKeyPairSync } from "node:crypto";
import {
  createSecureServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import type { AddressInfo } from "node:net";
import { createAuthority } from "./authority.js";
import { PushAnswers } from "./push-answers.js";

export interface ReceivedAlert {
  token: string;
  headers: IncomingHttpHeaders;
  body: { aps: { alert: { title: string; body: string } } } & Record<string, unknown>;
}

/** Apple's push service: HTTP/2 over TLS by an authority of its own, token-based. */
export interface ApnsServer {
  url: string;
  ca: Buffer;
  signing: { privateKey: string; keyId: string; teamId: string; topic: string };
  received: ReceivedAlert[];
  answers: PushAnswers;
  /** Provider tokens that were seen. */
  providerTokens: Set<string>;
  connections(): number;
  /** As before a restart of theirs: nothing begins on the connections that are open. */
  goAway(): void;
  close(): Promise<void>;
}

export async function startApnsServer(): Promise<ApnsServer> {
  const authority = await createAuthority("Apple of the tests");
  const { cert, key } = await authority.sign("apns", { dns: ["localhost"], ip: ["127.0.0.1"] });
  const pair = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const signing = {
    privateKey: pair.privateKey.export({ type: "pkcs8", format: "pem" }) as string,
    ...{ keyId: "KEY1234567", teamId: "TEAM123456", topic: "example.floe.app" },
  };
  const received: ReceivedAlert[] = [];
  const answers = new PushAnswers();
  const sessions = new Set<ServerHttp2Session>();
  const providerTokens = new Set<string>();
  let connections = 0;

  const refusal = async (headers: IncomingHttpHeaders): Promise<string | null> => {
    const token = headers.authorization?.replace(/^bearer /, "") ?? "";
    providerTokens.add(token);
    if (decodeProtectedHeader(token).kid !== signing.keyId) return "InvalidProviderToken";
    const verified = await jwtVerify(
      token,
      createPublicKey(pair.publicKey.export({ type: "spki", format: "pem" })),
      {
        ...{ algorithms: ["ES256"], issuer: signing.teamId, maxTokenAge: "1h" },
      },
    ).catch(() => null);
    if (!verified) return "InvalidProviderToken";
    return headers["apns-topic"] === signing.topic ? null : "BadTopic";
  };

  const take = async (stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk);
    const apnsId = { "apns-id": headers["apns-id"] };
    const refused = await refusal(headers);
    if (refused !== null) {
      stream.respond({ ":status": 403, ...apnsId });
      return void stream.end(JSON.stringify({ reason: refused }));
    }
    const body = JSON.parse(Buffer.concat(chunks).toString()) as ReceivedAlert["body"];
    received.push({ token: String(headers[":path"]).replace("/3/device/", ""), headers, body });
    const { status = 200, reason, retryAfter, silence } = answers.next();
    if (silence) return;
    stream.respond({ ":status": status, ...apnsId, ...(retryAfter && { "retry-after": retryAfter }) });
    stream.end(reason === undefined ? "" : JSON.stringify({ reason }));
  };

  const server = createSecureServer({ cert, key });
  server.on("session", (session) => {
    connections += 1;
    sessions.add(session);
    session.on("close", () => sessions.delete(session));
  });
  server.on("stream", (stream, headers) => {
    stream.on("error", () => undefined);
    void take(stream, headers).catch(() => stream.close());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `https://localhost:${(server.address() as AddressInfo).port}`,
    ...{ ca: Buffer.from(authority.ca), signing, received, answers, providerTokens },
    connections: () => connections,
    goAway: () => {
      for (const session of sessions) session.goaway();
    },
    close: () => {
      for (const session of sessions) session.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
