import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll } from "vitest";
import { createUsersOf } from "../../client/parts.js";
import type { MemberRole } from "../../domain/access.js";
import { ensureDashboard } from "../../runtime/dashboard/build.js";
import { runApi } from "../api/fixture.js";
import { createBrowser } from "../sign-in/browser.js";
import { sealerOf } from "../support/keys.js";
import { startWorld, type World, type WorldOptions } from "../support/world.js";
import { complaintsOf, launchChromium } from "./browser.js";

export const ownPassword = "tall giraffes hum at noon";

export interface Person {
  userId: string;
  email: string;
}

export interface OpenPage {
  page: Page;
  /** Empty as long as nothing went wrong in it. */
  complaints: string[];
  /** Waits for the page's title. */
  go: (path: string) => Promise<void>;
}

export interface Dashboard {
  world: World;
  url: string;
  browser: Browser;
  /** With a password of their own: `ownPassword`. */
  person(memberships?: Record<string, MemberRole>, over?: { admin?: boolean }): Promise<Person>;
  /** A browser of its own, signed in. */
  open(person: Person, options?: BrowserContextOptions): Promise<OpenPage>;
  /** The same, signed out. */
  visit(options?: BrowserContextOptions): Promise<OpenPage>;
}

let people = 0;

/** Everything real, once a file: workers, API, the dashboard as it is built, and Chromium. */
export async function openDashboard(options: WorldOptions = {}): Promise<Dashboard> {
  const [world, browser] = await Promise.all([startWorld(options), launchChromium(), ensureDashboard()]);
  const { databaseUrl, redisUrl, temporal, warmupEngagement = false } = world.config;
  const running = await runApi(databaseUrl, { redisUrl, temporal, warmupEngagement });
  const { url } = running;
  afterAll(async () => {
    await browser.close();
    await running.api.close();
  });
  const users = createUsersOf(world.pool, sealerOf(), {});

  const visit: Dashboard["visit"] = async (view = {}) => {
    const context = await browser.newContext({ reducedMotion: "reduce", ...view });
    const page = await context.newPage();
    const go = async (path: string): Promise<void> => {
      await page.goto(`${url}${path}`);
      await page.locator("h1").first().waitFor();
    };
    return { page, complaints: complaintsOf(page), go };
  };
  return {
    ...{ world, url, browser, visit },
    async person(memberships = {}, { admin = false } = {}) {
      const email = `person${(people += 1)}-${process.pid}@people.example`;
      const { userId, password } = await users.create({ email, name: "Somebody", admin });
      for (const [tenantId, role] of Object.entries(memberships))
        await users.addTo({ tenantId, userId, role });
      const asked = createBrowser(running);
      await asked.ask("/api/session", { body: { email, password } });
      const change = { current_password: password, new_password: ownPassword };
      const { status, text } = await asked.ask("/api/session/password", { body: change });
      if (status !== 204) throw new Error(text);
      return { userId, email };
    },
    async open({ email }, view) {
      const asked = createBrowser(running);
      const { status, text } = await asked.ask("/api/session", { body: { email, password: ownPassword } });
      if (status !== 201) throw new Error(text);
      const opened = await visit(view);
      const cookies = [...asked.cookies].map(([name, value]) => ({ name, value, url }));
      await opened.page.context().addCookies(cookies);
      return opened;
    },
  };
}
