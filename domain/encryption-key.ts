import type { KeyObject } from "node:crypto";

/** One of the keys that secrets or payloads are sealed with. A `KeyObject` shows its bytes in no log and no JSON. */
export interface EncryptionKey {
  /** Stands beside what it sealed, so that it is found again among the others. */
  id: string;
  /** 256 bits. */
  key: KeyObject;
}
