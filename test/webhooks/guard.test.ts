import { afterAll, afterEach, describe, expect, it } from "vitest";
import type { WebhookReply, WebhookRequest } from "../../activities/webhook-ports.js";
import { createWebhookSecret } from "../../webhooks/secret.js";
import { createWebhookTransport } from "../../webhooks/transport.js";
import { startNameServer, type Zone } from "../support/name-server.js";
import { startWebhookReceiver } from "../support/webhook-receiver.js";

const receiver = await startWebhookReceiver();
afterAll(() => receiver.kill());
const port = new URL(receiver.url("/")).port;
/** Public by its range, and routed to nobody. */
const unrouted = "11.0.0.1";

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function transportWith(zone: Zone) {
  const names = await startNameServer(zone);
  const transport = createWebhookTransport({ nameServers: [names.server] });
  cleanups.push(
    () => names.close(),
    () => transport.close(),
  );
  const post = (url: string, over: Partial<WebhookRequest> = {}): Promise<WebhookReply> =>
    transport.post(
      {
        ...{ url, webhookId: "evt_1", body: "{}", secrets: [createWebhookSecret()], timeoutMs: 5_000 },
        ...{ allowPrivate: false, ...over },
      },
      new AbortController().signal,
    );
  return { post, names };
}

const refused = {
  kind: "refused",
  reason: "private-address",
  detail: "The host is not on the public internet.",
};

describe("the guard of webhook requests", () => {
  it("refuses every notation of an address inside, without a connection", async () => {
    const { post } = await transportWith(() => []);
    const hosts = ["127.0.0.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0.0.0.0", "0"];
    const sixes = [
      "[::1]",
      "[::]",
      "[::ffff:127.0.0.1]",
      "[64:ff9b::127.0.0.1]",
      "[fe80::1]",
      "[2002:7f00:1::]",
    ];
    const clouds = ["169.254.169.254", "[fd00:ec2::254]", "100.100.100.200", "168.63.129.16"];
    for (const host of [...hosts, ...sixes, ...clouds, "localhost", "LOCALHOST.", "a.localhost"])
      expect([host, await post(`http://${host}:${port}/`)]).toMatchObject([host, refused]);
    expect(await receiver.hits()).toEqual([]);
  });

  it.each([
    ["an address inside", ["127.0.0.1"], []],
    ["metadata", ["169.254.169.254"], []],
    ["one inside among others", [unrouted, "127.0.0.1"], []],
    ["v6 inside besides public v4", [unrouted], ["0:0:0:0:0:0:0:1"]],
    ["a mapped address", [], ["0:0:0:0:0:ffff:7f00:1"]],
    ["an address behind NAT64", [], ["64:ff9b:0:0:0:0:a9fe:a9fe"]],
  ])("refuses a name that leads to %s", async (_what, fours, sixes) => {
    const { post } = await transportWith((_name, family) => (family === 4 ? fours : sixes));
    expect(await post(`http://hooks.example.com:${port}/`)).toMatchObject(refused);
    expect(await receiver.hits()).toEqual([]);
  });

  it("connects to what it checked: a name that leads inside at the second question gains nothing", async () => {
    let question = 0;
    const { post, names } = await transportWith((_name, family) => {
      if (family === 6) return [];
      question += 1;
      return question === 1 ? [unrouted] : ["127.0.0.1"];
    });
    const first = await post(`http://rebinding.example.com:${port}/`, { timeoutMs: 1_000 });
    expect(first.kind).toBe("failed");
    // Asked once: there was no second answer to connect to.
    expect(names.asked).toEqual(["rebinding.example.com"]);
    expect(await post(`http://rebinding.example.com:${port}/`)).toMatchObject(refused);
    expect(await receiver.hits()).toEqual([]);
  });

  it("lets nobody else use a connection of an endpoint that may reach inside", async () => {
    const { post } = await transportWith(() => []);
    const url = receiver.url("/inside");
    expect(await post(url, { allowPrivate: true })).toMatchObject({ kind: "answered", status: 200 });
    expect(await post(url)).toMatchObject(refused);
    expect(await receiver.hits("/inside")).toHaveLength(1);
  });

  it("refuses metadata to an endpoint that may reach inside, too", async () => {
    const { post } = await transportWith(() => []);
    for (const host of ["169.254.169.254", "[fd00:ec2::254]", "[::ffff:169.254.169.254]", "224.0.0.1"])
      expect(await post(`http://${host}/`, { allowPrivate: true })).toMatchObject(refused);
  });

  it("refuses a URL that is none of an endpoint's, and says what is wrong", async () => {
    const { post } = await transportWith(() => []);
    const reply = await post("https://example.com:25/");
    expect(reply).toMatchObject({ kind: "refused", reason: "invalid-url" });
    expect((reply as { detail: string }).detail).toBe(
      "The URL must not use port 25; WEBHOOK_PORTS says which are allowed.",
    );
  });

  it("fails when a name has no address, or nobody answers, without delay to other names", async () => {
    const { post } = await transportWith((name, family) =>
      name === "silent.example.com"
        ? null
        : family === 4 && name === "inside.example.com"
          ? ["10.0.0.1"]
          : [],
    );
    const silent = Array.from({ length: 20 }, () => post("http://silent.example.com/", { timeoutMs: 2_000 }));
    const begin = performance.now();
    expect(await post("http://inside.example.com/")).toMatchObject(refused);
    expect(performance.now() - begin).toBeLessThan(1_000);
    expect(await post("http://nobody.example.com/")).toMatchObject({ kind: "failed", reason: "dns" });
    // Whichever gives up first: the resolver, or the request.
    for (const reply of await Promise.all(silent))
      expect(["failed dns", "failed timeout"]).toContain(
        "reason" in reply && `${reply.kind} ${reply.reason}`,
      );
  });
});
