import { beforeAll, describe, expect, it } from "vitest";
import { createAudience } from "../support/world.js";
import { registeredPages, seriousFaults, settled, show, views } from "./browser.js";
import { openDashboard, ownPassword, type Dashboard, type Person } from "./fixture.js";

let dashboard: Dashboard;
let tenantId: string;
let operator: Person;

beforeAll(async () => {
  dashboard = await openDashboard();
  ({ tenantId } = await createAudience(dashboard.world, { contacts: 60, domain: "walk.example" }));
  operator = await dashboard.person({ [tenantId]: "operator" });
});

describe("Whoever opens the API's address", () => {
  it("signs in, finds a contact, changes it, and signs out", async () => {
    const { page, complaints } = await dashboard.visit();
    await page.goto(dashboard.url);
    await page.getByLabel("Email").fill(operator.email);
    await page.getByLabel("Password").fill(ownPassword);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("heading", { name: "Overview", level: 1 }).waitFor();
    await page.getByRole("link", { name: "Contacts" }).click();
    await page.getByRole("button", { name: "Next" }).click();
    await page.getByRole("link", { name: "user55@walk.example" }).click();
    const drawer = page.getByRole("dialog", { name: "user55@walk.example" });
    await drawer.getByRole("button", { name: "Edit" }).click();
    await drawer.getByLabel("Email").fill("nobody");
    await drawer.getByRole("button", { name: "Save" }).click();
    await drawer.getByText("give an address like name@example.com").waitFor();
    await drawer.getByLabel("Email").fill("renamed@walk.example");
    await drawer.getByRole("button", { name: "Save" }).click();
    await page.getByRole("dialog", { name: "renamed@walk.example" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("link", { name: "renamed@walk.example" }).waitFor();
    await page.getByRole("button", { name: /^Account of/ }).click();
    await page.getByRole("menuitem", { name: "Sign out" }).click();
    await page.waitForURL(/\/sign-in/);
    await page.goto(`${dashboard.url}/dashboard/contacts`);
    await page.waitForURL(/\/sign-in\?return_to=%2Fdashboard%2Fcontacts/);
    expect(complaints).toEqual([]);
  });

  it("whose session ends signs in again over the page, which stays as it was", async () => {
    const { page, go } = await dashboard.open(operator);
    await go("/dashboard/contacts/new");
    await page.getByLabel("Email").fill("half-typed@walk.example");
    await page.context().clearCookies();
    await page.getByRole("button", { name: "Add", exact: true }).click();
    const dialog = page.getByRole("dialog", { name: "Your session has ended" });
    await dialog.getByLabel(/^Password/).fill(ownPassword);
    await dialog.getByRole("button", { name: "Sign in" }).click();
    await dialog.waitFor({ state: "detached" });
    expect(await page.getByLabel("Email").inputValue()).toBe("half-typed@walk.example");
  });

  it("sees what another changes, as it happens", async () => {
    const [one, other] = [await dashboard.open(operator), await dashboard.open(operator)];
    await other.go("/dashboard/contacts/user7@walk.example");
    await one.go("/dashboard/contacts/user7@walk.example");
    await one.page.getByRole("button", { name: "Edit" }).click();
    await one.page.getByLabel("First name").fill("Seventh");
    await one.page.getByRole("button", { name: "Save" }).click();
    await other.page.getByRole("dialog").getByText("Seventh").waitFor();
  });
});

/** Each page is loaded once, and looked at in every view. */
it(
  "in light, in dark and on a phone no page has a serious fault of accessibility, nor breaks its own security policy",
  { timeout: 900_000 },
  async () => {
    const admin = await dashboard.person({ [tenantId]: "owner" }, { admin: true });
    const { page, complaints, go } = await dashboard.open(admin, views[0]?.options);
    await go("/dashboard");
    const paths = [
      ...(await registeredPages(page)),
      "/dashboard/contacts/new",
      "/dashboard/contacts/user1@walk.example",
    ];
    expect(paths).toContain("/dashboard/contacts");
    for (const path of paths) {
      await go(path);
      for (const view of views) {
        await show(page, view);
        await settled(page);
        const at = { path, view: view.name };
        expect({ ...at, faults: await seriousFaults(page) }).toEqual({ ...at, faults: [] });
        // Nothing is wider than the screen, but in a part that scrolls by itself.
        const wide = await page.evaluate("document.documentElement.scrollWidth > innerWidth");
        expect({ ...at, wide }).toEqual({ ...at, wide: false });
      }
    }
    expect(complaints).toEqual([]);
  },
);
