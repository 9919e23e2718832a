import type { CallbackMarks, SendNode } from "../../activities/delivery-ports.js";
import { relayProvider, type CallbackProvider } from "../../domain/provider-reports.js";
import type { Tokens } from "../tracking-token.js";

/** Under this name a provider hands the recipient's token back. */
export const markName = "floe-recipient";

interface MarkField {
  name: string;
  value: (token: string) => string;
}

const json = (token: string) => JSON.stringify({ [markName]: token });

/** Fields that a relay takes out of the message and tells with each event of it. */
const fields: Record<CallbackProvider, MarkField> = {
  ses: { name: "X-SES-MESSAGE-TAGS", value: (token) => `${markName}=${token}` },
  sendgrid: { name: "X-SMTPAPI", value: (token) => JSON.stringify({ unique_args: { [markName]: token } }) },
  mailgun: { name: "X-Mailgun-Variables", value: json },
  postmark: { name: `X-PM-Metadata-${markName}`, value: (token) => token },
};

/**
 * Marks messages that leave by a provider's relay. The field stands before the signatures, which do not cover it: the relay
 * takes it away. Messages of other nodes stay as they are.
 */
export function createCallbackMarks(tokens: Pick<Tokens, "recipientToken">): CallbackMarks {
  /** By the object that names the node, as one is loaded every few seconds and not for each message. */
  const known = new WeakMap<SendNode, MarkField | null>();
  const fieldOf = (node: SendNode): MarkField | null => {
    const found = known.get(node);
    if (found !== undefined) return found;
    const provider = relayProvider(node);
    const field = provider === null ? null : fields[provider];
    known.set(node, field);
    return field;
  };

  return {
    mark(node, { sendId, contactId }, bytes) {
      const field = fieldOf(node);
      // A tenant's own field of this name stays the only one: of two, relays heed one or none.
      if (!field || hasField(bytes, field.name)) return bytes;
      const value = field.value(tokens.recipientToken(sendId, contactId));
      return Buffer.concat([Buffer.from(`${field.name}: ${value}\r\n`), bytes]);
    },
  };
}

function hasField(bytes: Buffer, name: string): boolean {
  const head = bytes.toString("latin1", 0, bytes.indexOf("\r\n\r\n"));
  return `\r\n${head}`.toLowerCase().includes(`\r\n${name.toLowerCase()}:`);
}
