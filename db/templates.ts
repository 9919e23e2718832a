import type pg from "pg";
import { v7 as uuidv7 } from "uuid";
import { InvalidInput, NotFound } from "../domain/errors.js";
import type { NamePage } from "./name-page.js";
import { transaction, type Queryable } from "./pool.js";
import { requireTenant } from "./require-tenant.js";
import { listVersions, removeTemplate, renameTemplate } from "./template-versions.js";

/** What one version holds: checked and completed by `mail/template` before it comes here. */
export interface TemplateContent {
  subject: string;
  preheader: string | null;
  html: string;
  text: string;
  /** Static link targets, in order of appearance. */
  links: string[];
}

export interface TemplateSource {
  /** What html was made from; null when it was written as html. */
  mjml: string | null;
}

export interface SavedTemplate {
  templateId: string;
  templateVersionId: string;
  version: number;
}

export interface Template extends SavedTemplate {
  tenantId: string;
  name: string;
  createdAt: Date;
  /** When the latest version was saved. */
  savedAt: Date;
}

/** A template with the content of one version. */
export type StoredTemplate = Template & TemplateContent & TemplateSource;

export interface TemplateVersion extends SavedTemplate {
  subject: string;
  savedAt: Date;
}

export type NewContent = { tenantId: string; name: string } & TemplateContent & Partial<TemplateSource>;

export interface TemplateStore {
  /**
   * Saves content as the next version of the template of that name; content equal to the latest version's returns that
   * one. Concurrent saves of a name take turns.
   * @throws NotFound (tenant), InvalidInput
   */
  saveTemplate(template: NewContent): Promise<SavedTemplate>;
  /** The latest version, or the version asked for. @param template template id, name or version id. @throws NotFound */
  loadTemplate(tenantId: string, template: string): Promise<StoredTemplate>;
  /** Templates with their latest version, by name, without content; without a page all. */
  listTemplates(tenantId: string, page?: NamePage): Promise<Template[]>;
  /** Newest first; `before` is the last version of the page before. @throws NotFound */
  listVersions(
    tenantId: string,
    template: string,
    page: { before?: number | undefined; limit: number },
  ): Promise<TemplateVersion[]>;
  /** @throws NotFound, Conflict when the name is taken */
  renameTemplate(tenantId: string, template: string, name: string): Promise<Template>;
  /** With all its versions. @throws NotFound, Conflict while something refers to one of them */
  removeTemplate(tenantId: string, template: string): Promise<void>;
}

export function createTemplateStore(pool: pg.Pool): TemplateStore {
  return {
    saveTemplate: (template) => saveTemplate(pool, template),
    loadTemplate: (tenantId, template) => loadTemplate(pool, tenantId, template),
    listTemplates: (tenantId, page) => listTemplates(pool, tenantId, page),
    listVersions: async (tenantId, template, page) =>
      listVersions(pool, await loadTemplate(pool, tenantId, template), page),
    renameTemplate: async (tenantId, template, name) => {
      const { templateId } = await loadTemplate(pool, tenantId, template);
      await renameTemplate(pool, { tenantId, templateId, name });
      return loadTemplate(pool, tenantId, templateId);
    },
    removeTemplate: async (tenantId, template) =>
      removeTemplate(pool, await loadTemplate(pool, tenantId, template)),
  };
}

const columns = `t.template_id as "templateId", v.template_version_id as "templateVersionId", v.version,
  t.tenant_id as "tenantId", t.name, t.created_at as "createdAt", v.created_at as "savedAt"`;

/** @param template template id or name (its latest version), or a version's id. @throws NotFound */
export async function loadTemplate(
  db: Queryable,
  tenantId: string,
  template: string,
): Promise<StoredTemplate> {
  const { rows } = await db.query<StoredTemplate>(
    `select ${columns}, v.subject, v.preheader, v.html, v.mjml, v.text, v.links
     from templates t
     join template_versions v on v.template_id = t.template_id
     where t.tenant_id = $1
       and (v.template_version_id::text = lower($2)
         or v.version = t.latest_version and (t.template_id::text = lower($2) or t.name = $2))
     order by v.template_version_id::text = lower($2) desc, t.template_id::text = lower($2) desc
     limit 1`,
    [tenantId, template],
  );
  if (!rows[0]) throw new NotFound("template", template);
  return rows[0];
}

async function saveTemplate(pool: pg.Pool, template: NewContent): Promise<SavedTemplate> {
  refuseNul(template);
  return transaction(pool, async (client) => {
    await requireTenant(client, template.tenantId);
    const { templateId, latestVersion } = await lockTemplate(client, template);
    const latest = await findVersion(client, templateId, latestVersion, template);
    if (latest) return { templateId, templateVersionId: latest, version: latestVersion };
    const version = latestVersion + 1;
    const templateVersionId = uuidv7();
    await client.query(
      `insert into template_versions
         (template_version_id, template_id, tenant_id, version, subject, preheader, html, text, links, mjml)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
      [templateVersionId, templateId, template.tenantId, version, ...contentOf(template)],
    );
    await client.query("update templates set latest_version = $2 where template_id = $1", [
      templateId,
      version,
    ]);
    return { templateId, templateVersionId, version };
  });
}

/** Makes the template if there is none; either way its row is locked until the version is saved. */
async function lockTemplate(
  client: pg.PoolClient,
  template: { tenantId: string; name: string },
): Promise<{ templateId: string; latestVersion: number }> {
  const { rows } = await client.query<{ templateId: string; latestVersion: number }>(
    `insert into templates (template_id, tenant_id, name) values ($1, $2, $3)
     on conflict (tenant_id, name) do update set name = excluded.name
     returning template_id as "templateId", latest_version as "latestVersion"`,
    [uuidv7(), template.tenantId, template.name],
  );
  if (!rows[0]) throw new NotFound("template", template.name);
  return rows[0];
}

async function findVersion(
  client: pg.PoolClient,
  templateId: string,
  version: number,
  content: NewContent,
): Promise<string | null> {
  const { rows } = await client.query<{ templateVersionId: string }>(
    `select template_version_id as "templateVersionId" from template_versions
     where template_id = $1 and version = $2 and subject = $3 and preheader is not distinct from $4 and html = $5
       and text = $6 and links = $7::text[] and mjml is not distinct from $8`,
    [templateId, version, ...contentOf(content)],
  );
  return rows[0]?.templateVersionId ?? null;
}

function contentOf({ subject, preheader, html, text, links, mjml }: NewContent): unknown[] {
  return [subject, preheader, html, text, links, mjml ?? null];
}

async function listTemplates(
  pool: pg.Pool,
  tenantId: string,
  { after, limit }: NamePage = {},
): Promise<Template[]> {
  const { rows } = await pool.query<Template>(
    `select ${columns}
     from templates t
     join template_versions v on v.template_id = t.template_id and v.version = t.latest_version
     where t.tenant_id = $1 and ($2::text is null or t.name > $2)
     order by t.name limit $3`,
    [tenantId, after ?? null, limit ?? null],
  );
  return rows;
}

/** Postgres cannot hold NUL in a text; no mail may carry it either. */
function refuseNul(content: TemplateContent): void {
  const fields = ["subject", "preheader", "html", "text"] as const;
  const problems = fields
    .filter((field) => content[field]?.includes("\u0000"))
    .map((field) => ({ field, problem: "contains a NUL character" }));
  if (problems.length > 0) throw new InvalidInput(problems);
}
