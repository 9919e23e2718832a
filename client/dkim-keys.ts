import { createPrivateKey, createPublicKey, generateKeyPair } from "node:crypto";
import { promisify } from "node:util";
import { z } from "zod";
import type { DkimAlgorithm, DkimKey, DkimKeyStore } from "../db/dkim-keys.js";
import { InvalidInput } from "../domain/errors.js";
import { parseInput, tenantIdSchema } from "./input.js";

export type { DkimAlgorithm, DkimKey } from "../db/dkim-keys.js";

const labels = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;

export const dkimKeyRefSchema = z.strictObject({
  tenantId: tenantIdSchema,
  /** Domain of the From address that is signed. */
  domain: z.string().toLowerCase().max(253).regex(labels, "is not a domain; give one such as example.com"),
  selector: z.string().toLowerCase().max(63).regex(labels, "is not a selector; give letters, digits and -"),
});
export type DkimKeyRef = z.input<typeof dkimKeyRefSchema>;

export const dkimKeySchema = dkimKeyRefSchema.extend({
  /** PEM: an RSA key of at least 1024 bits, or an Ed25519 key (RFC 8463). Absent: one is made, RSA of 2048 bits. */
  privateKey: z.string().max(20_000, "is too long for a private key").optional(),
});
export type NewDkimKey = z.input<typeof dkimKeySchema>;

/** A TXT record. */
export interface DnsRecord {
  dnsName: string;
  dnsValue: string;
}

export interface DkimKeys {
  /**
   * Saves a signing key and returns the DNS record that publishes it.
   * @throws InvalidInput when the key cannot sign, NotFound (tenant)
   */
  add(key: NewDkimKey): Promise<{ algorithm: DkimAlgorithm } & DnsRecord>;
  /** With the DNS record that publishes it; never with the private key. @throws NotFound */
  get(key: DkimKeyRef): Promise<DkimKey & DnsRecord>;
  list(tenantId: string): Promise<DkimKey[]>;
  /** @throws NotFound */
  remove(key: DkimKeyRef): Promise<void>;
}

export function createDkimKeys(store: DkimKeyStore): DkimKeys {
  return {
    async add(input) {
      const { privateKey = await makeKey(), ...ref } = parseInput(dkimKeySchema, input);
      const { algorithm, publicKey } = readKey(privateKey);
      await store.saveDkimKey({ ...ref, privateKey, algorithm });
      return { algorithm, ...recordOf(ref, { algorithm, publicKey }) };
    },
    async get(input) {
      const ref = parseInput(dkimKeyRefSchema, input);
      const { privateKey, ...key } = await store.loadDkimKey(ref);
      return { ...key, ...recordOf(key, readKey(privateKey)) };
    },
    list: async (tenantId) => store.listDkimKeys(parseInput(tenantIdSchema, tenantId)),
    remove: async (input) => {
      const { tenantId, domain, selector } = parseInput(dkimKeyRefSchema, input);
      return store.removeDkimKey(tenantId, domain, selector);
    },
  };
}

async function makeKey(): Promise<string> {
  const { privateKey } = await promisify(generateKeyPair)("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  return privateKey;
}

function recordOf(
  { domain, selector }: Pick<DkimKey, "domain" | "selector">,
  { algorithm, publicKey }: { algorithm: DkimAlgorithm; publicKey: string },
): DnsRecord {
  const type = algorithm === "rsa-sha256" ? "rsa" : "ed25519";
  return { dnsName: `${selector}._domainkey.${domain}`, dnsValue: `v=DKIM1; k=${type}; p=${publicKey}` };
}

/** RFC 6376, 3.6.1: RSA as SubjectPublicKeyInfo; RFC 8463, 4.2: Ed25519 as the 32 bare bytes, the last of the SPKI. */
function readKey(pem: string): { algorithm: DkimAlgorithm; publicKey: string } {
  const key = parsePem(pem);
  const spki = createPublicKey(key).export({ type: "spki", format: "der" });
  if (key.asymmetricKeyType === "ed25519") {
    return { algorithm: "ed25519-sha256", publicKey: spki.subarray(-32).toString("base64") };
  }
  if (key.asymmetricKeyType !== "rsa") return refuse("is neither an RSA nor an Ed25519 key");
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  // RFC 8301, 3.2: verifiers ignore keys below 1024 bits.
  if (bits < 1024) refuse(`is an RSA key of ${bits} bits; use at least 1024, better 2048`);
  return { algorithm: "rsa-sha256", publicKey: spki.toString("base64") };
}

function parsePem(pem: string) {
  try {
    return createPrivateKey(pem);
  } catch {
    // The cause would carry parts of the key.
    return refuse("is not a private key in PEM form without a passphrase");
  }
}

function refuse(problem: string): never {
  throw new InvalidInput([{ field: "privateKey", problem }]);
}
