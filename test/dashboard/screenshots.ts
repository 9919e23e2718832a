/** `npm run dashboard:screenshots`: every page of the stack that `npm start` runs, in light, dark and on a phone, as pictures. */
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, BrowserContext } from "playwright-core";
import { connectFloe } from "../../client/connect.js";
import { loadConfig } from "../../runtime/config.js";
import { launchChromium, registeredPages, settled, views } from "./browser.js";

/** Beside the pages of the navigation, as arguments: `npm run dashboard:screenshots -- /dashboard/contacts/1`. */
const others = process.argv.slice(2);
const password = "tall giraffes hum at noon";

const { publicUrl } = loadConfig();
const floe = await connectFloe();
const email = `pictures-${Date.now()}@people.example`;
const { userId, password: given } = await floe.users.create({ email, name: "Pictures", admin: true });
const folder = await mkdtemp(join(tmpdir(), "floe-dashboard-"));
const browser = await launchChromium();
try {
  await choosePassword(browser);
  for (const { name, options } of views) {
    const context = await browser.newContext(options);
    await signIn(context, password);
    const page = await context.newPage();
    await page.goto(`${publicUrl}/dashboard`);
    for (const path of [...(await registeredPages(page)), ...others]) {
      await page.goto(`${publicUrl}${path}`);
      await settled(page);
      const file = `${path.replace(/^\/dashboard\/?/, "").replaceAll("/", "-") || "overview"}-${name}.png`;
      await page.screenshot({ path: join(folder, file), fullPage: true });
    }
    await context.close();
  }
} finally {
  await browser.close();
  await floe.users.disable({ userId });
  await floe.close();
}
process.stdout.write(`${folder}\n`);

async function choosePassword(own: Browser): Promise<void> {
  const context = await own.newContext();
  await signIn(context, given);
  const data = { current_password: given, new_password: password };
  await context.request.post(`${publicUrl}/api/session/password`, { data, headers: { "floe-csrf": "1" } });
  await context.close();
}

async function signIn(context: BrowserContext, shown: string): Promise<void> {
  const data = { email, password: shown };
  const answer = await context.request.post(`${publicUrl}/api/session`, {
    data,
    headers: { "floe-csrf": "1" },
  });
  if (!answer.ok()) throw new Error(await answer.text());
}
