import type { Channel, Severity } from "./notification-kinds.js";
import { testKind, type Digest } from "./notification-wishes.js";

export interface Groupable {
  channel: Channel;
  deviceId: string | null;
  kind: string;
  severity: Severity;
  /** Of the message that an earlier attempt put it in. */
  messageId: string | null;
}

/** As many come one by one; more come as one message that counts them. */
export const mostAlone = 3;
/** In one message; people do not read further. */
export const mostTogether = 100;

/**
 * Which deliveries to one person go in one message. What was together stays together, so that a repeat is recognised as one.
 * What is critical comes alone.
 */
export function toMessages<Delivery extends Groupable>(
  deliveries: readonly Delivery[],
  digest: Digest,
): Delivery[][] {
  const again = groupBy(
    deliveries.filter(({ messageId }) => messageId !== null),
    ({ messageId }) => messageId ?? "",
  );
  const fresh = deliveries.filter(({ messageId }) => messageId === null);
  const alone = fresh.filter(comesAlone);
  const others = groupBy(
    fresh.filter((delivery) => !comesAlone(delivery)),
    ({ channel, deviceId }) => `${channel} ${deviceId ?? ""}`,
  );
  return [
    ...again,
    ...alone.map((delivery) => [delivery]),
    ...others.flatMap((group) => split(group, digest)),
  ];
}

function comesAlone({ severity, kind }: Groupable): boolean {
  return severity === "critical" || kind === testKind;
}

function split<Delivery extends Groupable>(group: Delivery[], digest: Digest): Delivery[][] {
  const together = group.length > mostAlone || (group[0]?.channel === "email" && digest !== "off");
  const size = together ? mostTogether : 1;
  return Array.from({ length: Math.ceil(group.length / size) }, (_, i) =>
    group.slice(i * size, (i + 1) * size),
  );
}

function groupBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Item[][] {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return [...groups.values()];
}
