import { hasControlCharacter } from "./email-address.js";

/** First and last port, both included. */
export type PortRange = readonly [first: number, last: number];

/** The web's own ports, and those that need no privilege; mail, shells and the like stand below. */
export const defaultWebhookPorts: readonly PortRange[] = [
  [80, 80],
  [443, 443],
  [1024, 65_535],
];

const longestUrl = 2_048;

/**
 * Checks what can be checked without a look at the network: an http or https URL without a user, on an allowed port.
 * Numbers in any notation become addresses here, as they would in a browser.
 */
export function parseWebhookUrl(
  text: string,
  ports: readonly PortRange[] = defaultWebhookPorts,
): { url: URL } | { problem: string } {
  if (text.length > longestUrl) return { problem: `is longer than ${longestUrl} characters` };
  // Which URLs leave out when they are read: what stands there would not be what is asked for.
  if (hasControlCharacter(text) || text.includes(" "))
    return { problem: "contains a blank, a line break or a control character" };
  if (!URL.canParse(text)) return { problem: "is not a URL; it must look like https://example.com/hooks" };
  const url = new URL(text);
  if (url.protocol !== "https:" && url.protocol !== "http:")
    return { problem: "must start with https:// or http://" };
  if (url.username !== "" || url.password !== "")
    return { problem: "must not contain a user or a password; the signature says who sends" };
  const port = portOf(url);
  if (!ports.some(([first, last]) => port >= first && port <= last))
    return { problem: `must not use port ${port}; WEBHOOK_PORTS says which are allowed` };
  return { url };
}

/** `80,443,8000-8999`; an empty text is no range. */
export function parseWebhookPorts(text: string): PortRange[] | { problem: string } {
  const ranges: PortRange[] = [];
  for (const part of text.split(",").map((each) => each.trim())) {
    const [, first, last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(part) ?? [];
    const range = [Number(first), Number(last)] as const;
    if (!(range[0] >= 1 && range[0] <= range[1] && range[1] <= 65_535))
      return { problem: "must be ports and ranges of ports, such as 80,443,1024-65535" };
    ranges.push(range);
  }
  return ranges;
}

function portOf({ port, protocol }: URL): number {
  if (port !== "") return Number(port);
  return protocol === "https:" ? 443 : 80;
}
