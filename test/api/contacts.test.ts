import { afterAll, beforeAll, expect, it } from "vitest";
import { testDatabase, testRedis } from "../setup/stack.js";
import { allPages, newAsker, type Asker } from "./asking.js";
import { runApi, type RunningApi } from "./fixture.js";

let running: RunningApi;
let shop: Asker;
let other: Asker;

beforeAll(async () => {
  const database = await testDatabase();
  const { url: redisUrl } = await testRedis();
  running = await runApi(database.databaseUrl, { redisUrl });
  shop = await newAsker(database, running.url);
  other = await newAsker(database, running.url);
});
afterAll(() => running.api.close());

function people(count: number, domain: string) {
  return Array.from({ length: count }, (_, i) => ({
    email: `p${i}@${domain}`,
    attributes: { plan: "pro", n: i },
  }));
}

it("Contacts are created, read by id or address, changed and forgotten, by their tenant alone", async () => {
  const { ask } = shop;
  const contact = {
    email: "Ann@One.example",
    first_name: "Ann",
    time_zone: "Europe/Rome",
    attributes: { City: "Rome" },
  };
  const created = await ask("POST", "/api/contacts", { contacts: [contact] });
  expect(created.body).toEqual({ created: 1, updated: 0, added: 0 });
  const { body } = await ask("GET", "/api/contacts/ann@one.example");
  expect(body).toMatchObject({ email: "ann@one.example", first_name: "Ann", attributes: { City: "Rome" } });

  const path = `/api/contacts/${String(body.contact_id)}`;
  const changed = await ask("PATCH", path, { first_name: null, attributes: { City: null, plan: "pro" } });
  expect(changed.body).toMatchObject({
    first_name: null,
    time_zone: "Europe/Rome",
    attributes: { plan: "pro" },
  });
  const moved = await ask("PATCH", path, { email: "ann@two.example" });
  expect(moved.body).toMatchObject({ email: "ann@two.example", domain: "two.example" });

  for (const method of ["GET", "PATCH", "DELETE"] as const)
    expect((await other.ask(method, path, method === "PATCH" ? { name: "x" } : undefined)).status).toBe(404);
  expect((await ask("DELETE", path)).status).toBe(204);
  expect((await ask("GET", path)).status).toBe(404);
});

it("A change holds only of what was seen; an address that is taken stays its contact's", async () => {
  const { ask } = shop;
  await ask("POST", "/api/contacts", {
    contacts: [{ email: "a@taken.example" }, { email: "b@taken.example" }],
  });
  const path = "/api/contacts/a@taken.example";
  const etag = (await ask("GET", path)).headers.get("etag") ?? "";
  expect((await ask("PATCH", path, { name: "first" }, { "if-match": etag })).status).toBe(200);
  expect((await ask("PATCH", path, { name: "second" }, { "if-match": etag })).status).toBe(412);
  expect((await ask("PATCH", path, { email: "b@taken.example" })).status).toBe(409);
  expect((await ask("GET", path)).body).toMatchObject({ name: "first", email: "a@taken.example" });
});

it("What is wrong is named by its place, and nothing is written", async () => {
  const { ask } = shop;
  const contacts = [
    { email: "fine@wrong.example" },
    { email: "broken" },
    { email: "x@wrong.example", colour: 1 },
  ];
  const unknown = await ask("POST", "/api/contacts", { contacts });
  expect(unknown.body.problems).toMatchObject([
    { field: "contacts.2.colour", pointer: "/contacts/2/colour" },
  ]);
  const refused = await ask("POST", "/api/contacts", { contacts: contacts.slice(0, 2) });
  expect(refused.status).toBe(422);
  expect(refused.body.problems).toMatchObject([{ field: "contacts.1.email", pointer: "/contacts/1/email" }]);
  expect((await ask("GET", "/api/contacts/fine@wrong.example")).status).toBe(404);
  expect((await ask("GET", "/api/contacts?list=nowhere")).status).toBe(404);
});

it("Lists hold contacts, are paged, renamed and deleted", async () => {
  const { ask } = shop;
  for (const name of ["b-list", "a-list", "c-list"]) {
    const { status, body, headers } = await ask("POST", "/api/lists", { name });
    expect([status, headers.get("location")]).toEqual([201, `/api/lists/${String(body.list_id)}`]);
  }
  expect((await allPages(ask, "/api/lists?limit=2")).map(({ name }) => name)).toEqual([
    "a-list",
    "b-list",
    "c-list",
  ]);

  await ask("POST", "/api/contacts", { contacts: people(5, "lists.example"), list: "a-list" });
  const members = await allPages(ask, "/api/contacts?list=a-list&limit=2");
  expect(members.map(({ email }) => email)).toEqual(people(5, "lists.example").map(({ email }) => email));
  const contact_ids = members.slice(0, 2).map(({ contact_id }) => contact_id);
  expect((await ask("POST", "/api/lists/b-list/contacts", { contact_ids })).body).toEqual({ added: 2 });
  expect((await ask("POST", "/api/lists/b-list/contacts", { contact_ids })).body).toEqual({ added: 0 });
  expect((await ask("POST", "/api/lists/a-list/contacts/remove", { contact_ids })).body).toEqual({
    removed: 2,
  });
  expect((await ask("GET", "/api/lists/a-list")).body).toMatchObject({ contact_count: 3 });

  expect((await ask("PATCH", "/api/lists/b-list", { name: "a-list" })).status).toBe(409);
  expect((await ask("PATCH", "/api/lists/b-list", { name: "two" })).body).toMatchObject({ contact_count: 2 });
  expect((await ask("DELETE", "/api/lists/two")).status).toBe(204);
  expect((await ask("GET", "/api/contacts/p0@lists.example")).status).toBe(200);
});

it("A list of another tenant is not there, nor are its contacts added to one's own", async () => {
  const { body: list } = await shop.ask("POST", "/api/lists", { name: "private" });
  const path = `/api/lists/${String(list.list_id)}`;
  expect((await other.ask("GET", path)).status).toBe(404);
  expect((await other.ask("DELETE", path)).status).toBe(404);
  await other.ask("POST", "/api/contacts", { contacts: [{ email: "theirs@example.com" }] });
  const { body: theirs } = await other.ask("GET", "/api/contacts/theirs@example.com");
  const added = await shop.ask("POST", `${path}/contacts`, { contact_ids: [theirs.contact_id] });
  expect(added.body).toEqual({ added: 0 });
});

it("Segments are created, counted, read through, changed and deleted; the place in a filter is named", async () => {
  const { ask } = shop;
  await ask("POST", "/api/contacts", { contacts: people(3, "segments.example") });
  const filter = { all: [{ field: "domain", op: "eq", value: "segments.example" }] };
  const created = await ask("POST", "/api/segments", { name: "all of it", filter });
  expect(created).toMatchObject({ status: 201, body: { created: true, filter } });
  const path = `/api/segments/${String(created.body.segment_id)}`;
  expect((await ask("GET", `${path}/count`)).body).toEqual({ contacts: 3, estimated: false });
  expect(await allPages(ask, "/api/contacts?segment=all%20of%20it&limit=2")).toHaveLength(3);

  const narrower = { all: [...filter.all, { field: "attributes.n", op: "lt", value: 2 }] };
  expect((await ask("POST", "/api/segments/count", { filter: narrower })).body).toEqual({
    contacts: 2,
    estimated: false,
  });
  const changed = await ask("PATCH", path, { filter: narrower, name: "some" });
  expect(changed.body).toMatchObject({ name: "some", filter: narrower });
  expect((await ask("GET", "/api/segments/some/count")).body).toEqual({ contacts: 2, estimated: false });

  const wrong = {
    all: [
      { field: "domain", op: "eq", value: "x" },
      { field: "shoes", op: "eq", value: 1 },
    ],
  };
  const refused = await ask("PATCH", path, { filter: wrong });
  expect(refused.status).toBe(422);
  expect(refused.body.problems).toMatchObject([
    { field: "filter.all[1].field", pointer: "/filter/all/1/field" },
  ]);
  expect((await other.ask("GET", path)).status).toBe(404);
  expect((await ask("DELETE", path)).status).toBe(204);
});

it("A list or segment that something refers to stays, and says what", async () => {
  const { ask } = shop;
  const { body: list } = await ask("POST", "/api/lists", { name: "kept" });
  await ask("POST", "/api/segments", { name: "of kept", filter: { not: { list: list.list_id } } });
  const refused = await ask("DELETE", "/api/lists/kept");
  expect(refused.status).toBe(409);
  expect(refused.body.detail).toContain("segment of kept");
  await ask("DELETE", "/api/segments/of%20kept");
  expect((await ask("DELETE", "/api/lists/kept")).status).toBe(204);
});

it("Contacts are found by how their address begins, whatever stands in it, in its order, page by page", async () => {
  const { ask } = shop;
  const emails = ["a_b@prefix.example", "axb@prefix.example", "a%b@prefix.example"];
  await ask("POST", "/api/lists", { name: "prefixed" });
  const added = await ask("POST", "/api/contacts", {
    contacts: emails.map((email) => ({ email })),
    list: "prefixed",
  });
  expect(added.body).toEqual({ created: 3, updated: 0, added: 3 });
  await ask("POST", "/api/contacts", { contacts: people(5, "prefix.example") });
  const found = async (query: string): Promise<unknown[]> =>
    (await allPages(ask, `/api/contacts?${query}`)).map(({ email }) => email);
  expect(await found("email_prefix=a_&limit=1")).toEqual(["a_b@prefix.example"]);
  expect(await found("email_prefix=A%25")).toEqual(["a%b@prefix.example"]);
  expect(await found("email_prefix=a&limit=2&list=prefixed")).toEqual([
    "a%b@prefix.example",
    "a_b@prefix.example",
    "axb@prefix.example",
  ]);
  expect(await found("email_prefix=p&list=prefixed")).toEqual([]);
  expect((await other.ask("GET", "/api/contacts?email_prefix=a")).body.data).toEqual([]);
  expect((await ask("GET", "/api/contacts?email_prefix=")).status).toBe(422);
});
