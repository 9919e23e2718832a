import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { webhookEvents, webhookEventTypes } from "../../domain/webhook-events.js";

const documented = readFileSync(new URL("../../docs/webhooks.md", import.meta.url), "utf8");

/** The part of the document between this event's heading and the next one. */
function sectionOf(type: string): string {
  return documented.split(`\n### \`${type}\`\n`)[1]?.split("\n### ")[0] ?? "";
}

it.each(webhookEventTypes)("%s is documented with its version and every field", (type) => {
  const { version, when, data } = webhookEvents[type];
  const section = sectionOf(type);
  expect(section).toContain(`Version ${version}: ${when}.`);
  const fields = [...section.matchAll(/^\| `(\w+)`/gm)].map(([, field]) => field);
  expect(fields).toEqual(Object.keys(data));
});

it("documents no event that there is not", () => {
  const headings = [...documented.matchAll(/^### `(.+)`$/gm)].map(([, type]) => type);
  expect(headings).toEqual(webhookEventTypes);
});
