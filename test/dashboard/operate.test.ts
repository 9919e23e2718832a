import { beforeAll, expect, it } from "vitest";
import { createAudience } from "../support/world.js";
import { openDashboard, type Dashboard } from "./fixture.js";

let dashboard: Dashboard;
let tenantId: string;

beforeAll(async () => {
  dashboard = await openDashboard();
  ({ tenantId } = await createAudience(dashboard.world, { contacts: 1, domain: "operate.example" }));
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
