import { createRequire } from "node:module";
import { readFile } from "node:fs/promises";
import { chromium as playwright, type Browser, type Page } from "playwright-core";
import { environment } from "../../runtime/config.js";
import { chromium } from "../setup/chromium.js";

/** Nothing that asks the world outside. */
const flags = [
  ...["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
  ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
];

export async function launchChromium(): Promise<Browser> {
  const { program, env } = await chromium();
  return playwright.launch({ executablePath: program, args: flags, env: { ...environment(), ...env } });
}

export interface View {
  name: "light" | "dark" | "phone";
  options: {
    colorScheme: "light" | "dark";
    viewport: { width: number; height: number };
    hasTouch?: boolean;
  };
}

/** How pages are looked at. */
export const views: readonly View[] = [
  { name: "light", options: { colorScheme: "light", viewport: { width: 1440, height: 900 } } },
  { name: "dark", options: { colorScheme: "dark", viewport: { width: 1440, height: 900 } } },
  { name: "phone", options: { colorScheme: "light", viewport: { width: 390, height: 844 }, hasTouch: true } },
];

/** An open page, in another view. */
export async function show(page: Page, { options: { colorScheme, viewport } }: View): Promise<void> {
  await page.emulateMedia({ colorScheme });
  await page.setViewportSize(viewport);
  await page.locator(`html[data-mantine-color-scheme="${colorScheme}"]`).waitFor({ state: "attached" });
}

/** What the page's scripts and the content security policy complained about. Refused requests are the test's own business. */
export function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource"))
      complaints.push(message.text());
  });
  return complaints;
}

/** Pages that the navigation shows, as paths. */
export async function registeredPages(page: Page): Promise<string[]> {
  const links = page.locator('nav[aria-label="Pages"] a');
  await links.first().waitFor({ state: "attached" });
  return links.evaluateAll((found) =>
    found.map((link) => new URL((link as unknown as { href: string }).href).pathname),
  );
}

/** Its title is there, and nothing on it is still loading. */
export async function settled(page: Page): Promise<void> {
  await page.locator("h1").first().waitFor();
  await page.locator("main .mantine-Skeleton-root").first().waitFor({ state: "detached" });
}

let axeSource: Promise<string> | undefined;

/** What axe finds serious or critical, with where. */
export async function seriousFaults(page: Page): Promise<string[]> {
  axeSource ??= readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
  if (await page.evaluate("typeof axe === 'undefined'")) await page.evaluate(await axeSource);
  const found = await page.evaluate("axe.run({ resultTypes: ['violations'] })");
  const { violations } = found as { violations: Violation[] };
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, help, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id}: ${help} ${target.join(" ")} ${failureSummary}`),
    );
}

interface Violation {
  id: string;
  impact: string;
  help: string;
  nodes: { target: string[]; failureSummary: string }[];
}
