import { expect, test } from "vitest";
import { parseImapUrl } from "../../domain/imap-mailbox.js";

test("a mailbox is one URL; ports and folder have defaults", () => {
  expect(parseImapUrl("imaps://bounces%40b.example:p%2Fw@imap.b.example")).toEqual({
    ...{ host: "imap.b.example", port: 993, secure: true },
    ...{ user: "bounces@b.example", password: "p/w", folder: "INBOX" },
  });
  expect(parseImapUrl("imap://a:b@[::1]:1143/Back%20mail?move=Read%2FDone")).toMatchObject({
    ...{ host: "::1", port: 1143, secure: false, folder: "Back mail", moveTo: "Read/Done" },
  });
});

test.each([
  "",
  "imap.b.example",
  "https://a:b@imap.b.example",
  "imaps://imap.b.example",
  "imaps://a@imap.b.example",
  "imaps://a:100%@imap.b.example",
])("%j is refused in words that do not repeat a password", (text) => {
  const parsed = parseImapUrl(text);
  expect(parsed).toHaveProperty("problem");
  expect(JSON.stringify(parsed)).not.toContain("100%@");
});
