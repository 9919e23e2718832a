import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startWebhookReceiver, type WebhookReceiver } from "../support/webhook-receiver.js";
import { createAudience } from "../support/world.js";
import { seriousFaults, settled } from "./browser.js";
import { openDashboard, ownPassword, type Dashboard, type Person } from "./fixture.js";

let dashboard: Dashboard;
let receiver: WebhookReceiver;
let tenantId: string;
let admin: Person;

beforeAll(async () => {
  [dashboard, receiver] = await Promise.all([openDashboard(), startWebhookReceiver()]);
  ({ tenantId } = await createAudience(dashboard.world, { contacts: 1, domain: "journey.example" }));
  await dashboard.world.floe.suppressions.add({ tenantId, address: "bob@journey.example" });
  admin = await dashboard.person({ [tenantId]: "owner" }, { admin: true });
});
afterAll(() => receiver.kill());

const generousMs = 60_000;

it(
  "from a file to mail, from a failure to its replay: somebody signs in, imports, composes, sends, looks, replays and limits",
  { timeout: 6 * generousMs },
  async () => {
    const { page, complaints } = await dashboard.visit();
    page.setDefaultTimeout(generousMs);
    await signIn(page);
    await importFile(page);
    await composeAndSend(page);
    await addEndpointThatFails(page);
    await replayIt(page);
    await limit(page);
    expect(complaints).toEqual([]);
  },
);

async function signIn(page: Page): Promise<void> {
  await page.goto(dashboard.url);
  await page.getByLabel("Email").fill(admin.email);
  await page.getByLabel("Password").fill(ownPassword);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "Overview", level: 1 }).waitFor();
}

async function open(page: Page, path: string): Promise<void> {
  await page.goto(`${dashboard.url}/dashboard/${path}`);
  await settled(page);
}

/** A file whose second row nobody can be sent to, onto a list that the import makes. */
async function importFile(page: Page): Promise<void> {
  await page.getByRole("link", { name: "Imports" }).click();
  await page.getByRole("link", { name: "Import a file" }).first().click();
  const rows = ["Mail;Town", "ann@journey.example;Bergen", "nobody;Oslo", "bob@journey.example;Bodø"];
  const file = { name: "people.csv", mimeType: "text/csv", buffer: Buffer.from(rows.join("\n")) };
  await page.locator("input[type=file]").setInputFiles(file);
  await page.getByText("Bergen · Oslo · Bodø").waitFor();
  expect(await page.getByRole("combobox", { name: "What Mail becomes" }).inputValue()).toBe("email");
  await page.getByRole("combobox", { name: "What Town becomes" }).fill("attributes.city");
  await page.getByRole("combobox", { name: "Put everybody on a list" }).fill("Fjords");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Start the import" }).click();
  await page.getByText("completed").waitFor();
  await page.getByRole("region", { name: "Refused rows" }).getByText("nobody;Oslo").first().waitFor();
  await open(page, "contacts?list=Fjords");
  await page.getByRole("cell", { name: "city: Bodø" }).waitFor();
}

async function composeAndSend(page: Page): Promise<void> {
  await open(page, "campaigns/new");
  await page.getByLabel("Name", { exact: false }).first().fill("Spring");
  await page.getByRole("combobox", { name: "Template" }).click();
  await page.getByRole("option", { name: "hello" }).click();
  await page.getByRole("combobox", { name: "List" }).click();
  await page.getByRole("option", { name: "Fjords" }).click();
  await page.getByText("2 contacts now").waitFor();
  await page.getByLabel("From").fill("news@example.com");
  await page.frameLocator("iframe").getByText("Hello Ann").waitFor();
  await page.getByRole("button", { name: "Compose" }).click();
  await page.getByRole("heading", { name: "Spring", level: 1 }).waitFor();
  await page.getByRole("button", { name: "Start", exact: true }).click();
  await page.getByRole("button", { name: "Start the send" }).click();
  await page.getByRole("heading", { name: "Spring: first", level: 1 }).waitFor();
  await page.getByText("nobody is missing").waitFor();
  await page.getByRole("combobox", { name: "Status of the recipient" }).click();
  await page.getByRole("option", { name: "suppressed" }).click();
  await page.getByRole("row", { name: /bob@journey\.example suppressed/ }).waitFor();
  await settled(page);
  expect(await seriousFaults(page)).toEqual([]);
}

/** It has one attempt, and answers the first request with an error. */
async function addEndpointThatFails(page: Page): Promise<void> {
  const answers = [
    { kind: "status", status: 503, body: "not today" },
    { kind: "status", status: 202 },
  ] as const;
  await receiver.behave({ "/hooks": { answers: [...answers], keep: true } });
  await open(page, "webhooks/new");
  await page.getByRole("textbox", { name: "URL" }).fill(receiver.url("/hooks"));
  await page.getByLabel("Attempts").fill("1");
  await page.getByLabel("Lead to a private network").check();
  await page.getByRole("button", { name: "Add", exact: true }).click();
  const secret = page.getByRole("dialog", { name: "The endpoint is added" });
  await secret.getByText(/^whsec_/).waitFor();
  await secret.getByRole("button", { name: "Close" }).click();
  await page.getByRole("button", { name: "Send a test event" }).click();
  await page.getByRole("link", { name: "webhook.test" }).click();
  const attempt = page.getByRole("region", { name: "Attempt 1", exact: true });
  await attempt.getByText("not today").waitFor();
}

async function replayIt(page: Page): Promise<void> {
  await open(page, "jobs?statuses=dead");
  await page
    .getByRole("row", { name: /webhook\.dispatch dead/ })
    .getByRole("link")
    .click();
  const job = page.getByRole("dialog").first();
  await job.getByRole("button", { name: "Retry" }).waitFor();
  await job.getByText("503").first().waitFor();
  expect(await seriousFaults(page)).toEqual([]);
  await open(page, "dead-letters?kind=webhook");
  await page.getByRole("link", { name: /^webhook \d+$/ }).waitFor();
  expect(await seriousFaults(page)).toEqual([]);
  await editLetter(page);
  await open(page, "dead-letters?kind=webhook");
  await page.getByRole("button", { name: "Replay all that match" }).click();
  const dialog = page.getByRole("dialog", { name: "Replay all that match?" });
  await dialog.getByText("1 would be taken up.").waitFor();
  await dialog.getByLabel("Why").fill("the receiver is back");
  await dialog.getByRole("button", { name: "Replay", exact: true }).click();
  await page.getByRole("heading", { name: /^Replay …/, level: 1 }).waitFor();
  await page.getByText("completed").waitFor();
  await open(page, "jobs?kinds=webhook.dispatch&statuses=completed");
  await page.getByRole("row", { name: /webhook\.dispatch completed/ }).waitFor();
  const hits = await receiver.hits("/hooks");
  expect(hits).toHaveLength(2);
  expect(hits[1]?.body).toContain('"said":"again"');
}

/** What the next attempt says; what is no object is refused at its field. */
async function editLetter(page: Page): Promise<void> {
  await page.getByRole("link", { name: /^webhook \d+$/ }).click();
  await page.getByRole("button", { name: "Edit", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: "Change what the next attempt says" });
  await dialog.getByLabel("Data").fill("again");
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.getByText(/must be a JSON object/).waitFor();
  expect(await seriousFaults(page)).toEqual([]);
  await dialog.getByLabel("Data").fill('{"said": "again"}');
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.waitFor({ state: "detached" });
}

async function limit(page: Page): Promise<void> {
  await open(page, "limits");
  await page.getByRole("button", { name: "Add a limit" }).first().click();
  const dialog = page.getByRole("dialog", { name: "Add a limit" });
  await dialog.getByLabel(/^Of/).fill(tenantId);
  await dialog.getByRole("button", { name: "Add", exact: true }).click();
  await dialog.getByText(/no limit was given/).waitFor();
  await dialog.getByLabel("Messages a day").fill("500");
  await dialog.getByRole("button", { name: "Add", exact: true }).click();
  await page.getByRole("button", { name: `Edit tenant ${tenantId}` }).click();
  const edit = page.getByRole("dialog", { name: `Limit of ${tenantId}` });
  await edit.getByLabel("Messages a day").fill("700");
  await edit.getByRole("button", { name: "Save" }).click();
  await page.getByText(/\d+ of 700/).waitFor();
  await page.getByRole("button", { name: `Remove tenant ${tenantId}` }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await page.getByRole("button", { name: `Edit tenant ${tenantId}` }).waitFor({ state: "detached" });
}
