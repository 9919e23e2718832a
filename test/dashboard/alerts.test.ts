import { beforeAll, expect, it } from "vitest";
import { alertWorkflowId } from "../../domain/alerts.js";
import { orchestrationQueue } from "../../domain/lanes.js";
import { watchAlertsType } from "../../workflows/alert-messages.js";
import { addRule } from "../alerts/fixture.js";
import { createTemporalClient } from "../support/temporal-client.js";
import { createAudience } from "../support/world.js";
import { openDashboard, type Dashboard } from "./fixture.js";

let dashboard: Dashboard;
let tenantId: string;

beforeAll(async () => {
  dashboard = await openDashboard();
  ({ tenantId } = await createAudience(dashboard.world, { contacts: 1, domain: "alerts.example" }));
  const { pool, config } = dashboard.world;
  await pool.query("delete from alert_rules");
  await addRule(pool, { scope: "tenant", tenantId, kind: "dead-letters", name: "Letters wait" });
  const client = await createTemporalClient(config.temporal);
  await client.workflow.start(watchAlertsType, {
    ...{ workflowId: alertWorkflowId, taskQueue: orchestrationQueue, args: [{ everyMs: 500 }] },
  });
  return async () => void (await client.workflow.getHandle(alertWorkflowId).terminate());
});

it("an alert that fires while the page is open is seen, acknowledged and silenced; its rule is changed and tried", async () => {
  const operator = await dashboard.person({ [tenantId]: "operator" });
  const { page, complaints, go } = await dashboard.open(operator);
  await go("/dashboard/alerts");
  await page.getByText("No alert is open").waitFor();
  await dashboard.world.pool.query(
    "insert into dead_letters (tenant_id, send_id, contact_id, reason, attempts) values ($1, gen_random_uuid(), 1, 'x', 3)",
    [tenantId],
  );
  await page.getByRole("link", { name: "Letters wait: all" }).click();
  const drawer = page.getByRole("dialog", { name: "Letters wait: all" });
  await drawer.getByRole("button", { name: "Acknowledge" }).click();
  await drawer.getByRole("table", { name: "History" }).getByText("Acknowledged").waitFor();
  await drawer.getByRole("button", { name: "Silence" }).click();
  const silence = page.getByRole("dialog", { name: "Silence Letters wait: all" });
  await silence.getByLabel("Reason").fill("It is looked into");
  await silence.getByRole("button", { name: "Silence" }).click();
  await drawer.getByRole("button", { name: "End the silence" }).waitFor();

  await go("/dashboard/alerts/rules");
  await page.getByRole("button", { name: "Edit Letters wait" }).click();
  const edit = page.getByRole("dialog", { name: "Letters wait" });
  await edit.getByLabel(/Fires above/).fill("5");
  await edit.getByRole("button", { name: "Save" }).click();
  await page.getByText("5 letters, at once").waitFor();
  await page.getByRole("button", { name: "Test Letters wait" }).click();
  await go("/dashboard/alerts?status=cleared");
  await page.getByRole("link", { name: "Letters wait: test" }).waitFor();
  expect(complaints).toEqual([]);
});
