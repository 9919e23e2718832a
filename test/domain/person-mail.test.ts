import { expect, test } from "vitest";
import { isWrittenByPerson } from "../../domain/person-mail.js";

const judge = (headers: Record<string, string>): boolean => isWrittenByPerson((name) => headers[name]);
const ann = { from: "Ann Smith <ann@b.example>", "return-path": "<ann@b.example>" };

test("a message without a sign of a machine is a person's", () => {
  expect(judge(ann)).toBe(true);
  expect(judge({ from: "ann@b.example", "auto-submitted": "no" })).toBe(true);
  expect(judge({ from: '"Bounces, Team" <team@b.example>' })).toBe(true);
});

test.each<Record<string, string>>([
  { "return-path": "<>" },
  { "auto-submitted": "auto-replied" },
  { "auto-submitted": "auto-generated" },
  { precedence: "bulk" },
  { "list-id": "<list.b.example>" },
  { "x-autoreply": "yes" },
  { from: "MAILER-DAEMON@b.example" },
  { from: "Mail System <postmaster@b.example>" },
  { from: "no-reply@b.example" },
  { from: "noreply+42@b.example" },
  { from: "" },
])("%j is a machine's", (sign) => {
  expect(judge({ ...ann, ...sign })).toBe(false);
});
