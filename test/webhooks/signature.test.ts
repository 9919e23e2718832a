import { readFileSync } from "node:fs";
import { Webhook } from "standardwebhooks";
import { describe, expect, it } from "vitest";
import { createWebhookSecret, problemOfWebhookSecret } from "../../webhooks/secret.js";
import { signatureHeaders } from "../../webhooks/signature.js";

interface Vector {
  name: string;
  secret: string;
  webhookId: string;
  timestamp: number;
  body: string;
  /** By the published libraries; vectors.py and vectors.go say how. */
  signatures: { python: string; go: string };
}

const vectors = JSON.parse(
  readFileSync(new URL("vectors/vectors.json", import.meta.url), "utf8"),
) as Vector[];

describe("signatures of webhooks", () => {
  it.each(vectors)("are those of the Python and the Go library: $name", (vector) => {
    const { secret, timestamp, signatures } = vector;
    const headers = signatureHeaders({ ...vector, secrets: [secret] }, new Date(timestamp * 1_000 + 999));
    expect(headers).toEqual({
      "webhook-id": vector.webhookId,
      "webhook-timestamp": String(timestamp),
      "webhook-signature": signatures.python,
    });
    expect(signatures.go).toBe(signatures.python);
  });

  it("are one for each valid secret, so that old and new verify during a rotation, and no other", () => {
    const secrets = [createWebhookSecret(), createWebhookSecret()];
    const body = '{"type":"email.delivered"}';
    const headers = signatureHeaders({ webhookId: "evt_1", body, secrets }, new Date());
    for (const secret of secrets) expect(new Webhook(secret).verify(body, headers)).toEqual(JSON.parse(body));
    expect(() => new Webhook(createWebhookSecret()).verify(body, headers)).toThrow("No matching signature");
    expect(() => new Webhook(secrets[0] ?? "").verify(`${body} `, headers)).toThrow("No matching signature");
  });
});

describe("secrets of webhooks", () => {
  it("are created differently each time, in the form that is asked for", () => {
    const created = Array.from({ length: 100 }, createWebhookSecret);
    expect(new Set(created).size).toBe(100);
    expect(created.map(problemOfWebhookSecret)).toEqual(created.map(() => null));
  });

  it.each([
    ["24 bytes", "whsec_" + Buffer.alloc(24, 1).toString("base64"), true],
    ["64 bytes", "whsec_" + Buffer.alloc(64, 1).toString("base64"), true],
    ["23 bytes", "whsec_" + Buffer.alloc(23, 1).toString("base64"), false],
    ["65 bytes", "whsec_" + Buffer.alloc(65, 1).toString("base64"), false],
    ["nothing", "whsec_", false],
    ["no prefix", Buffer.alloc(32, 1).toString("base64"), false],
    ["another prefix", "whsk_" + Buffer.alloc(32, 1).toString("base64"), false],
    ["letters that are not of base64", "whsec_" + "!".repeat(44), false],
    ["base64 for URLs", "whsec_" + Buffer.alloc(32, 255).toString("base64url"), false],
    ["no padding", "whsec_" + Buffer.alloc(25, 1).toString("base64").replaceAll("=", ""), false],
    ["a line break", "whsec_" + Buffer.alloc(32, 1).toString("base64") + "\n", false],
  ])("are taken or refused by their form: %s", (_what, secret, right) => {
    expect(problemOfWebhookSecret(secret) === null).toBe(right);
  });
});
