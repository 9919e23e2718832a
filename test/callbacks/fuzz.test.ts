import fc from "fast-check";
import { expect, test } from "vitest";
import { callbackProviders } from "../../domain/provider-reports.js";
import { testDatabase } from "../setup/stack.js";
import { createRecipient, payloadOf, runCallbacks, type Told } from "./fixture.js";

const { pool, databaseUrl } = await testDatabase();
const api = await runCallbacks(databaseUrl);

const awkward = fc.constantFrom<unknown>(
  ...["", "\u0000", "\ud800", "a".repeat(9_000), "@".repeat(3_000), "5.1.1", "2019-11-05T16:33:54Z", "-1"],
  ...[null, true, 0, -1, 1e308, 1e12, [], [[]], {}, { "": {} }, { __proto__: null }],
);
const told = fc.constantFrom<Told>("delivered", "bounced", "complained");

/** The payload with one value, however deep, put in place of another. */
function withValue(payload: unknown, path: number[], value: unknown): unknown {
  const [at, ...rest] = path;
  if (at === undefined || typeof payload !== "object" || payload === null) return value;
  const keys = Object.keys(payload);
  const key = keys[at % keys.length];
  if (key === undefined) return value;
  const copy = (Array.isArray(payload) ? [...(payload as unknown[])] : { ...payload }) as Record<
    string,
    unknown
  >;
  copy[key] = withValue(copy[key], rest, value);
  return copy;
}

test.each(callbackProviders)("whatever is signed as %s is answered by 2xx or 4xx", async (provider) => {
  const { token } = await createRecipient(pool);
  const path = fc.array(fc.nat({ max: 30 }), { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(told, path, fc.oneof(awkward, fc.jsonValue()), async (kind, where, value) => {
      const payload = withValue(payloadOf(provider, kind, token), where, value);
      const { status } = await api.post(provider, await api.sign(provider, payload));
      expect([204, 401, 422]).toContain(status);
    }),
    { numRuns: 150 },
  );
});

test.each(callbackProviders)(
  "whatever is sent to %s without a signature is answered by 4xx",
  async (provider) => {
    const headers = fc.constantFrom<Record<string, string>>(
      {},
      { "content-type": "application/json" },
      { authorization: "Basic ====" },
      { authorization: "Basic 8J+YgA==" },
      { "x-twilio-email-event-webhook-signature": "MEUC", "x-twilio-email-event-webhook-timestamp": "1" },
    );
    const json = fc.jsonValue().map((value) => JSON.stringify(value));
    await fc.assert(
      fc.asyncProperty(headers, fc.oneof(fc.string(), json, fc.constant("")), async (given, body) => {
        const { status } = await api.post(provider, { headers: given, body });
        expect([401, 422]).toContain(status);
      }),
      { numRuns: 100 },
    );
  },
);
