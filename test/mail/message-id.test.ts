import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { createMessageId, findMessageId } from "../../mail/message-id.js";
import { createTokens } from "../../mail/tracking-token.js";

const tokens = createTokens("a secret for tests");
const sendId = randomUUID();

test.each(["42", null])("a Message-ID leads back to contact %s, in whatever text and case", (contactId) => {
  const id = createMessageId(tokens, { sendId, contactId }, "news.example.com");
  expect(findMessageId(tokens, `References: <x@y>\r\n ${id} <z@y>`)).toEqual({ sendId, contactId });
  expect(findMessageId(tokens, id.toUpperCase())).toEqual({ sendId, contactId });
});

test("nobody can make one of somebody else's, nor one of a whole email of one recipient's", () => {
  const id = createMessageId(tokens, { sendId, contactId: "42" }, "news.example.com");
  expect(findMessageId(tokens, id.replace(".42.", ".43."))).toBeNull();
  expect(findMessageId(tokens, id.replace(".42.", "."))).toBeNull();
  expect(findMessageId(tokens, `<${sendId}.42@news.example.com>`)).toBeNull();
  expect(findMessageId(createTokens("another secret"), id)).toBeNull();
});

test("of many that are made up, some are looked at, and the search ends", () => {
  const forged = `<${sendId}.42.${"0".repeat(20)}@x> `;
  const id = createMessageId(tokens, { sendId, contactId: "42" }, "news.example.com");
  expect(findMessageId(tokens, forged.repeat(1_000) + id)).toBeNull();
});
