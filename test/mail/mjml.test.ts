import { describe, expect, it } from "vitest";
import { InvalidInput } from "../../domain/errors.js";
import { compileMjml } from "../../mail/mjml.js";
import { prepareTemplate } from "../../mail/template.js";

const inBody = (content: string): string =>
  `<mjml><mj-body>${content}<mj-section><mj-column><mj-text>Hello {{first_name}}</mj-text></mj-column></mj-section></mj-body></mjml>`;

async function problemsOf(source: string): Promise<string[]> {
  return compileMjml(source).then(
    () => [],
    (error: unknown) => {
      if (error instanceof InvalidInput)
        return error.problems.map(({ field, problem }) => `${field} ${problem}`);
      throw error;
    },
  );
}

describe("MJML", () => {
  it("becomes html with its holes and blocks where they were", async () => {
    const raw = "<mj-raw>{{#if vip}}</mj-raw><mj-raw>{{/if}}</mj-raw>";
    const html = await compileMjml(inBody(raw));
    expect(html).toMatch(/^\s*<!doctype html>/i);
    expect(html).toMatch(/\{\{#if vip\}\}[\s\S]*\{\{\/if\}\}[\s\S]*Hello \{\{first_name\}\}/);
    expect(prepareTemplate({ subject: "s", html }).text).toContain("Hello {{first_name}}");
  });

  it("keeps links as they are written, for tracking", async () => {
    const button =
      '<mj-section><mj-column><mj-button href="https://a.test/x?y=1">Go</mj-button></mj-column></mj-section>';
    const html = await compileMjml(inBody(button));
    expect(prepareTemplate({ subject: "s", html }).links).toEqual(["https://a.test/x?y=1"]);
  });

  it.each([
    ["an element that there is not, with its line", inBody("\n<mj-nothing />"), /^mjml line 2: .*mj-nothing/],
    ["an attribute that there is not", inBody('<mj-section colour="red"></mj-section>'), /colour/],
    ["html", "<p>Hello</p>", /give html in the field html/],
    ["nothing", " \n", /is empty/],
    ["a file of the server", inBody('<mj-include path="/etc/passwd" />'), /mj-include/],
    ["a NUL", inBody("\0"), /NUL/],
    ["a block that is not closed", inBody("<mj-raw>{{#if a}}</mj-raw>"), /Parse error/],
    ["more than 128 kB", inBody(" ".repeat(128 * 1024)), /larger than 128 kB/],
  ])("is refused when it has %s", async (_, source, problem) => {
    expect(await problemsOf(source)).toEqual([expect.stringMatching(problem)]);
  });
});
