import type { VariantFigures } from "../domain/ab-test-choice.js";
import type { Queryable } from "./pool.js";

/** Each variant's figures so far, in their order, from the send that tested it. */
export async function loadFigures(
  db: Queryable,
  tenantId: string,
  abTestId: string,
): Promise<VariantFigures[]> {
  const { rows } = await db.query<VariantFigures>(
    `select v.variant, coalesce(a.sent, 0)::float8 as delivered, coalesce(a.unique_opens, 0)::float8 as opens,
       coalesce(a.unique_clicks, 0)::float8 as clicks, coalesce(a.unsubscribes, 0)::float8 as unsubscribes
     from ab_test_variants v
     left join campaign_sends s on s.campaign_id = v.campaign_id and s.tenant_id = v.tenant_id
       and s.run_key = 'variant-' || v.variant
     left join campaign_analytics a on a.send_id = s.send_id and a.tenant_id = v.tenant_id
     where v.campaign_id = $1 and v.tenant_id = $2
     order by v.variant`,
    [abTestId, tenantId],
  );
  return rows;
}
