import { beforeAll, expect, test } from "vitest";
import { createMessageId } from "../../mail/message-id.js";
import { createTokens } from "../../mail/tracking-token.js";
import { createSnapshottedSend } from "../db/factories.js";
import { dsn, noSuchUser } from "../inbound/samples.js";
import { testDatabase } from "../setup/stack.js";
import { request, runApi, secret } from "./fixture.js";

const { pool, databaseUrl } = await testDatabase();
const apiToken = "a-token-of-the-api-tests";
let url: string;

beforeAll(async () => {
  const running = await runApi(databaseUrl, { apiToken });
  url = running.url;
  return () => running.api.close();
});

async function ask(method: string, route: string, body?: string, token = apiToken) {
  const response = await request(`${url}/api/bounces${route}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      "content-type": route === "" ? "message/rfc822" : "application/json",
    },
    ...(body !== undefined && { body }),
  });
  const text = await response.text();
  const isJson = /json/.test(String(response.headers.get("content-type")));
  return {
    status: response.status,
    text,
    answer: (isJson ? JSON.parse(text) : {}) as Record<string, unknown>,
  };
}

const returning = (messageId: string): string =>
  dsn(noSuchUser).replace("Subject: News\r\n", `Message-ID: ${messageId}\r\n`);

test("a message is taken, listed, shown and read again over HTTP; mistakes are told by field", async () => {
  const { tenantId, sendId, contactIds } = await createSnapshottedSend(pool, 1);
  const recipient = { sendId, contactId: contactIds[0] ?? "" };
  const raw = returning(createMessageId(createTokens(secret), recipient, "example.com"));
  expect((await ask("POST", "", raw, "another-token-of-16")).status).toBe(401);
  expect((await ask("POST", "", raw)).answer).toMatchObject({
    kind: "bounce",
    bounce_class: "hard",
    result: "suppressed",
  });
  const { data } = (await ask("GET", `?tenant_id=${tenantId}&kind=bounce`)).answer as {
    data: { report_id: string }[];
  };
  expect(data).toMatchObject([{ send_id: sendId, contact_id: recipient.contactId, source: "smtp" }]);
  const one = `/${data[0]?.report_id ?? ""}`;
  expect((await ask("GET", `${one}?tenant_id=${tenantId}`)).answer).toMatchObject({ raw_bytes: raw.length });
  expect((await ask("GET", `${one}/raw?tenant_id=${tenantId}`)).text).toBe(raw);
  expect((await ask("POST", `${one}/reprocess?tenant_id=${tenantId}`, "{}")).answer).toMatchObject({
    result: "unchanged",
  });
  expect((await ask("GET", one)).status).toBe(404);
  expect((await ask("GET", `/x?tenant_id=${tenantId}`)).status).toBe(422);
  expect((await ask("GET", "?tenant_id=!")).answer).toMatchObject({ problems: [{ field: "tenant_id" }] });
});

test("what carries no signature of ours is listed apart, with what it says itself", async () => {
  expect((await ask("POST", "", returning("<made.up@example.com>"))).answer).toMatchObject({
    result: "unmatched",
  });
  expect((await ask("GET", "/unmatched?limit=1")).answer).toMatchObject({
    data: [{ claimed_address: "a@b.example", claimed_message_id: "<made.up@example.com>", guess: null }],
  });
  expect((await ask("POST", "/unmatched/reprocess", "{}")).answer).toMatchObject({ matched: 0 });
  expect((await ask("POST", "", "")).status).toBe(422);
});
