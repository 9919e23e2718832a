import { Gauge, type Registry } from "prom-client";
import type { TenantShare } from "../db/tenant-shares.js";

const everyMs = 5 * 60_000;

/** Shows whose mail bounces and whose is complained about: what mailbox providers judge a sender by. */
export function sampleTenants(load: () => Promise<TenantShare[]>, registry: Registry): { stop: () => void } {
  const gauge = (name: string, help: string) =>
    new Gauge({ name, help, labelNames: ["tenant"], registers: [registry] });
  const bounced = gauge(
    "tenant_bounced_share",
    "Share (0 to 1) of a tenant's mail since yesterday that bounced, of the 200 worst tenants with 100 mails or more.",
  );
  const complained = gauge(
    "tenant_complained_share",
    "Share (0 to 1) of a tenant's mail since yesterday that was complained about, of the same tenants.",
  );
  const sample = async (): Promise<void> => {
    const shares = await load();
    for (const shown of [bounced, complained]) shown.reset();
    for (const { tenantId: tenant, ...share } of shares) {
      bounced.set({ tenant }, share.bounced);
      complained.set({ tenant }, share.complained);
    }
  };
  // A database that is away shows as `part_up`, not here.
  const look = (): void => void sample().catch(() => undefined);
  look();
  const timer = setInterval(look, everyMs);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}
