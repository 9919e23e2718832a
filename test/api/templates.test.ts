import { afterAll, beforeAll, expect, it } from "vitest";
import { testDatabase, testRedis, testTemporal, type TestDatabase } from "../setup/stack.js";
import { allPages, asking, keyOf, newAsker, type Asker } from "./asking.js";
import { runApi, type RunningApi } from "./fixture.js";

let database: TestDatabase;
let running: RunningApi;
let shop: Asker;

beforeAll(async () => {
  database = await testDatabase();
  const [{ url: redisUrl }, temporal] = await Promise.all([testRedis(), testTemporal()]);
  running = await runApi(database.databaseUrl, { redisUrl, temporal });
  shop = await newAsker(database, running.url);
});
afterAll(() => running.api.close());

const hello = { subject: "Hello {{first_name}}", html: "<p>Hi {{first_name}}, {{{unsubscribe_url}}}</p>" };

it("A template is saved in versions that never change, read, renamed and deleted", async () => {
  const { ask } = shop;
  const first = await ask("POST", "/api/templates", { name: "welcome", ...hello });
  expect(first).toMatchObject({ status: 201, body: { version: 1 } });
  const path = first.headers.get("location") ?? "";
  const second = await ask("POST", "/api/templates", { name: "welcome", ...hello, subject: "Welcome" });
  expect(second.body).toMatchObject({ template_id: first.body.template_id, version: 2 });
  expect((await ask("GET", path)).body).toMatchObject({ name: "welcome", subject: "Welcome", version: 2 });
  const old = await ask("GET", `/api/templates/${String(first.body.template_version_id)}`);
  expect(old.body).toMatchObject({ version: 1, subject: hello.subject });
  const versions = await allPages(ask, `${path}/versions?limit=1`);
  expect(versions.map(({ version }) => version)).toEqual([2, 1]);

  await ask("POST", "/api/templates", { name: "another", ...hello });
  expect((await allPages(ask, "/api/templates?limit=1")).map(({ name }) => name)).toEqual([
    "another",
    "welcome",
  ]);
  expect((await ask("PATCH", path, { name: "another" })).status).toBe(409);
  expect((await ask("PATCH", path, { name: "greeting" })).body).toMatchObject({
    name: "greeting",
    version: 2,
  });
  const other = await newAsker(database, running.url);
  expect((await other.ask("GET", path)).status).toBe(404);
  expect((await other.ask("DELETE", path)).status).toBe(404);
  expect((await ask("DELETE", path)).status).toBe(204);
  expect((await ask("GET", path)).status).toBe(404);
});

it("What somebody gets is shown, of a version or of a draft; what is wrong has its line", async () => {
  const { ask } = shop;
  await ask("POST", "/api/templates", { name: "shown", ...hello });
  const variables = { first_name: "A & B" };
  const shown = await ask("POST", "/api/templates/shown/preview", { variables });
  expect(shown.body).toMatchObject({
    subject: "Hello A & B",
    html: expect.stringContaining("<p>Hi A &amp; B, https://") as string,
    text: expect.stringContaining("Hi A & B") as string,
  });
  const draft = await ask("POST", "/api/templates/preview", { ...hello, preheader: "Soon", variables });
  expect(draft.body.html).toContain("Soon");
  const wrong = await ask("POST", "/api/templates", { name: "x", subject: "s", html: "<p>\n{{#if}" });
  expect(wrong.status).toBe(422);
  expect(wrong.body.problems).toMatchObject([
    { pointer: "/html", problem: expect.stringContaining("line 2") as string },
  ]);
});

it("A version is sent to one address by whoever may send emails; then the template stays", async () => {
  const { ask, tenantId } = shop;
  await ask("POST", "/api/templates", { name: "tested", ...hello });
  const test = {
    recipient: "me@example.com",
    from_email: "news@shop.example",
    variables: { first_name: "Me" },
  };
  const viewer = asking(running.url, await keyOf(database, tenantId, "viewer"));
  expect((await viewer("POST", "/api/templates/tested/test", test)).status).toBe(403);
  const refused = await ask("POST", "/api/templates/tested/test", { ...test, recipient: "me" });
  expect(refused.body.problems).toMatchObject([{ pointer: "/recipient" }]);
  const sent = await ask("POST", "/api/templates/tested/test", test);
  expect(sent.status).toBe(202);
  const { rows } = await database.pool.query("select from emails where email_id = $1", [sent.body.email_id]);
  expect(rows).toHaveLength(1);
  expect((await ask("DELETE", "/api/templates/tested")).status).toBe(409);
  expect((await ask("GET", "/api/templates/tested")).status).toBe(200);
});

it("A template written as MJML keeps its source, and is sent as html; html and MJML together are refused", async () => {
  const { ask } = shop;
  const mjml =
    "<mjml><mj-body><mj-section><mj-column><mj-text>Hi {{first_name}}</mj-text></mj-column></mj-section></mj-body></mjml>";
  const saved = await ask("POST", "/api/templates", { name: "drawn", subject: "Hello", mjml });
  expect(saved.status).toBe(201);
  expect((await ask("POST", "/api/templates", { name: "drawn", subject: "Hello", mjml })).body).toEqual(
    saved.body,
  );
  const { body } = await ask("GET", "/api/templates/drawn");
  expect(body).toMatchObject({ mjml, html: expect.stringContaining("Hi {{first_name}}") as string });
  const asHtml = { name: "drawn", subject: "Hello", html: body.html };
  expect((await ask("POST", "/api/templates", asHtml)).body).toMatchObject({ version: 2 });
  expect((await ask("GET", "/api/templates/drawn")).body).toMatchObject({ mjml: null });

  const draft = { subject: "Hello", mjml, variables: { first_name: "Ann" } };
  const shown = await ask("POST", "/api/templates/preview", draft);
  expect(shown.body).toMatchObject({ text: expect.stringContaining("Hi Ann") as string });
  const both = await ask("POST", "/api/templates", { ...asHtml, mjml });
  expect(both).toMatchObject({ status: 422, body: { problems: [{ pointer: "/html" }] } });
  const wrong = await ask("POST", "/api/templates", {
    name: "drawn",
    subject: "Hello",
    mjml: "<mjml><mj-no/></mjml>",
  });
  expect(wrong).toMatchObject({ status: 422, body: { problems: [{ pointer: "/mjml" }] } });
});
