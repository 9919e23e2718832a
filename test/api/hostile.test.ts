import { connect } from "node:net";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { pino } from "pino";
import { beforeAll, describe, expect, it } from "vitest";
import { operations } from "../../api/operations/index.js";
import { ownPath } from "../../api/sign-in/return-to.js";
import type { Operation } from "../../api/operation.js";
import { makeTenant } from "../data/factories.js";
import { testDatabase, testRedis, testTemporal, type TestDatabase } from "../setup/stack.js";
import { asking, keyOf, type Ask } from "./asking.js";
import { runApi } from "./fixture.js";
import { probeOf, type Probe } from "./prober.js";
import { factsOf } from "./treasure.js";

const apiToken = "a-token-of-the-platform";
let database: TestDatabase;
let url: string;
let victim: string;
let key: string;
let mallory: Ask;
let platform: Ask;
const logged: string[] = [];

beforeAll(async () => {
  database = await testDatabase();
  const [{ url: redisUrl }, temporal] = await Promise.all([testRedis(), testTemporal()]);
  const log = pino({}, { write: (line: string) => void logged.push(line) });
  const config = { redisUrl, temporal, apiToken, rateLimitEnabled: false };
  const running = await runApi(database.databaseUrl, config, { log });
  url = running.url;
  victim = await makeTenant(database.pool);
  const owner = asking(url, await keyOf(database, victim));
  await owner("POST", "/api/lists", { name: "all" });
  await owner("POST", "/api/contacts", { contacts: [{ email: "ann@victim.example" }] });
  await owner("POST", "/api/templates", { name: "hello", subject: "Hello", html: "<p>Hello</p>" });
  await owner("POST", "/api/webhooks", { url: "https://victim.example/hook" });
  key = await keyOf(database, await makeTenant(database.pool));
  mallory = asking(url, key);
  platform = asking(url, apiToken);
  return () => running.api.close();
}, 60_000);

type Method = Parameters<Ask>[0];

/** Nothing of the victim's is other than before, and the server answers. */
async function harmless(attack: () => Promise<unknown>): Promise<void> {
  const before = await factsOf(database, victim);
  await attack();
  expect(await factsOf(database, victim)).toEqual(before);
  expect((await fetch(`${url}/health/ready`)).status).toBe(200);
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
}

const injections: [name: string, text: unknown][] = [
  ["SQL", `x' or '1'='1'; drop table contacts cascade; select pg_sleep(1); --`],
  ["SQL in double quotes", `") union select key_id, secret_hash from api_keys; --`],
  [
    "a template",
    "{{#with this as |t|}}{{t.constructor.constructor 'return process'}}{{/with}}${7*7}<%= 7*7 %>",
  ],
  ["a formula", "=cmd|'/c calc'!A0"],
  ["lines", 'x\r\nSet-Cookie: floe-session=stolen\r\n\r\n{"level":60,"msg":"forged"}'],
  ["an operator", { $gt: "", $where: "sleep(1000)" }],
  ["LDAP", "*)(uid=*))(|(uid=*"],
  ["a shell", "$(touch /tmp/floe-owned);`id`|id&id"],
  ["a script", '"><script>alert(1)</script><img src=x onerror=alert(1)>'],
  ["a path", "../../../../etc/passwd"],
  ["a path in escapes", "..%2f..%2f..%2fetc%2fpasswd%00.csv"],
  ["a share", "\\\\evil.example\\share"],
  ["a prototype", "__proto__"],
  ["a constructor", "constructor.prototype"],
  ["a NUL", "a\0b"],
  ["half a character", "a\ud800b"],
  ["direction marks", "\u202egnp.exe\u200b\ufeff"],
  ["a long text", "\u{1f4a9}".repeat(5_000)],
  ["a number beyond all", "1e999"],
  ["a list", [["x"]]],
  ["null", null],
];

/** The request with the text wherever it takes one. */
function withEverywhere(one: Operation, value: unknown): Probe {
  const probe = probeOf(one, {});
  const path = one.path.replaceAll(/:(\w+)/g, () => encodeText(value));
  if (probe.body)
    return { ...probe, path, body: Object.fromEntries(Object.keys(probe.body).map((name) => [name, value])) };
  const query = new URLSearchParams(probe.path.split("?")[1]);
  const said = [...query.keys()].map((name) => `${name}=${encodeText(value)}`).join("&");
  return { ...probe, path: said === "" ? path : `${path}?${said}` };
}

function encodeText(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  // Paths are of the world: what is no text at all is sent as the bytes of it.
  return encodeURIComponent(text.toWellFormed().slice(0, 2_000)).replaceAll(".", "%2e");
}

async function attack(ask: Ask, { method, path, body }: Probe): Promise<{ status: number; text: string }> {
  const { status, body: answer, headers } = await ask(method as Method, path, body);
  expect(headers.get("set-cookie")).toBeNull();
  return { status, text: JSON.stringify(answer) };
}

describe("Hostile texts in every operation", () => {
  it.each(injections)("%s: are refused or kept as texts", async (_name, value) => {
    await harmless(async () => {
      const failed: string[] = [];
      const tries = operations.map((one) => async () => {
        const ask = one.level === "platform" && one.method === "get" ? platform : mallory;
        const { status, text } = await attack(ask, withEverywhere(one, value));
        if (status >= 500 || text.includes("victim.example")) failed.push(`${one.id}: ${status} ${text}`);
      });
      await atOnce(8, tries);
      expect(failed).toEqual([]);
    });
  });

  it("leave one line of the log each", () => {
    for (const line of logged) {
      expect(line.trimEnd()).not.toContain("\n");
      expect(JSON.parse(line)).not.toMatchObject({ msg: "forged" });
    }
  });
});

async function atOnce(width: number, tries: readonly (() => Promise<void>)[]): Promise<void> {
  const left = [...tries];
  const work = async (): Promise<void> => {
    for (let next = left.pop(); next; next = left.pop()) await next();
  };
  await Promise.all(Array.from({ length: width }, work));
}

const deep = (levels: number) => `${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`;
const contact = (rest: string) => `{"contacts":[{"email":"a@b.example"${rest}}]}`;
const json = { "content-type": "application/json" };

/** What is asked, and the statuses that are right. */
const bodies: [
  name: string,
  path: string,
  body: string | Buffer,
  headers: Record<string, string>,
  right: number[],
][] = [
  ["no JSON", "/api/lists", "{name:", json, [400]],
  ["a bare text", "/api/lists", '"x"', json, [400, 422]],
  ["a list", "/api/lists", "[]", json, [422]],
  ["null", "/api/lists", "null", json, [400, 422]],
  ["two values of a name", "/api/lists", '{"name":1,"name":[]}', json, [422]],
  ["more than may come", "/api/lists", `{"name":"${"x".repeat(1_100_000)}"}`, json, [413]],
  ["attributes without end", "/api/contacts", contact(`,"attributes":${deep(100_000)}`), json, [422]],
  [
    "variables without end",
    "/api/emails",
    `{"recipient":"a@b.example","subject":"s","html":"h","from_email":"c@d.example","variables":${deep(100_000)}}`,
    json,
    [422],
  ],
  [
    "a filter without end",
    "/api/segments",
    `{"name":"s","filter":${'{"not":'.repeat(50_000)}{}${"}".repeat(50_000)}}`,
    json,
    [422],
  ],
  ["an event without end", "/api/webhook-events", `{"type":"a.b","data":${deep(100_000)}}`, json, [422]],
  [
    "a graph without end",
    "/api/graphs",
    `{"name":"g","jobs":[{"name":"a","type":"wait","input":${deep(100_000)}}]}`,
    json,
    [422],
  ],
  [
    "lists in lists",
    "/api/contacts",
    `{"contacts":${"[".repeat(200_000)}${"]".repeat(200_000)}}`,
    json,
    [422],
  ],
  [
    "a hundred thousand of nothing",
    "/api/contacts",
    `{"contacts":[${"{},".repeat(100_000)}{}]}`,
    json,
    [422],
  ],
  [
    "ten thousand names",
    "/api/lists",
    `{${Array.from({ length: 10_000 }, (_, i) => `"x${i}":1`).join()}}`,
    json,
    [422],
  ],
  ["a prototype", "/api/lists", '{"name":"x","__proto__":{"polluted":1}}', json, [422]],
  ["a constructor", "/api/lists", '{"name":"x","constructor":{"prototype":{"polluted":1}}}', json, [422]],
  [
    "a prototype inside",
    "/api/contacts",
    contact(',"attributes":{"__proto__":{"polluted":1}}'),
    json,
    [200, 201, 422],
  ],
  [
    "prototypes for a template",
    "/api/emails",
    '{"recipient":"a@b.example","subject":"s","html":"{{polluted}}","from_email":"c@d.example","variables":{"__proto__":{"polluted":1}}}',
    json,
    [202, 422],
  ],
  [
    "a bomb in gzip",
    "/api/lists",
    gzipSync(Buffer.alloc(20_000_000, 32)),
    { ...json, "content-encoding": "gzip" },
    [413],
  ],
  [
    "a bomb in brotli",
    "/api/lists",
    brotliCompressSync(Buffer.alloc(20_000_000, 32)),
    { ...json, "content-encoding": "br" },
    [413],
  ],
  ["no gzip", "/api/lists", "{}", { ...json, "content-encoding": "gzip" }, [400]],
  ["an unknown encoding", "/api/lists", "{}", { ...json, "content-encoding": "exi" }, [415]],
  [
    "another character set",
    "/api/lists",
    "{}",
    { "content-type": "application/json; charset=utf-7" },
    [415, 422],
  ],
  ["a form", "/api/lists", "name=x", { "content-type": "application/x-www-form-urlencoded" }, [415]],
  ["a text that is JSON", "/api/lists", '{"name":"confused"}', { "content-type": "text/plain" }, [415]],
  [
    "XML",
    "/api/lists",
    '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>',
    { "content-type": "application/xml" },
    [415],
  ],
  ["no form after all", "/api/imports", "x", { "content-type": "multipart/form-data" }, [400, 422]],
  [
    "a form without its file",
    "/api/imports",
    "--x--\r\n",
    { "content-type": "multipart/form-data; boundary=x" },
    [422],
  ],
  [
    "a mapping to a prototype",
    '/api/imports?mapping={"__proto__":"email","constructor":"email"}',
    "email\na@b.example\n",
    { "content-type": "text/csv" },
    [422],
  ],
  [
    "fields that are not asked for",
    "/api/lists",
    '{"name":"x","list_id":"1","created_at":"2020-01-01T00:00:00Z"}',
    json,
    [422],
  ],
  ["another's tenant", "/api/lists", '{"name":"x","tenant_id":"nobody"}', json, [403]],
  [
    "somebody else as the one who asks",
    "/api/keys",
    '{"name":"x","role":"viewer","actor":"api-token"}',
    json,
    [422],
  ],
  ["more rights than one's own", "/api/keys", '{"name":"x","role":"admin"}', json, [403, 422]],
  [
    "a file of the machine",
    "/api/imports",
    '{"url":"file:///etc/passwd","mapping":{"0":"email"}}',
    json,
    [422],
  ],
  [
    "another's bucket",
    "/api/imports",
    '{"url":"s3://victim/x.csv","mapping":{"0":"email"}}',
    json,
    [403, 422],
  ],
  ["a place to write to", "/api/exports", '{"kind":"contacts","path":"/etc/cron.d/x"}', json, [403, 422]],
  ["a place above", "/api/exports", '{"kind":"contacts","path":"../../x.csv"}', json, [403, 422]],
  ...[
    ...[
      "http://127.0.0.1/",
      "https://[::1]/",
      "https://0x7f000001/",
      "https://2130706433/",
      "https://127.1/",
    ],
    ...["https://169.254.169.254/latest/meta-data", "https://[::ffff:10.0.0.1]/", "https://10.0.0.1/"],
    ...[
      "file:///etc/passwd",
      "gopher://x.example/",
      "https://user:pass@x.example/",
      "//x.example/",
      "javascript:1",
    ],
    ...[
      "https://x.example:22/",
      "https://x.example/\r\nHost: y",
      "https://localhost/",
      "https://a.localhost/",
    ],
  ].map((to): (typeof bodies)[number] => [
    `a webhook to ${JSON.stringify(to)}`,
    "/api/webhooks",
    JSON.stringify({ url: to }),
    json,
    [422],
  ]),
];

describe("Hostile bodies", () => {
  it.each(bodies)("%s: refused, clearly, and nothing changes", async (_name, path, body, headers, right) => {
    await harmless(async () => {
      const response = await fetch(`${url}${encodeURI(path)}`, {
        method: "POST",
        headers: { authorization: `Bearer ${key}`, ...headers },
        body: body as string,
      });
      const text = await response.text();
      expect(right, text.slice(0, 500)).toContain(response.status);
      if (response.status >= 400) expect(response.headers.get("content-type")).toContain("problem+json");
    });
  });
});

const asked: [
  name: string,
  method: string,
  path: string,
  headers: Record<string, string>,
  right: number[],
][] = [
  ["a broken escape", "GET", "/api/lists/%ff", {}, [400, 404]],
  ["half an escape", "GET", "/api/lists/%", {}, [400]],
  ["a NUL in the path", "GET", "/api/contacts/%00", {}, [404, 422]],
  ["a file above the reference", "GET", "/api/reference/..%2f..%2fpackage.json", {}, [404]],
  ["a file above the reference in backslashes", "GET", "/api/reference/..%5c..%5cpackage.json", {}, [404]],
  ["a prototype in the query", "GET", "/api/lists?__proto__[polluted]=1&__proto__=x", {}, [422]],
  ["a constructor in the query", "GET", "/api/lists?constructor.prototype.polluted=1", {}, [422]],
  ["a list in the query", "GET", "/api/lists?limit=1&limit=2", {}, [422]],
  ["a long query", "GET", `/api/lists?before=${"x".repeat(12_000)}`, {}, [422]],
  [
    "a header that is another method",
    "GET",
    "/api/lists/all",
    { "x-http-method-override": "DELETE" },
    [200, 404],
  ],
  ["a method nobody has", "PROPFIND", "/api/lists", {}, [404, 405]],
  [
    "another site's scripts",
    "OPTIONS",
    "/api/lists",
    { origin: "https://evil.example", "access-control-request-method": "POST" },
    [404, 405, 204],
  ],
  ["cookies over-long", "GET", "/api/session", { cookie: `floe-session=${"x".repeat(12_000)}` }, [401]],
  [
    "a thousand cookies",
    "GET",
    "/api/session",
    { cookie: Array.from({ length: 1_000 }, (_, i) => `a${i}=1`).join("; ") },
    [401],
  ],
  ["a cookie that is a prototype", "GET", "/api/session", { cookie: "__proto__=x; constructor=y" }, [401]],
  ["a reason of two lines in escapes", "GET", "/api/lists", { "floe-reason": "x%0d%0ay" }, [200]],
  [
    "a tag that is none",
    "DELETE",
    "/api/lists/nobody",
    { "if-match": '"' + "x".repeat(5_000) },
    [404, 412, 422, 405],
  ],
  ["a page to return to elsewhere", "GET", "/sign-in?return_to=https://evil.example", {}, [200]],
];

describe("Hostile requests", () => {
  it.each(asked)("%s: refused, clearly, and nothing changes", async (_name, method, path, headers, right) => {
    await harmless(async () => {
      const shown: Record<string, string> = "cookie" in headers ? {} : { authorization: `Bearer ${key}` };
      const response = await fetch(`${url}${path}`, {
        method,
        redirect: "manual",
        headers: { ...shown, ...headers },
      });
      const text = await response.text();
      expect(right, text.slice(0, 500)).toContain(response.status);
      expect(text).not.toContain('"name": "floe"');
      expect(response.headers.get("access-control-allow-origin")).toBeNull();
    });
  });
});

it("Nobody is led elsewhere after signing in", () => {
  const elsewhere = [
    "https://evil.example",
    "//evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
  ];
  const hidden = [
    "/.//evil.example",
    "/a/..//evil.example",
    "/%2e//evil.example",
    "javascript:1",
    "evil",
    "",
    1,
    null,
  ];
  for (const given of [...elsewhere, ...hidden]) expect(ownPath(given), String(given)).toBeUndefined();
  expect(ownPath("/dashboard?tab=1#x")).toBe("/dashboard?tab=1");
});

/** Sends bytes, and reads until the other side ends it or has answered what was asked. */
function exchange(bytes: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    let heard = "";
    const socket = connect(Number(port), hostname, () => socket.write(bytes, "latin1"));
    const done = (): void => {
      socket.destroy();
      resolve(heard);
    };
    socket.on("data", (data) => {
      heard += data.toString("latin1");
      // One more would be the answer to what was smuggled: a request of our own after it shows that there is none.
      if (/probe-of-the-end/.test(heard)) done();
    });
    socket.on("close", done).on("error", done);
  });
}

const end = "GET /probe-of-the-end HTTP/1.1\r\nHost: x\r\nX-Request-Id: probe-of-the-end\r\n\r\n";
const wire: [name: string, bytes: string, right: RegExp][] = [
  [
    "a length and chunks",
    "POST /api/lists HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /metrics HTTP/1.1\r\n\r\n",
    /^HTTP\/1\.1 400/,
  ],
  [
    "two lengths",
    "POST /api/lists HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcde",
    /^HTTP\/1\.1 400/,
  ],
  [
    "a length with a sign",
    "POST /api/lists HTTP/1.1\r\nHost: x\r\nContent-Length: +4\r\n\r\nabcd",
    /^HTTP\/1\.1 400/,
  ],
  [
    "chunks that are almost",
    "POST /api/lists HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    /^HTTP\/1\.1 (400|501)/,
  ],
  [
    "a chunk of no number",
    "POST /api/lists HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
    /^HTTP\/1\.1 4/,
  ],
  [
    "a name with a blank",
    "GET /api/lists HTTP/1.1\r\nHost: x\r\nContent-Length : 4\r\n\r\n",
    /^HTTP\/1\.1 400/,
  ],
  ["a NUL in a header", "GET /api/lists HTTP/1.1\r\nHost: x\r\nX-A: a\0b\r\n\r\n", /^HTTP\/1\.1 400/],
  [
    "a carriage return alone",
    "GET /api/lists HTTP/1.1\r\nHost: x\r\nX-A: a\rX-B: b\r\n\r\n",
    /^HTTP\/1\.1 400/,
  ],
  ["no host", "GET /api/lists HTTP/1.1\r\n\r\n", /^HTTP\/1\.1 400/],
  [
    "headers without end",
    `GET /api/lists HTTP/1.1\r\nHost: x\r\nX-A: ${"a".repeat(20_000)}\r\n\r\n`,
    /^HTTP\/1\.1 431/,
  ],
  ["no HTTP", "\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03\r\n\r\n", /^HTTP\/1\.1 400/],
  ["a method that is none", "G\u00cbT / HTTP/1.1\r\nHost: x\r\n\r\n", /^HTTP\/1\.1 400/],
  ["a version that is none", "GET / HTTP/9.9\r\nHost: x\r\n\r\n", /^HTTP\/1\.1 (400|505)/],
  [
    "a proxy's request",
    `CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example\r\n\r\n`,
    /^(HTTP\/1\.1 4\d\d|$)/,
  ],
  [
    "another's address",
    `GET http://evil.example/api/lists HTTP/1.1\r\nHost: evil.example\r\n\r\n${end}`,
    /^HTTP\/1\.1 4\d\d/,
  ],
  [
    "a folded header",
    `GET /api/lists HTTP/1.1\r\nHost: x\r\nX-A: a\r\n b: c\r\n\r\n${end}`,
    /^HTTP\/1\.1 40[01]/,
  ],
  ["lines that end in LF alone", `GET /api/lists HTTP/1.1\nHost: x\n\n${end}`, /^HTTP\/1\.1 40[01]/],
  [
    "another host",
    `GET /sign-in HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: evil.example\r\n\r\n${end}`,
    /^HTTP\/1\.1 200(?![^]*evil\.example)/,
  ],
];

describe("Hostile bytes", () => {
  it.each(wire)("%s: refused, and nothing is smuggled", async (_name, bytes, right) => {
    await harmless(async () => {
      const heard = await exchange(bytes);
      expect(heard).toMatch(right);
      const answers = heard.match(/^HTTP\/1\.1 \d\d\d/gm) ?? [];
      expect(answers.length).toBeLessThanOrEqual(bytes.endsWith(end) ? 2 : 1);
      expect(heard).not.toContain("process_cpu");
    });
  });
});
