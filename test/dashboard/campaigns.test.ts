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
  const providers = page.getByRole("table", { name: "Outcome by mailbox provider" });
  await providers.getByRole("row", { name: /other 12 11 \(91\.7%\)/ }).waitFor();
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download CSV" }).click();
  expect((await download).suggestedFilename()).toMatch(/^recipients-.*\.csv$/);
  await page.getByRole("combobox", { name: "Status of the recipient" }).click();
  await page.getByRole("option", { name: "suppressed" }).click();
  await page.getByRole("row", { name: /user3@composed\.example suppressed/ }).waitFor();
  await settled(page);
  expect(await seriousFaults(page)).toEqual([]);
  expect(complaints).toEqual([]);
});

it("a sequence is composed, edited step by step and deleted before it begins; what is wrong is said at its field, and the others stay", async () => {
  const { page, complaints, go } = await dashboard.open(operator);
  await go("/dashboard/sequences/new");
  await page.getByLabel("Name", { exact: false }).first().fill("Welcome");
  await page.getByRole("combobox", { name: "List" }).click();
  await page.getByRole("option", { name: "everybody" }).click();
  await page.getByLabel("From").first().fill("nobody");
  await page.getByRole("combobox", { name: "Template of step 1" }).click();
  await page.getByRole("option", { name: "hello" }).click();
  await page.getByRole("button", { name: "Add a step" }).click();
  await page.getByRole("combobox", { name: "Template of step 2" }).click();
  await page.getByRole("option", { name: "hello" }).click();
  await page.getByRole("region", { name: "Step 2" }).getByRole("button", { name: "Add a condition" }).click();
  await page.getByRole("button", { name: "Compose" }).click();
  await page.locator("input[type=email][aria-invalid=true]").first().waitFor();
  await page.getByLabel("From").first().fill("news@example.com");
  await page.getByRole("button", { name: "Compose" }).click();
  await page.getByRole("heading", { name: "Welcome", level: 1 }).waitFor();
  await page.getByText("Only who has opened step 1").waitFor();
  await page.getByRole("link", { name: "Edit" }).click();
  await page.getByRole("heading", { name: "Edit Welcome", level: 1 }).waitFor();
  await settled(page);
  expect(await seriousFaults(page)).toEqual([]);
  await page.getByLabel("After step 1: days").fill("3");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("3 days after step 1").waitFor();
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await page.getByText("Welcome is deleted.").waitFor();
  await page.getByRole("heading", { name: "Sequences", level: 1 }).waitFor();
  expect(await page.getByRole("link", { name: "Welcome" }).count()).toBe(0);
  expect(complaints).toEqual([]);
});

it("a template that cannot be rendered says in which line; mended, it is shown as it will arrive, and saved", async () => {
  const { page, complaints, go } = await dashboard.open(operator);
  await go("/dashboard/templates/new");
  await page.getByLabel("Name", { exact: false }).first().fill("greeting");
  await page.getByLabel("Subject").fill("Good day, {{first_name}}");
  await page.getByRole("textbox", { name: "Html" }).fill("<p>Dear\n{{#if first_name}}friend</p>");
  await page.getByText("This cannot be rendered yet").waitFor();
  await page
    .getByRole("textbox", { name: "Html" })
    .fill('<p style="color: rgb(1, 2, 3)">Dear {{first_name}}</p><script>document.title = "run"</script>');
  const shown = page.frameLocator("iframe[title='Preview of the message']").getByText("Dear Ann");
  await shown.waitFor();
  expect(await shown.getAttribute("style")).toBe("color: rgb(1, 2, 3)");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("heading", { name: "greeting", level: 1 }).waitFor();
  expect(complaints).toEqual([]);
});
