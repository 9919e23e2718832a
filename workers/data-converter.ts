import { fileURLToPath } from "node:url";
import type { DataConverter } from "@temporalio/common";
import { dataConverterOf } from "../client/payload-codec.js";
import type { EncryptionKey } from "../domain/encryption-key.js";

const encodedFailures = fileURLToPath(new URL("./encoded-failures.cjs", import.meta.url));

/** As a client's; with keys, what activities fail with is sealed, too: a driver's message may quote data. */
export function workerDataConverter(payloadKeys: readonly EncryptionKey[] = []): DataConverter {
  const converter = dataConverterOf(payloadKeys);
  return payloadKeys.length === 0 ? converter : { ...converter, failureConverterPath: encodedFailures };
}
