import {
  METADATA_ENCODING_KEY,
  type DataConverter,
  type Payload,
  type PayloadCodec,
} from "@temporalio/common";
import protocol from "@temporalio/proto";
import { createKeyring, type Keyring } from "../db/keyring.js";
import type { EncryptionKey } from "../domain/encryption-key.js";
import { ConfigInvalid } from "../domain/errors.js";

const { Payload: PayloadMessage } = protocol.temporal.api.common.v1;

const encoding = "binary/encrypted";
const keyIdName = "encryption-key-id";
/** A payload does not know where it will stand; this tells payloads from what else the keys may seal. */
const bound = "temporal-payload";

/**
 * What client and workers make of payloads. Without keys they are written as they are; sealed ones are refused in a
 * sentence instead of as an unknown encoding.
 */
export function dataConverterOf(payloadKeys: readonly EncryptionKey[] = []): DataConverter {
  return { payloadCodecs: [createPayloadCodec(payloadKeys)] };
}

/**
 * Seals whole payloads, metadata included, with the first key. What was not sealed is passed through, so that histories from
 * before go on.
 */
export function createPayloadCodec(payloadKeys: readonly EncryptionKey[]): PayloadCodec {
  const ring = createKeyring(payloadKeys);
  return {
    encode: async (payloads) =>
      payloads.map((payload) => (ring.firstId === null ? payload : seal(ring, payload))),
    decode: async (payloads) =>
      payloads.map((payload) => (isSealed(payload) ? open(ring, payload) : payload)),
  };
}

function seal(ring: Keyring, payload: Payload): Payload {
  const { keyId, sealed } = ring.seal(PayloadMessage.encode(payload).finish(), bound);
  return {
    metadata: { [METADATA_ENCODING_KEY]: Buffer.from(encoding), [keyIdName]: Buffer.from(keyId) },
    data: sealed,
  };
}

/** @throws ConfigInvalid; work that needs it is tried again until a key opens it */
function open(ring: Keyring, { metadata, data }: Payload): Payload {
  const keyId = textOf(metadata?.[keyIdName]);
  if (!ring.has(keyId)) return refuse(`does not have key ${keyId}, which a payload was sealed with; add it`);
  try {
    return PayloadMessage.decode(ring.open(keyId, data ?? new Uint8Array(), bound));
  } catch {
    return refuse(`has a key ${keyId} that does not open what was sealed with a key of that id; correct it`);
  }
}

function isSealed({ metadata }: Payload): boolean {
  return textOf(metadata?.[METADATA_ENCODING_KEY]) === encoding;
}

function textOf(bytes: Uint8Array | null | undefined): string {
  return Buffer.from(bytes ?? []).toString();
}

function refuse(problem: string): never {
  throw new ConfigInvalid([{ field: "TEMPORAL_PAYLOAD_KEYS", problem }]);
}
