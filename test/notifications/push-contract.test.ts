import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Push, PushDevice, PushPort } from "../../activities/notification-ports.js";
import { createApns } from "../../notify/apns.js";
import { createFcm } from "../../notify/fcm.js";
import { createVapidKeys, createWebPush } from "../../notify/web-push.js";
import { createGuardedPost } from "../../webhooks/guarded-post.js";
import { startApnsServer, type ApnsServer } from "../support/apns-server.js";
import { startFcmServer, type FcmServer } from "../support/fcm-server.js";
import type { PushAnswer, PushAnswers } from "../support/push-answers.js";
import { startPushService, type PushService } from "../support/push-service.js";

const push: Push = {
  messageId: "0b5ad7a4-5f2c-4c7e-9b57-2f1f7f8f0001",
  ...{ title: "An import failed", body: "Line 7 has no address. Äöü 😀", urgent: true, ttlSeconds: 3_600 },
  ...{ url: "https://floe.example/dashboard/notifications", notificationIds: ["n1"] },
};
const never = new AbortController().signal;

let apns: ApnsServer;
let fcm: FcmServer;
let browsers: PushService;
const guarded = createGuardedPost();
const vapid = createVapidKeys();

/** A provider as the one contract sees it. */
interface Side {
  port: PushPort;
  device: PushDevice;
  answers: PushAnswers;
  arrived: () => { title: unknown; body: unknown; repeatKey: unknown }[];
  gone: PushAnswer;
  rejected: PushAnswer;
  away: PushPort;
}

const sides: Record<string, () => Side> = {
  apns: () => ({
    port: apnsPort(),
    device: { deviceId: "a", kind: "apns", address: "ab".repeat(32), p256dh: null, auth: null },
    answers: apns.answers,
    arrived: () =>
      apns.received.map(({ body, headers }) => ({
        ...body.aps.alert,
        repeatKey: headers["apns-collapse-id"],
      })),
    gone: { status: 410, reason: "Unregistered" },
    rejected: { status: 413, reason: "PayloadTooLarge" },
    away: createApns({ ...apns.signing, url: "https://localhost:9", ca: apns.ca }),
  }),
  fcm: () => ({
    port: createFcm({ account: fcm.account, url: fcm.url }),
    device: { deviceId: "f", kind: "fcm", address: "token-of-a-phone", p256dh: null, auth: null },
    answers: fcm.answers,
    arrived: () =>
      fcm.received.map(({ notification, android }) => ({ ...notification, repeatKey: android.collapse_key })),
    gone: { status: 404, reason: "UNREGISTERED" },
    rejected: { status: 400, reason: "INVALID_ARGUMENT" },
    away: createFcm({ account: fcm.account, url: "http://127.0.0.1:9" }),
  }),
  "web push": () => {
    const { endpoint, keys } = browsers.subscribe();
    return {
      port: webPort(),
      device: { deviceId: "w", kind: "web", address: endpoint, ...keys },
      answers: browsers.answers,
      arrived: () =>
        browsers.received.map(({ payload, headers }) => ({
          ...{ title: payload.title, body: payload.body, repeatKey: withDashes(headers.topic) },
        })),
      gone: { status: 410 },
      rejected: { status: 413 },
      away: createWebPush({
        ...{ keys: async () => vapid, subject: "mailto:a@b.example", allowPrivate: true },
        post: (request, signal) => guarded.post({ ...request, url: "http://127.0.0.1:9999/push" }, signal),
      }),
    };
  },
};

beforeAll(async () => {
  [apns, fcm, browsers] = await Promise.all([startApnsServer(), startFcmServer(), startPushService()]);
});
afterAll(async () => {
  await guarded.close();
  await Promise.all([apns.close(), fcm.close(), browsers.close()]);
});

function apnsPort(over: Partial<Parameters<typeof createApns>[0]> = {}): PushPort {
  return createApns({ ...apns.signing, url: apns.url, ca: apns.ca, ...over });
}

function webPort(over: Partial<Parameters<typeof createWebPush>[0]> = {}): PushPort {
  return createWebPush({
    ...{ keys: async () => vapid, subject: "mailto:ops@floe.example", allowPrivate: true },
    post: (request, signal) => guarded.post(request, signal),
    ...over,
  });
}

function withDashes(topic: string | string[] | undefined): string {
  return String(topic).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

describe.each(Object.keys(sides))("Push by %s", (name) => {
  let side: Side;
  beforeAll(() => (side = sides[name]?.() as Side));
  afterAll(async () => {
    await side.port.close();
    await side.away.close();
  });

  it("arrives whole, and is known by its message's id", async () => {
    expect(await side.port.send(push, side.device, never)).toMatchObject({ kind: "accepted" });
    expect(side.arrived().at(-1)).toEqual({ title: push.title, body: push.body, repeatKey: push.messageId });
  });

  it("says when the device is gone, and when it will never be taken", async () => {
    side.answers.plan(side.gone, side.rejected);
    expect(await side.port.send(push, side.device, never)).toMatchObject({
      kind: "gone",
      status: side.gone.status,
    });
    expect(await side.port.send(push, side.device, never)).toMatchObject({ kind: "rejected" });
  });

  it("waits as long as Retry-After says, and by itself without it", async () => {
    side.answers.plan({ status: 429, retryAfter: "120" }, { status: 503 });
    const busy = await side.port.send(push, side.device, never);
    expect(busy).toMatchObject({ kind: "deferred", status: 429, retryAfterMs: 120_000 });
    const down = await side.port.send(push, side.device, never);
    expect(down).toMatchObject({ kind: "deferred", status: 503 });
    expect(down).not.toHaveProperty("retryAfterMs");
  });

  it("is deferred while the provider is away, without naming whom it was for", async () => {
    const outcome = await side.away.send(push, side.device, never);
    expect(outcome).toMatchObject({ kind: "deferred", status: null });
    expect(JSON.stringify(outcome)).not.toContain(side.device.address);
  });
});

describe("APNs", () => {
  const device: PushDevice = {
    deviceId: "a",
    kind: "apns",
    address: "cd".repeat(32),
    p256dh: null,
    auth: null,
  };

  it("uses one connection and one provider token, and new ones when they have ended", async () => {
    let nowMs = Date.now() - 46 * 60_000;
    const port = apnsPort({ now: () => nowMs });
    const [connections, tokens] = [apns.connections(), apns.providerTokens.size];
    await Promise.all([1, 2, 3].map(() => port.send(push, device, never)));
    expect([apns.connections(), apns.providerTokens.size]).toEqual([connections + 1, tokens + 1]);
    nowMs = Date.now();
    apns.goAway();
    expect(await port.send(push, device, never)).toMatchObject({
      kind: "accepted",
      providerId: push.messageId,
    });
    expect(apns.providerTokens.size).toBe(tokens + 2);
    await port.close();
  });

  it("takes nobody's certificate but one of the authority that was named", async () => {
    const port = createApns({ ...apns.signing, url: apns.url });
    const before = apns.received.length;
    expect(await port.send(push, device, never)).toMatchObject({ kind: "deferred" });
    expect(apns.received).toHaveLength(before);
    await port.close();
  });

  it("makes a new provider token when the old one is refused", async () => {
    const port = apnsPort();
    apns.answers.plan({ status: 403, reason: "ExpiredProviderToken" });
    expect(await port.send(push, device, never)).toMatchObject({ kind: "deferred", status: 403 });
    expect(await port.send(push, device, never)).toMatchObject({ kind: "accepted" });
    await port.close();
  });
});

describe("FCM", () => {
  const device: PushDevice = {
    deviceId: "f",
    kind: "fcm",
    address: "token-of-a-phone",
    p256dh: null,
    auth: null,
  };

  it("asks for one access token for many messages, and for another when it is near its end or refused", async () => {
    let nowMs = Date.now();
    const port = createFcm({ account: fcm.account, url: fcm.url, now: () => nowMs });
    const before = fcm.tokens();
    await Promise.all([1, 2, 3].map(() => port.send(push, device, never)));
    expect(fcm.tokens()).toBe(before + 1);
    nowMs += 3_550_000;
    expect(await port.send(push, device, never)).toMatchObject({ kind: "accepted" });
    expect(fcm.tokens()).toBe(before + 2);
    fcm.revoke();
    expect(await port.send(push, device, never)).toMatchObject({ kind: "deferred", status: 401 });
    expect(await port.send(push, device, never)).toMatchObject({ kind: "accepted" });
    expect(fcm.tokens()).toBe(before + 3);
    await port.close();
  });

  it("is deferred when Google gives no token", async () => {
    const account = { ...fcm.account, clientEmail: "nobody@p.iam.example" };
    const port = createFcm({ account, url: fcm.url });
    const outcome = await port.send(push, device, never);
    expect(outcome).toMatchObject({
      kind: "deferred",
      status: 400,
      detail: expect.stringContaining("invalid_grant") as string,
    });
    await port.close();
  });
});

describe("Web push", () => {
  it("shows who sends it by the key that browsers subscribed with", async () => {
    const { endpoint, keys } = browsers.subscribe();
    await webPort().send(push, { deviceId: "w", kind: "web", address: endpoint, ...keys }, never);
    const { headers, vapid: shown } = browsers.received.at(-1) ?? {};
    expect(shown).toMatchObject({ publicKey: vapid.publicKey, claims: { sub: "mailto:ops@floe.example" } });
    expect(headers).toMatchObject({ urgency: "high", ttl: "3600" });
  });

  it("does not write to hosts inside, whatever a browser names", async () => {
    const { endpoint, keys } = browsers.subscribe();
    const before = browsers.received.length;
    const device: PushDevice = { deviceId: "w", kind: "web", address: endpoint, ...keys };
    const port = webPort({ allowPrivate: false });
    expect(await port.send(push, device, never)).toMatchObject({ kind: "rejected" });
    const disguised = { ...device, address: endpoint.replace("http:", "https:") };
    expect(await port.send(push, disguised, never)).toMatchObject({
      ...{ kind: "rejected", detail: expect.stringContaining("not on the public internet") as string },
    });
    expect(browsers.received).toHaveLength(before);
  });
});
