import type { EmailInput } from "../../client/email-input.js";
import type { ReceivedMessage } from "../support/fault-smtp.js";
import { createAudience, type World } from "../support/world.js";

/** A tenant with a node and the template `hello`; requests of it differ by their recipient. */
export async function createShop(world: World) {
  const { tenantId, nodeId } = await createAudience(world, { contacts: 0, domain: "unused.example" });
  const request = (recipient: string, over: Partial<EmailInput> = {}): EmailInput => ({
    tenantId,
    recipient,
    template: "hello",
    variables: { first_name: "Ann" },
    fromEmail: "shop@example.com",
    ...over,
  });
  return { tenantId, nodeId, request };
}

/** The same with content of its own instead of the template. */
export function ownContent(over: Partial<EmailInput> = {}): Partial<EmailInput> {
  return { template: undefined, subject: "Your receipt", html: "<p>Thank you.</p>", ...over };
}

export function messagesTo({ smtp }: Pick<World, "smtp">, address: string): ReceivedMessage[] {
  return smtp.messages.filter(({ to }) => to.includes(address));
}

/** The message as its reader's program sees it: the doubled dots of the wire are gone. */
export function bodyOf(message: ReceivedMessage | undefined): string {
  return (message?.body ?? "").replaceAll(/^\.\./gm, ".");
}

/** Header fields, unfolded, names in lower case. */
export function headersOf(message: ReceivedMessage | undefined): [name: string, value: string][] {
  const head = bodyOf(message).split("\r\n\r\n", 1)[0] ?? "";
  return head
    .replaceAll(/\r\n(?=[ \t])/g, "")
    .split("\r\n")
    .map((line) => [
      line.slice(0, line.indexOf(":")).toLowerCase(),
      line.slice(line.indexOf(":") + 1).trim(),
    ]);
}

export function headerOf(message: ReceivedMessage | undefined, name: string): string | undefined {
  return headersOf(message).find(([field]) => field === name)?.[1];
}
