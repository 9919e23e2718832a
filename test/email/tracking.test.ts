import PostalMime from "postal-mime";
import { beforeAll, describe, expect, it } from "vitest";
import { request, runApi } from "../api/fixture.js";
import { createCampaign, startWorld, type World } from "../support/world.js";
import { bodyOf, createShop, headerOf, messagesTo } from "./fixture.js";

let world: World;
let shop: Awaited<ReturnType<typeof createShop>>;
let url: string;

beforeAll(async () => {
  world = await startWorld({ config: { secret: "a secret of sixteen and more" } });
  shop = await createShop(world);
  const { api, url: base } = await runApi(world.config.databaseUrl);
  url = base;
  return () => api.close();
});

/** The links of an email's html, as they are reached here. */
async function linksOf(address: string): Promise<{ open: string; click: string }> {
  const { html = "" } = await PostalMime.parse(bodyOf(messagesTo(world, address)[0]));
  const here = (pattern: RegExp): string => `${url}${pattern.exec(html)?.[1] ?? ""}`;
  return { open: here(/localhost:8080(\/o\/[^"]+)/), click: here(/localhost:8080(\/c\/[^"]+)/) };
}

it("opens, clicks and unsubscribes of a single email are recorded, counted and obeyed", async () => {
  const { floe, pool } = world;
  const { tenantId } = shop;
  const track = { opens: true, clicks: true };
  const sent = await floe.emails.send(shop.request("ann@opens.example", { track }));
  await floe.emails.wait(sent);
  const { open, click } = await linksOf("ann@opens.example");
  expect((await request(open)).headers.get("content-type")).toBe("image/gif");
  const clicked = await request(click);
  expect([clicked.status, clicked.headers.get("location")]).toEqual([302, "https://example.com/offer"]);
  const unsubscribe = click.replace(/\/c\/([^/]+)\/.*/, "/u/$1");
  for (let time = 0; time < 2; time += 1)
    expect((await request(unsubscribe, { method: "POST" })).status).toBe(200);

  const { rows: events } = await pool.query<{ kind: string }>(
    "select kind from email_events where send_id = $1 and tenant_id = $2 order by kind",
    [sent.emailId, tenantId],
  );
  expect(events.map(({ kind }) => kind)).toEqual(["click", "open", "unsubscribe"]);
  const { rows: counts } = await pool.query<{ kind: string; count: string }>(
    "select kind, count from email_analytics where tenant_id = $1 and kind <> 'sent' order by kind",
    [tenantId],
  );
  expect(counts).toEqual(["click", "open", "unsubscribe"].map((kind) => ({ kind, count: "1" })));
  const { rows: campaigns } = await pool.query("select 1 from campaign_analytics");
  expect(campaigns).toEqual([]);
  const again = await floe.emails.send(shop.request("ann@opens.example"));
  expect(await floe.emails.wait(again)).toMatchObject({ status: "suppressed" });
});

describe("tracking", () => {
  it("is in transactional mail only when asked for, and List-Unsubscribe never", async () => {
    const { floe } = world;
    await floe.emails.wait(await floe.emails.send(shop.request("plain@track.example")));
    await floe.emails.wait(
      await floe.emails.send(shop.request("asked@track.example", { track: { opens: true, clicks: true } })),
    );
    const [plain, asked] = ["plain", "asked"].map((name) => messagesTo(world, `${name}@track.example`)[0]);
    const [plainHtml, askedHtml] = await Promise.all(
      [plain, asked].map(async (message) => (await PostalMime.parse(bodyOf(message))).html ?? ""),
    );
    expect(plainHtml).toContain('href="https://example.com/offer"');
    expect(plainHtml).not.toContain("localhost:8080");
    expect(askedHtml).toMatch(/localhost:8080\/o\/[\w-]+\.gif/);
    expect(askedHtml).toMatch(/href="http:\/\/localhost:8080\/c\/[\w-]+\/0"/);
    for (const message of [plain, asked]) expect(headerOf(message, "list-unsubscribe")).toBeUndefined();
  });

  it("follows the campaign that the email belongs to, as its sender does", async () => {
    const { floe } = world;
    await floe.lists.create({ tenantId: shop.tenantId, name: "everyone" });
    const { campaignId } = await createCampaign(world, shop.tenantId, {
      list: "everyone",
      trackClicks: false,
    });
    const sent = await floe.emails.send(
      shop.request("ann@campaign.example", { campaignId, fromEmail: undefined }),
    );
    await floe.emails.wait(sent);
    const [message] = messagesTo(world, "ann@campaign.example");
    expect(headerOf(message, "from")).toBe("News <news@example.com>");
    expect(headerOf(message, "list-unsubscribe")).toMatch(/^<http:\/\/localhost:8080\/u\/[\w-]+>$/);
    expect(headerOf(message, "list-unsubscribe-post")).toBe("List-Unsubscribe=One-Click");
    const { html = "" } = await PostalMime.parse(bodyOf(message));
    expect(html).toContain("/o/");
    expect(html).not.toContain("/c/");
    const emails = await floe.emails.list({ tenantId: shop.tenantId, campaignId });
    expect(emails.map(({ emailId }) => emailId)).toEqual([sent.emailId]);
  });
});
