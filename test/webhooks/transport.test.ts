import { once } from "node:events";
import https from "node:https";
import net, { type AddressInfo } from "node:net";
import { SMTPServer } from "smtp-server";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import type { WebhookReply, WebhookRequest } from "../../activities/webhook-ports.js";
import { createWebhookSecret } from "../../webhooks/secret.js";
import { createWebhookTransport, type WebhookTransportOptions } from "../../webhooks/transport.js";
import { startWebhookReceiver } from "../support/webhook-receiver.js";

const receiver = await startWebhookReceiver();
afterAll(() => receiver.kill());
const secret = createWebhookSecret();

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  await receiver.forget();
});

const never = new AbortController().signal;

function transport(options: WebhookTransportOptions = {}) {
  const created = createWebhookTransport(options);
  cleanups.push(() => created.close());
  return created;
}

function requestTo(url: string, over: Partial<WebhookRequest> = {}): WebhookRequest {
  return {
    url,
    webhookId: "evt_1",
    body: '{"type":"email.delivered","data":{"name":"Zoë 🎉"}}',
    secrets: [secret],
    timeoutMs: 10_000,
    allowPrivate: true,
    ...over,
  };
}

/** What is the same in every run. */
function inShort(reply: WebhookReply): string {
  return reply.kind === "answered" ? `answered ${reply.status}` : `${reply.kind} ${reply.reason}`;
}

describe("a webhook request", () => {
  it("arrives once, as it was given, with a signature that the receiver's library verifies", async () => {
    await receiver.behave({ "/hooks?a=1": { secret, keep: true } });
    const request = requestTo(receiver.url("/hooks?a=1"), { secrets: [createWebhookSecret(), secret] });
    expect(await transport().post(request, never)).toMatchObject({ kind: "answered", status: 200, body: "" });
    const [hit, ...others] = await receiver.hits();
    expect(others).toEqual([]);
    expect(hit).toMatchObject({ webhookId: "evt_1", verified: true, body: request.body });
  });

  it("has its own headers besides those of the signature, and cannot replace these", async () => {
    await receiver.behave({ "/own": { secret, keep: true } });
    const headers = { "Webhook-Id": "evt_2", "content-type": "text/plain", "x-tenant": "acme", Host: "else" };
    const reply = await transport().post(requestTo(receiver.url("/own"), { headers }), never);
    expect(inShort(reply)).toBe("answered 200");
    expect(await receiver.hits()).toMatchObject([
      {
        webhookId: "evt_1",
        verified: true,
        headers: { "content-type": "application/json", "x-tenant": "acme" },
      },
    ]);
  });

  it("tells what was answered: the status, how long to wait, and the beginning of the text", async () => {
    const inAnHour = new Date(Date.now() + 3_600_000).toUTCString();
    await receiver.behave({
      "/answers": {
        answers: [
          { kind: "status", status: 204 },
          { kind: "status", status: 410, body: "gone" },
          { kind: "status", status: 429, headers: { "retry-after": "120" }, body: "é".repeat(5_000) },
          { kind: "status", status: 503, headers: { "retry-after": inAnHour }, body: "a\0b" },
          { kind: "status", status: 503, headers: { "retry-after": "soon" } },
          { kind: "status", status: 503, headers: { "retry-after": "99999999999999999999" } },
        ],
      },
    });
    const posts = transport();
    const replies: WebhookReply[] = [];
    for (let i = 0; i < 6; i += 1) replies.push(await posts.post(requestTo(receiver.url("/answers")), never));
    expect(replies).toMatchObject([
      { status: 204, body: "" },
      { status: 410, body: "gone" },
      { status: 429, retryAfterMs: 120_000, body: "é".repeat(512) },
      { status: 503, body: "a\uFFFDb" },
      { status: 503 },
      { status: 503, retryAfterMs: 30 * 86_400_000 },
    ]);
    const [, , , dated, vague] = replies as { retryAfterMs?: number }[];
    expect(dated?.retryAfterMs).toBeGreaterThan(3_500_000);
    expect(dated?.retryAfterMs).toBeLessThanOrEqual(3_600_000);
    expect(vague).not.toHaveProperty("retryAfterMs");
  });

  it("follows no redirect, also not to an address that would be refused", async () => {
    const location = receiver.url("/inside");
    for (const status of [301, 302, 303, 307, 308]) {
      await receiver.behave({ "/out": { answers: [{ kind: "status", status, headers: { location } }] } });
      expect(inShort(await transport().post(requestTo(receiver.url("/out")), never))).toBe(
        `answered ${status}`,
      );
    }
    expect((await receiver.hits()).map(({ path }) => path)).toEqual(Array(5).fill("/out"));
  });

  it("ends with its time, whether nothing is said, or a byte now and then", async () => {
    await receiver.behave({
      "/hang": { answers: [{ kind: "hang" }] },
      "/drip": { answers: [{ kind: "drip" }] },
    });
    const posts = transport();
    const replies = await Promise.all(
      ["/hang", "/drip"].map((path) => posts.post(requestTo(receiver.url(path), { timeoutMs: 400 }), never)),
    );
    expect(replies.map(inShort)).toEqual(["failed timeout", "failed timeout"]);
    for (const { durationMs } of replies) expect(durationMs).toBeGreaterThanOrEqual(390);
    expect(inShort(await posts.post(requestTo(receiver.url("/")), never))).toBe("answered 200");
  });

  it("reads a bounded part of an answer without an end, and takes its status", async () => {
    await receiver.behave({ "/flood": { answers: [{ kind: "flood" }] } });
    const reply = await transport().post(requestTo(receiver.url("/flood")), never);
    expect(reply).toMatchObject({ kind: "answered", status: 200, body: "x".repeat(1_024) });
  });

  it("fails when the headers of the answer are too long", async () => {
    const headers = { "x-long": "x".repeat(40_000) };
    await receiver.behave({ "/long": { answers: [{ kind: "status", status: 200, headers }] } });
    const reply = await transport().post(requestTo(receiver.url("/long")), never);
    expect(inShort(reply)).toBe("failed reply-too-large");
  });

  it("fails when the connection is refused, closed without a word, or speaks something else", async () => {
    const dead = await startWebhookReceiver();
    await dead.kill();
    await receiver.behave({ "/drop": { answers: [{ kind: "drop" }] } });
    const smtp = net.createServer((socket) =>
      socket
        .on("error", () => undefined)
        .resume()
        .end("220 mail.example.com ESMTP\r\n"),
    );
    smtp.listen(0, "127.0.0.1");
    await once(smtp, "listening");
    cleanups.push(() => new Promise((resolve) => smtp.close(resolve)));
    const posts = transport();
    const urls = [dead.url("/"), receiver.url("/drop"), `http://127.0.0.1:${portOf(smtp)}/`];
    const replies = await Promise.all(urls.map((url) => posts.post(requestTo(url), never)));
    expect(replies.map(inShort)).toEqual(Array(3).fill("failed connection"));
    // Nothing of our network is told to whoever reads it.
    expect(JSON.stringify(replies)).not.toContain("127.0.0.1");
  });

  it("stops when its caller does, and says why", async () => {
    await receiver.behave({ "/hang": { answers: [{ kind: "hang" }] } });
    const caller = new AbortController();
    const posting = transport().post(requestTo(receiver.url("/hang")), caller.signal);
    setImmediate(() => caller.abort(new Error("The worker shuts down.")));
    await expect(posting).rejects.toThrow("The worker shuts down.");
  });
});

describe("a webhook request over TLS", () => {
  async function tlsReceiver(): Promise<string> {
    const { key, cert } = new SMTPServer({ secure: true }).options;
    const server = https.createServer({ key, cert }, (_request, response) => response.end("safe"));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    cleanups.push(() => new Promise((resolve) => server.close(resolve)));
    return `https://localhost:${portOf(server)}/`;
  }

  it("fails with a certificate that nobody vouches for", async () => {
    const reply = await transport().post(requestTo(await tlsReceiver()), never);
    expect(inShort(reply)).toBe("failed tls");
  });

  it("fails when the other side speaks no TLS", async () => {
    const reply = await transport().post(requestTo(receiver.url("/").replace("http:", "https:")), never);
    expect(inShort(reply)).toBe("failed tls");
    expect(await receiver.hits()).toEqual([]);
  });

  it("is answered when the certificate is trusted", async () => {
    const posts = transport({ tls: { rejectUnauthorized: false } });
    expect(await posts.post(requestTo(await tlsReceiver()), never)).toMatchObject({
      status: 200,
      body: "safe",
    });
  });
});

function portOf(server: net.Server): number {
  return (server.address() as AddressInfo).port;
}
