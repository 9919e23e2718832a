import PostalMime from "postal-mime";
import type { Composed, Composer, Recipient, SendContext } from "../../activities/delivery-ports.js";
import { createComposer, type ComposerOptions } from "../../mail/composer.js";
import type { DkimKey } from "../../mail/dkim.js";
import { createTokens } from "../../mail/tracking-token.js";
import { recipient } from "./mail-factory.js";

export const tokens = createTokens("a secret for tests");
export const publicUrl = "https://t.floe.test";

export function composerWith(keys: DkimKey[] = [], changes: Partial<ComposerOptions> = {}) {
  return createComposer({ publicUrl, tokens, loadDkimKeys: async () => keys, ...changes });
}

export async function composeOne(composer: Composer, send: SendContext, to: Recipient): Promise<Composed> {
  const [composed] = await composer.compose(send, [to]);
  if (!composed) throw new Error("Nothing was composed.");
  return composed;
}

/** Composes and parses; a skipped recipient is an error. */
export async function compose(send: SendContext, to: Recipient = recipient(), composer = composerWith()) {
  const composed = await composeOne(composer, send, to);
  if (composed.kind === "skipped") throw new Error(`skipped: ${composed.reason} ${composed.detail}`);
  const mail = await PostalMime.parse(composed.bytes);
  const headers = (name: string) =>
    mail.headers.filter((header) => header.key === name).map((header) => header.value);
  return { source: composed.bytes.toString("latin1"), bytes: composed.bytes, mail, headers };
}
