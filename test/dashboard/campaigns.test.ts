import { beforeAll, expect, it } from "vitest";
import { createAudience } from "../support/world.js";
import { seriousFaults, settled } from "./browser.js";
import { openDashboard, type Dashboard, type Person } from "./fixture.js";

let dashboard: Dashboard;
let tenantId: string;
let operator: Person;

beforeAll(async () => {
  dashboard = await openDashboard();
  ({ tenantId } = await createAudience(dashboard.world, { contacts: 12, domain: "composed.example" }));
  await dashboard.world.floe.suppressions.add({ tenantId, address: "user3@composed.example" });
  operator = await dashboard.person({ [tenantId]: "operator" });
});

it("a campaign is composed, started and followed to its end; who did not get it is seen, and why", async () => {
  const { page, complaints, go } = await dashboard.open(operator);
  await go("/dashboard/campaigns/new");
  await page.getByLabel("Name", { exact: false }).first().fill("Spring");
  await page.getByRole("combobox", { name: "Template" }).click();
  await page.getByRole("option", { name: "hello" }).click();
  await page.getByRole("combobox", { name: "List" }).click();
  await page.getByRole("option", { name: "everybody" }).click();
  await page.getByText("12 contacts now").waitFor();
  await page.getByLabel("From").fill("news@example.com");
  await page.frameLocator("iframe").getByText("Hello Ann").waitFor();
  await page.getByRole("button", { name: "Compose" }).click();
  await page.getByRole("heading", { name: "Spring", level: 1 }).waitFor();
  await page.getByRole("button", { name: "Start", exact: true }).click();
  await page.getByRole("button", { name: "Start the send" }).click();
  await page.getByRole("heading", { name: "Spring: first", level: 1 }).waitFor();
  await page.getByText("nobody is missing").waitFor({ timeout: 60_000 });
  await page.getByRole("combobox", { name: "Status of the recipient" }).click();
  await page.getByRole("option", { name: "suppressed" }).click();
  await page.getByRole("row", { name: /user3@composed\.example suppressed/ }).waitFor();
  await settled(page);
  expect(await seriousFaults(page)).toEqual([]);
  expect(complaints).toEqual([]);
});
