import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { dataConverterOf } from "../../client/payload-codec.js";
import { temporalProgram } from "../../runtime/embedded/temporal.js";
import { testDatabase, testTemporal } from "../setup/stack.js";
import { keysOf, keyText } from "../support/keys.js";
import { createTemporalClient } from "../support/temporal-client.js";
import { openDoor } from "../sign-in/fixture.js";
import { runApi } from "./fixture.js";

const payloadKeys = keysOf(keyText("k1"));
const [{ databaseUrl }, temporal] = await Promise.all([testDatabase(), testTemporal()]);
const apiToken = "0123456789abcdef";
const origin = "https://temporal.example.com";

function start(over = {}) {
  return runApi(databaseUrl, {
    apiToken,
    codecOrigin: origin,
    temporal: { ...temporal, payloadKeys },
    ...over,
  });
}

it("the codec server shows the temporal command what is sealed, given the API token", async () => {
  const { api, url } = await start();
  const client = await createTemporalClient(temporal, dataConverterOf(payloadKeys));
  const workflowId = randomUUID();
  await client.workflow.start("anything", {
    workflowId,
    taskQueue: "nobody",
    memo: { campaign: "Spring sale" },
  });
  await client.connection.close();
  const program = await temporalProgram();
  const describeIt = async (...codec: string[]): Promise<string> => {
    const where = ["--address", temporal.address, "--namespace", temporal.namespace, "--output", "json"];
    const args = ["workflow", "describe", "--workflow-id", workflowId, ...where, ...codec];
    return (await promisify(execFile)(program, args)).stdout;
  };
  expect(await describeIt()).not.toContain("Spring sale");
  const codec = ["--codec-endpoint", `${url}/codec`, "--codec-auth", `Bearer ${apiToken}`];
  expect(await describeIt(...codec)).toContain("Spring sale");
  await api.close();
});

it("the codec server answers the pages of one origin, and nobody without the token", async () => {
  const { api, url } = await start();
  const post = (headers: Record<string, string>, body: unknown = { payloads: [] }, path = "decode") =>
    fetch(`${url}/codec/${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
    });
  const authorization = `Bearer ${apiToken}`;
  const preflight = await fetch(`${url}/codec/decode`, { method: "OPTIONS", headers: { origin } });
  expect([preflight.status, preflight.headers.get("access-control-allow-origin")]).toEqual([204, origin]);
  expect(preflight.headers.get("access-control-allow-headers")?.toLowerCase()).toContain("x-namespace");
  const allowed = await post({ origin, authorization });
  expect([allowed.status, allowed.headers.get("access-control-allow-origin")]).toEqual([200, origin]);
  const foreign = await post({ origin: "https://other.example", authorization });
  expect(foreign.headers.get("access-control-allow-origin")).toBeNull();
  expect((await post({ origin })).status).toBe(401);

  const plain = { payloads: [{ metadata: { encoding: "anNvbi9wbGFpbg==" }, data: "IngiCg==" }] };
  const encoded = (await (await post({ authorization }, plain, "encode")).json()) as typeof plain;
  expect(encoded.payloads[0]?.metadata.encoding).toBe(Buffer.from("binary/encrypted").toString("base64"));
  expect(await (await post({ authorization }, encoded)).json()).toEqual(plain);
  const refused = await post({ authorization }, { payloads: [{ data: "?" }] });
  expect([refused.status, await refused.text()]).toEqual([422, expect.stringContaining("payloads.0.data")]);
  await api.close();
});

it("the codec server answers an admin who signed in, on its own pages and on those of one origin", async () => {
  const door = await openDoor({ codecOrigin: origin, temporal: { ...temporal, payloadKeys } });
  const admin = await door.signIn(await door.person({}, { admin: true }));
  const member = await door.signIn(await door.person({ acme: "owner" }));
  const headers = { origin, "sec-fetch-site": "same-site", "floe-csrf": "" };
  const decode = async (browser: typeof admin, over = {}) =>
    (await browser.ask("/codec/decode", { body: { payloads: [] }, headers: { ...headers, ...over } })).status;
  expect(await decode(admin)).toBe(200);
  expect(await decode(admin, { origin: door.url, "sec-fetch-site": "same-origin" })).toBe(200);
  expect(await decode(admin, { origin: "https://other.example" })).toBe(403);
  expect(await decode(member)).toBe(403);
  // What the Web UI's page may read, it may not change.
  const create = { body: { tenant_id: "more", name: "more" }, headers };
  expect((await admin.ask("/api/tenants", create)).status).toBe(403);
  await door.api.close();
});

it("the codec server is not there unless an origin is named", async () => {
  const { api, url } = await start({ codecOrigin: undefined });
  const response = await fetch(`${url}/codec/decode`, {
    method: "POST",
    headers: { authorization: `Bearer ${apiToken}` },
  });
  expect(response.status).toBe(404);
  await api.close();
});
