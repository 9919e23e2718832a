import type { CallbackProvider } from "../../domain/provider-reports.js";
import { findMessageId } from "../message-id.js";
import type { ReturnPaths } from "../return-path.js";
import { findSignedRecipient } from "../signed-recipient.js";
import type { RecipientRef, Tokens } from "../tracking-token.js";
import type { Callback } from "./callback.js";
import { createMailgunCallback } from "./mailgun.js";
import { createPostmarkCallback, type PostmarkCredentials } from "./postmark.js";
import { createSendgridCallback } from "./sendgrid.js";
import { createSesCallback } from "./ses.js";
import type { SnsDocuments } from "./sns-documents.js";

/** What each provider's callbacks are known by; absent: that provider is not listened to. */
export interface CallbackSettings {
  sesTopicArns?: readonly string[];
  sendgridKey?: string;
  mailgunKey?: string;
  postmark?: PostmarkCredentials;
}

export type Callbacks = Partial<Record<CallbackProvider, Callback>>;

export function createCallbacks(settings: CallbackSettings, documents: SnsDocuments): Callbacks {
  const { sesTopicArns: topicArns, sendgridKey, mailgunKey, postmark } = settings;
  return {
    ...(topicArns && { ses: createSesCallback({ topicArns, documents }) }),
    ...(sendgridKey !== undefined && { sendgrid: createSendgridCallback(sendgridKey) }),
    ...(mailgunKey !== undefined && { mailgun: createMailgunCallback(mailgunKey) }),
    ...(postmark && { postmark: createPostmarkCallback(postmark) }),
  };
}

export interface RecipientKeys {
  tokens: Pick<Tokens, "readRecipientToken" | "messageCode" | "verifyMessageCode">;
  returnPaths: Pick<ReturnPaths, "read">;
}

/** Whom an event is about, by the first in what was handed back that we signed: token, return path or Message-ID. */
export function findRecipient(
  handedBack: readonly string[],
  { tokens, returnPaths }: RecipientKeys,
): RecipientRef | null {
  for (const text of handedBack) {
    const recipient =
      findSignedRecipient(text, tokens) ?? returnPathIn(text, returnPaths) ?? messageIdIn(text, tokens);
    if (recipient) return recipient;
  }
  return null;
}

/** That of a single email does not say which of its recipients. */
function messageIdIn(text: string, tokens: RecipientKeys["tokens"]): RecipientRef | null {
  const found = findMessageId(tokens, text);
  return found === null || found.contactId === null ? null : found;
}

function returnPathIn(text: string, returnPaths: RecipientKeys["returnPaths"]): RecipientRef | null {
  const address = /b\+[0-9a-z.]{1,60}@[^\s<>"]{1,255}/i.exec(text)?.[0];
  return address === undefined ? null : (returnPaths.read(address)?.recipient ?? null);
}
