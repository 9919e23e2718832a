import { z } from "zod";
import type { Sealer } from "../db/sealed.js";
import type { SecretKind, StoredSecret, StoredSecrets } from "../db/secret-rotation.js";
import { SecretUnreadable } from "../domain/errors.js";
import { parseInput } from "./input.js";

const rotationSchema = z.strictObject({
  /** Counts what would be done, and does nothing. */
  dryRun: z.boolean().default(false),
});

export interface RotateSecretsInput extends z.input<typeof rotationSchema> {
  /** Told after each page. */
  onProgress?: (counts: SecretCounts) => void;
}

/** Secrets of one kind. */
export interface SecretCounts {
  kind: SecretKind;
  /** Sealed with the first key before already. */
  current: number;
  /** Were sealed with another key. */
  resealed: number;
  /** Were plain. */
  sealed: number;
  /** What cannot be read, in sentences; left as it is. */
  unreadable: string[];
}

export interface Secrets {
  /**
   * Seals with the first of `FLOE_ENCRYPTION_KEYS` what is plain or was sealed with another key: passwords of nodes, DKIM
   * keys, secrets of webhooks. Safe to repeat, and to stop at any time; everything stays in use meanwhile.
   * @throws ConfigInvalid without a key
   */
  rotate(input?: RotateSecretsInput): Promise<SecretCounts[]>;
}

const pageSize = 200;

export function createSecrets(kinds: readonly StoredSecrets[], sealer: Sealer): Secrets {
  return {
    async rotate({ onProgress, ...input } = {}) {
      const { dryRun } = parseInput(rotationSchema, input);
      sealer.requireKeys();
      const all: SecretCounts[] = [];
      for (const secrets of kinds) {
        const counts: SecretCounts = {
          kind: secrets.kind,
          current: 0,
          resealed: 0,
          sealed: 0,
          unreadable: [],
        };
        all.push(counts);
        let last: StoredSecret | undefined;
        do {
          const page = await secrets.loadPage(last?.place.row ?? null, pageSize);
          for (const secret of page) await reseal(secret, { secrets, sealer, counts, dryRun });
          onProgress?.(counts);
          last = page.length < pageSize ? undefined : page.at(-1);
        } while (last);
      }
      return all;
    },
  };
}

interface Resealing {
  secrets: StoredSecrets;
  sealer: Sealer;
  counts: SecretCounts;
  dryRun: boolean;
}

/** Opened in any case: what looks current may not be readable. */
async function reseal(secret: StoredSecret, { secrets, sealer, counts, dryRun }: Resealing): Promise<void> {
  const { place, stored } = secret;
  const plain = readable(() => sealer.open(stored, place), counts);
  if (plain === null) return;
  const state = sealer.stateOf(stored);
  const replaced = state === "sealed" || dryRun || (await secrets.replace(secret, sealer.seal(plain, place)));
  if (state === "sealed" || !replaced) counts.current += 1;
  else if (state === "stale") counts.resealed += 1;
  else counts.sealed += 1;
}

function readable(open: () => string, counts: SecretCounts): string | null {
  try {
    return open();
  } catch (error) {
    if (!(error instanceof SecretUnreadable)) throw error;
    counts.unreadable.push(error.message);
    return null;
  }
}
