import type pg from "pg";
import { Conflict } from "../domain/errors.js";
import { unlessReferred, unlessTaken } from "./constraints.js";
import { transaction } from "./pool.js";
import type { Template, TemplateVersion } from "./templates.js";

type TemplateRef = Pick<Template, "tenantId" | "templateId">;

export async function listVersions(
  pool: pg.Pool,
  { tenantId, templateId }: TemplateRef,
  { before, limit }: { before?: number | undefined; limit: number },
): Promise<TemplateVersion[]> {
  const { rows } = await pool.query<TemplateVersion>(
    `select template_id as "templateId", template_version_id as "templateVersionId", version, subject,
       created_at as "savedAt"
     from template_versions
     where tenant_id = $1 and template_id = $2 and ($3::int is null or version < $3)
     order by version desc limit $4`,
    [tenantId, templateId, before ?? null, limit],
  );
  return rows;
}

/** @throws Conflict when the name is taken */
export async function renameTemplate(
  pool: pg.Pool,
  { tenantId, templateId, name }: TemplateRef & { name: string },
): Promise<void> {
  await unlessTaken(`The name ${JSON.stringify(name)}`, () =>
    pool.query("update templates set name = $3 where tenant_id = $1 and template_id = $2", [
      ...[tenantId, templateId, name],
    ]),
  );
}

/** With all its versions. @throws Conflict while something refers to one of them */
export async function removeTemplate(
  pool: pg.Pool,
  { tenantId, templateId, name }: TemplateRef & { name: string },
): Promise<void> {
  const what = `The template ${JSON.stringify(name)}`;
  await unlessReferred(what, () =>
    transaction(pool, async (client) => {
      const { rows } = await client.query<{ templateVersionId: string }>(
        `delete from template_versions where tenant_id = $1 and template_id = $2
         returning template_version_id as "templateVersionId"`,
        [tenantId, templateId],
      );
      const versionIds = rows.map(({ templateVersionId }) => templateVersionId);
      await refuseSteps(client, what, { tenantId, versionIds });
      await client.query("delete from templates where tenant_id = $1 and template_id = $2", [
        ...[tenantId, templateId],
      ]);
    }),
  );
}

/** Steps of sequences keep their versions inside their rules, where no foreign key holds them. */
async function refuseSteps(
  client: pg.PoolClient,
  what: string,
  { tenantId, versionIds }: { tenantId: string; versionIds: string[] },
): Promise<void> {
  const { rows } = await client.query<{ campaignId: string }>(
    `select campaign_id as "campaignId" from sequences
     where tenant_id = $1 and jsonb_path_query_array(rules, '$.**.templateVersionId') ?| $2::text[] limit 1`,
    [tenantId, versionIds],
  );
  if (rows[0]) throw new Conflict(`${what} is sent by sequence ${rows[0].campaignId}.`, { ...rows[0] });
}
