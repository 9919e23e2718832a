import { beforeAll, expect, it } from "vitest";
import { createAudience } from "../support/world.js";
import { seriousFaults } from "./browser.js";
import { openDashboard, type Dashboard } from "./fixture.js";

let dashboard: Dashboard;
let tenantId: string;

beforeAll(async () => {
  dashboard = await openDashboard({ config: { warmupEngagement: true } });
  ({ tenantId } = await createAudience(dashboard.world, { contacts: 1, domain: "warm.example" }));
});

it("a domain is warmed up by a preset whose curve is seen before, and the warmup is paused", async () => {
  const owner = await dashboard.person({ [tenantId]: "owner" });
  const { page, complaints, go } = await dashboard.open(owner);
  await go("/dashboard/warmups");
  await page.getByText("Nothing is warming up").waitFor();
  await page.getByRole("link", { name: "Start a warmup" }).first().click();
  await page.getByRole("radiogroup", { name: "Kind" }).getByText("domain").click();
  await page.getByRole("combobox", { name: /^Domain/ }).fill("no domain");
  await page.getByRole("button", { name: "postmark" }).click();
  await page.getByRole("img", { name: /It reaches 50,000 messages a day/ }).waitFor();
  await page.getByRole("button", { name: "Start", exact: true }).click();
  await page.getByText("is not a domain; give one such as example.com").waitFor();
  await page.getByRole("combobox", { name: /^Domain/ }).fill("warm.example");
  await page.getByRole("button", { name: "Start", exact: true }).click();
  await page.getByRole("heading", { name: "warm.example", level: 1 }).waitFor();
  await page.getByRole("button", { name: "Pause" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Reason").fill("Holidays");
  await dialog.getByRole("button", { name: "Pause" }).click();
  await page.getByRole("button", { name: "Resume" }).waitFor();
  await page.getByText("Holidays").first().waitFor();
  expect(await seriousFaults(page)).toEqual([]);
  expect(complaints).toEqual([]);
});

it("a mailbox of the pool is added, checked, and opted in only after a warning and a login", async () => {
  const owner = await dashboard.person({ [tenantId]: "owner" });
  const { page, complaints, go } = await dashboard.open(owner);
  await go("/dashboard/warmups");
  await page.getByRole("tab", { name: "Mailbox pool" }).click();
  await page.getByText("No mailbox is in the pool").waitFor();
  await page.getByRole("button", { name: "Add a mailbox" }).first().click();
  const form = page.getByRole("dialog", { name: "Add a mailbox" });
  await form.getByLabel("Address").fill("anna@warm.example");
  await form.getByLabel("Node").click();
  await page.getByRole("option").first().click();
  await form.getByLabel("IMAP host").fill("not a host");
  await form.getByLabel("Password", { exact: false }).first().fill("a password");
  await form.getByRole("button", { name: "Add" }).click();
  await form.getByText("is not a host name or IP address").waitFor();
  await form.getByLabel("IMAP host").fill("127.0.0.1");
  // Nothing listens there.
  await form.getByLabel("IMAP port").fill("1");
  await form.getByRole("button", { name: "Add" }).click();
  const drawer = page.getByRole("dialog", { name: "anna@warm.example" });
  await drawer.getByRole("button", { name: "Check" }).click();
  await drawer.getByText("It could not be read").waitFor();
  await drawer.getByRole("button", { name: "Opt in" }).click();
  const asked = page.getByRole("dialog", { name: /^Opt anna/ });
  await asked.getByText(/can breach mailbox providers’ terms/).waitFor();
  await asked.getByRole("button", { name: "Opt in" }).click();
  await asked.getByText(/The mailbox cannot be opted in/).waitFor();
  await asked.getByRole("button", { name: "Leave it" }).click();
  await drawer.getByText("takes no part").waitFor();
  expect(await seriousFaults(page)).toEqual([]);
  expect(complaints).toEqual([]);
});

it("what is on a blacklist is seen with the way off it; reputation says when there is a score", async () => {
  await dashboard.world.pool.query(
    `insert into blacklist_standings (tenant_id, subject, kind, zone, status, codes, meaning, removal_url, since, checked_at)
     values ($1, '192.0.2.7', 'ipv4', 'zen.spamhaus.org', 'listed', '{127.0.0.2}', 'SBL: a source of spam',
       'https://check.spamhaus.org/', now(), now())`,
    [tenantId],
  );
  const operator = await dashboard.person({ [tenantId]: "operator" });
  const { page, complaints, go } = await dashboard.open(operator);
  await go("/dashboard/blacklists");
  const listed = page.getByRole("table", { name: "Listed now" });
  await listed.getByText("192.0.2.7").waitFor();
  expect(await listed.getByRole("link", { name: "Ask zen.spamhaus.org" }).getAttribute("href")).toBe(
    "https://check.spamhaus.org/",
  );
  await page.getByRole("link", { name: "Reputation" }).click();
  await page.getByText("Nothing is scored yet").waitFor();
  expect(complaints).toEqual([]);
});
