import { Secret, TOTP } from "otpauth";
import { beforeAll, expect, it } from "vitest";
import { createAudience } from "../support/world.js";
import { openDashboard, ownPassword, type Dashboard } from "./fixture.js";

let dashboard: Dashboard;
let tenantId: string;

beforeAll(async () => {
  dashboard = await openDashboard();
  ({ tenantId } = await createAudience(dashboard.world, { contacts: 1, domain: "operate.example" }));
});

it("somebody sets a second factor up by its QR code, keeps recovery codes, and does without it by one", async () => {
  const viewer = await dashboard.person({ [tenantId]: "viewer" });
  const { page, complaints, go } = await dashboard.open(viewer);
  await go("/dashboard/settings");
  await page.getByRole("button", { name: "Set up a second factor" }).click();
  await page.getByLabel("Password now").fill(ownPassword);
  await page.getByRole("button", { name: "Go on" }).click();
  const dialog = page.getByRole("dialog", { name: "Scan, then show a code" });
  await dialog.getByRole("img", { name: /^QR code/ }).waitFor();
  const secret = (await dialog.locator("code").first().textContent()) ?? "";
  const code = dialog.getByLabel("Code that the app shows");
  await code.fill("nothing");
  await dialog.getByRole("button", { name: "Confirm" }).click();
  await dialog.getByText("is not good, or was used before").waitFor();
  await code.fill(new TOTP({ secret: Secret.fromBase32(secret) }).generate());
  await dialog.getByRole("button", { name: "Confirm" }).click();
  const kept = page.getByRole("dialog", { name: "Your recovery codes" });
  const recovery = (await kept.locator("code").first().textContent()) ?? "";
  await kept.getByRole("button", { name: "Close" }).click();
  await page.getByText("set up", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Do without it" }).click();
  const away = page.getByRole("dialog", { name: "Do without a second factor?" });
  await away.getByLabel("Code").fill(recovery);
  await away.getByRole("button", { name: "Do without it" }).click();
  await page.getByText("not set up", { exact: true }).waitFor();
  expect(complaints).toEqual([]);
});

it("an operator draws a graph, is told what is wrong at its job, runs it and sees it end", async () => {
  const operator = await dashboard.person({ [tenantId]: "operator" });
  const { page, complaints, go } = await dashboard.open(operator);
  await go("/dashboard/graphs/new");
  await page.getByLabel("Name", { exact: false }).first().fill("nightly");
  const add = async (title: string): Promise<void> => {
    await page.getByRole("button", { name: "Add a job" }).click();
    await page.getByRole("menuitem", { name: title }).click();
  };
  await add("Wait");
  const job = page.getByRole("region", { name: "Job wait" });
  await job.getByLabel("Seconds").fill("0");
  await job.getByText("must be at least 1").waitFor();
  await job.getByLabel("Seconds").fill("1");
  await add("Export data");
  const after = page.getByRole("region", { name: "Job export" }).getByRole("combobox", { name: "After" });
  await after.fill("wait");
  await page.getByRole("option", { name: "wait" }).click();
  await page.keyboard.press("Escape");
  await page.getByText("valid", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByRole("heading", { name: "nightly", level: 1 }).waitFor();
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await page.getByRole("heading", { name: "Run of nightly" }).waitFor();
  await page.getByRole("table", { name: "Jobs of the run" }).getByText("succeeded").nth(1).waitFor();
  expect(complaints).toEqual([]);
});
