import { randomUUID } from "node:crypto";
import type pg from "pg";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createCampaignStore, type NewCampaign } from "../../db/campaigns.js";
import { createListStore } from "../../db/lists.js";
import { createTemplateStore } from "../../db/templates.js";
import { NotFound } from "../../domain/errors.js";
import { testDatabase } from "../setup/stack.js";
import { fieldsRefused, makeTenant, templateContent } from "./factories.js";

let pool: pg.Pool;
let tenantId: string;

beforeAll(async () => {
  ({ pool } = await testDatabase());
});

beforeEach(async () => {
  tenantId = await makeTenant(pool);
});

describe("templates", () => {
  it("get a new version only for new content, and keep the old ones as they were", async () => {
    const templates = createTemplateStore(pool);
    const save = (subject: string) =>
      templates.saveTemplate({ tenantId, name: "hello", ...templateContent(subject) });
    const first = await save("One");
    expect(await save("One")).toEqual(first);
    const second = await save("Two");
    expect(second).toMatchObject({ templateId: first.templateId, version: 2 });
    expect(await save("One")).toMatchObject({ version: 3 });
    expect((await templates.loadTemplate(tenantId, first.templateVersionId)).subject).toBe("One");
    expect(await templates.loadTemplate(tenantId, "hello")).toMatchObject({ version: 3, subject: "One" });
    expect(await templates.listTemplates(tenantId)).toHaveLength(1);
    const change = pool.query("update template_versions set subject = 'x' where template_id = $1", [
      first.templateId,
    ]);
    await expect(change).rejects.toThrow("never change");
  });

  it("saved at the same time take turns", async () => {
    const templates = createTemplateStore(pool);
    const saved = await Promise.all(
      ["a", "b", "c", "a"].map((subject) =>
        templates.saveTemplate({ tenantId, name: "t", ...templateContent(subject) }),
      ),
    );
    const versions = new Set(saved.map((version) => version.templateVersionId));
    expect((await templates.loadTemplate(tenantId, "t")).version).toBe(versions.size);
  });
});

describe("campaigns", () => {
  let draft: NewCampaign;

  beforeEach(async () => {
    await createTemplateStore(pool).saveTemplate({ tenantId, name: "hello", ...templateContent() });
    await createListStore(pool).createList({ tenantId, name: "news" });
    draft = { tenantId, name: "May", template: "hello", list: "news", fromEmail: "News@Example.com" };
  });

  it("resolve names and remember the template's version", async () => {
    const campaigns = createCampaignStore(pool);
    const { campaignId } = await campaigns.createCampaign({ ...draft, headers: { "X-Campaign": "may" } });
    const { templateVersionId } = await createTemplateStore(pool).loadTemplate(tenantId, "hello");
    await createTemplateStore(pool).saveTemplate({ tenantId, name: "hello", ...templateContent("New") });
    expect(await campaigns.loadCampaign(tenantId, campaignId)).toMatchObject({
      templateVersionId,
      fromEmail: "news@example.com",
      headers: { "X-Campaign": "may" },
      lane: "campaign-standard",
      onUnknown: "resend",
      status: "draft",
    });
    await expect(campaigns.loadCampaign(await makeTenant(pool), campaignId)).rejects.toThrow(NotFound);
  });

  it.each([
    ["fromEmail", { fromEmail: "news" }],
    ["fromEmail", { fromEmail: "news@example.com\r\n" }],
    ["fromName", { fromName: "News\r\nBcc: all@example.com" }],
    ["replyTo", { replyTo: "a@example.com\nBcc: b@example.com" }],
    ["name", { name: "a\u0000b" }],
    ["list", { list: undefined }],
    ["list", { segment: "s" }],
    ["lane", { lane: "express" as never }],
    ["headers.Subject", { headers: { Subject: "x" } }],
    ["headers.DKIM-Signature", { headers: { "DKIM-Signature": "x" } }],
    ["headers.list-unsubscribe", { headers: { "list-unsubscribe": "x" } }],
    ["headers.Content-Type", { headers: { "Content-Type": "text/plain" } }],
    ["headers.X-A", { headers: { "X-A": "1\r\nBcc: all@example.com" } }],
    ["headers.X A", { headers: { "X A": "1" } }],
    ["headers.X:\\r\\nBcc", { headers: { "X:\r\nBcc": "1" } }],
    ["headers.x-b", { headers: { "X-B": "1", "x-b": "2" } }],
  ])("with a wrong %s are refused and not saved", async (field, wrong) => {
    const campaigns = createCampaignStore(pool);
    const campaign = { ...draft, ...wrong };
    expect(await fieldsRefused(campaigns.createCampaign(campaign))).toEqual([field]);
    expect(await campaigns.listCampaigns(tenantId, { limit: 1 })).toEqual([]);
  });

  it("tell everything that is wrong at once", async () => {
    const wrong = { ...draft, fromEmail: "x", fromName: "a\nb", headers: { To: "x" } };
    const refused = await fieldsRefused(createCampaignStore(pool).createCampaign(wrong));
    expect(refused).toEqual(["fromEmail", "fromName", "headers.To"]);
  });

  it.each([
    ["tenant", { tenantId: "nobody" }],
    ["template", { template: "none" }],
    ["template", { template: randomUUID() }],
    ["list", { list: "none" }],
    ["segment", { list: undefined, segment: "none" }],
  ])("name an unknown %s", async (what, wrong) => {
    const create = createCampaignStore(pool).createCampaign({ ...draft, ...wrong });
    await expect(create).rejects.toThrow(`There is no ${what}`);
  });

  it("are listed newest first, by pages, also by status", async () => {
    const campaigns = createCampaignStore(pool);
    const made: string[] = [];
    for (const name of ["a", "b", "c"])
      made.push((await campaigns.createCampaign({ ...draft, name })).campaignId);
    const first = await campaigns.listCampaigns(tenantId, { limit: 2 });
    const rest = await campaigns.listCampaigns(tenantId, {
      limit: 2,
      before: first[1]?.campaignId,
    });
    expect([...first, ...rest].map((campaign) => campaign.campaignId)).toEqual(made.reverse());
    expect(await campaigns.listCampaigns(tenantId, { status: "completed", limit: 2 })).toEqual([]);
  });
});
