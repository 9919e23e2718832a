import type { Delivery, Webhook, WebhookInput } from "../../client/webhooks.js";
import { until } from "../support/until.js";
import type { WebhookReceiver } from "../support/webhook-receiver.js";
import type { World } from "../support/world.js";

export type CreatedWebhook = Webhook & { secret: string };

let tenants = 0;

export async function createTenant(world: Pick<World, "floe">): Promise<string> {
  const tenantId = `hooks-${(tenants += 1)}`;
  await world.floe.tenants.create({ tenantId, name: tenantId });
  return tenantId;
}

/** An endpoint at a path of the receiver, which verifies its signatures and keeps what comes. */
export async function createEndpoint(
  { world, receiver }: { world: Pick<World, "floe">; receiver: WebhookReceiver },
  tenantId: string,
  path: string,
  over: Partial<WebhookInput> = {},
): Promise<CreatedWebhook> {
  const url = receiver.url(path);
  const webhook = await world.floe.webhooks.create({ tenantId, url, allowPrivate: true, ...over });
  await receiver.behave({ [path]: { secret: webhook.secret, keep: true } });
  return webhook;
}

export function ended(
  world: World,
  tenantId: string,
  { count, status }: { count: number; status: "delivered" | "dead" },
): Promise<Delivery[]> {
  return until(`${count} deliveries are ${status}`, async () => {
    const rows = await world.floe.webhooks.deliveries({ tenantId, status });
    return rows.length === count && rows;
  });
}
