import type { AbTestInput, AbTestRef } from "../../client/ab-test-input.js";
import type { VariantResult } from "../../client/ab-tests.js";
import { createEventStore } from "../../db/events.js";
import { createAudience, type World } from "../support/world.js";

/** A tenant with contacts and the templates `hello` and `other`. */
export async function createReaders(world: World, contacts: number, domain: string): Promise<string> {
  const { tenantId } = await createAudience(world, { contacts, domain });
  await world.floe.templates.save({ tenantId, name: "other", subject: "Other", html: "<p>Other</p>" });
  return tenantId;
}

export async function createAbTest(
  { floe }: World,
  tenantId: string,
  over: Partial<AbTestInput> = {},
): Promise<AbTestRef> {
  const { abTestId } = await floe.abTests.create({
    ...{ tenantId, name: "Spring", list: "everybody", fromEmail: "news@example.com" },
    variants: [{ template: "hello" }, { template: "other", fromName: "Ann of News" }],
    sharePercent: 50,
    duration: { hours: 4 },
    minimumDelivered: 1,
    ...over,
  });
  return { tenantId, abTestId };
}

export async function variantsOf({ floe }: World, test: AbTestRef): Promise<VariantResult[]> {
  return (await floe.abTests.results(test)).variants;
}

export interface LedgerRow {
  contactId: string;
  email: string;
  status: string;
  /** `variant-1`, …, `rest` */
  runKey: string;
}

export async function ledgerOf({ pool }: Pick<World, "pool">, { abTestId }: AbTestRef): Promise<LedgerRow[]> {
  const { rows } = await pool.query<LedgerRow>(
    `select r.contact_id as "contactId", r.email, r.status, s.run_key as "runKey" from campaign_sends s
     join email_sends r on r.send_month = s.send_month and r.send_id = s.send_id
     where s.campaign_id = $1`,
    [abTestId],
  );
  return rows;
}

/** So many recipients of the variant open, and click if told. */
export async function react(
  world: World,
  test: AbTestRef,
  { variant, people, kind = "open" }: { variant: number; people: number; kind?: "open" | "click" },
): Promise<void> {
  const { variants } = await world.floe.abTests.get(test);
  const sendId = variants[variant - 1]?.sendId ?? "";
  const rows = (await ledgerOf(world, test)).filter(({ runKey }) => runKey === `variant-${variant}`);
  const occurredAt = new Date();
  await createEventStore(world.pool).recordEvents(
    rows
      .slice(0, people)
      .map(({ contactId }) =>
        kind === "open"
          ? { sendId, contactId, kind, occurredAt }
          : { sendId, contactId, kind, occurredAt, link: 0, url: "https://example.com/offer" },
      ),
  );
}
