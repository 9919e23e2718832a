import { beforeAll, expect, it } from "vitest";
import { until } from "../support/until.js";
import { createAudience } from "../support/world.js";
import { seriousFaults, views } from "./browser.js";
import { openDashboard, type Dashboard, type OpenPage } from "./fixture.js";

let dashboard: Dashboard;
let tenantId: string;

beforeAll(async () => {
  dashboard = await openDashboard();
  ({ tenantId } = await createAudience(dashboard.world, { contacts: 1, domain: "told.example" }));
});

async function opened(path: string): Promise<OpenPage & { userId: string }> {
  const person = await dashboard.person({ [tenantId]: "operator" });
  const open = await dashboard.open(person, views[0]?.options);
  await open.go(path);
  return { ...open, userId: person.userId };
}

it("somebody chooses kinds by channel, quiet hours and a digest; what is critical is locked", async () => {
  const { page, complaints, userId } = await opened("/dashboard/notifications/how");
  const box = page.getByRole("checkbox", { name: "A node was paused: Email" });
  await box.uncheck();
  const locked = page.getByRole("img", { name: "Your second factor was removed: Email, always" });
  await locked.waitFor();
  await page.getByRole("switch", { name: "Quiet hours" }).check();
  await page.getByText("Once a day").click();
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Saved; it counts for what waits already.").waitFor();
  const { notifications } = dashboard.world.floe;
  expect(await notifications.settings({ user: userId })).toMatchObject({
    ...{ quietHours: { from: "22:00", to: "07:00" }, digest: "daily", digestAt: "08:00" },
  });
  await until("the choice is kept", async () => {
    const chosen = await notifications.preferences({ user: userId });
    return chosen.some((one) => one.kind === "node.paused" && one.channel === "email" && !one.enabled);
  });
  expect(await seriousFaults(page)).toEqual([]);
  expect(complaints).toEqual([]);
});

it("a device is renamed and removed, and a notification says what became of it by each channel", async () => {
  const { page, complaints, userId, go } = await opened("/dashboard/notifications");
  const { notifications } = dashboard.world.floe;
  const phone = { kind: "fcm", name: "Pixel", token: "token-of-a-phone-in-the-dashboard" } as const;
  await notifications.registerDevice({ user: userId, ...phone });
  await go("/dashboard/notifications/how");
  await page.getByRole("button", { name: "Rename Pixel" }).click();
  await page.getByRole("dialog").getByLabel("Name").fill("Work phone");
  await page.getByRole("dialog").getByRole("button", { name: "Rename" }).click();
  await page.getByRole("button", { name: "To phones" }).click();
  await page.getByText("A test is under way").waitFor();
  const link = page.getByRole("link", { name: "A test" });
  await until(
    "it is handed over",
    async () => (await notifications.deliveries({ tenantId, user: userId })).length > 0,
  );
  await go("/dashboard/notifications");
  await link.click();
  await page.getByRole("dialog", { name: "What became of it" }).getByText("Phone: Work phone").waitFor();
  await go("/dashboard/notifications/how");
  await page.getByRole("button", { name: "Remove Work phone" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await page.getByText("Nothing is pushed yet").waitFor();
  expect(await notifications.devices({ user: userId })).toEqual([]);
  expect(complaints).toEqual([]);
});

it("what is pushed is shown by the service worker that the page registers", async () => {
  const { page, complaints } = await opened("/dashboard/notifications/how");
  await page.context().grantPermissions(["notifications"]);
  const devtools = await page.context().newCDPSession(page);
  const registered = new Promise<string>((resolve) =>
    devtools.on("ServiceWorker.workerVersionUpdated", ({ versions }) => {
      const active = versions.find(({ status }) => status === "activated");
      if (active) resolve(active.registrationId);
    }),
  );
  await devtools.send("ServiceWorker.enable");
  await page.evaluate("navigator.serviceWorker.register('/dashboard/push-worker.js')");
  await devtools.send("ServiceWorker.deliverPushMessage", {
    ...{ origin: dashboard.url, registrationId: await registered },
    data: JSON.stringify({ title: "An import failed", body: "Line 7.", tag: "t" }),
  });
  const shown = await until("it is shown", async () => {
    const read =
      "navigator.serviceWorker.ready.then((r) => r.getNotifications()).then((all) => all.map((n) => [n.title, n.body, n.tag]))";
    const all = await page.evaluate<string[][]>(read);
    return all.length > 0 && all;
  });
  expect(shown).toEqual([["An import failed", "Line 7.", "t"]]);
  expect(complaints).toEqual([]);
});
