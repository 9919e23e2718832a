import { z } from "zod";
import type {
  SavedTemplate,
  StoredTemplate,
  Template,
  TemplateContent,
  TemplateStore,
  TemplateVersion,
} from "../db/templates.js";
import { variablesSchema } from "./email-input.js";
import {
  namePageSchema,
  nameSchema,
  pageSizeSchema,
  parseInput,
  tenantIdSchema,
  type NamePage,
} from "./input.js";

export type {
  SavedTemplate,
  StoredTemplate,
  Template,
  TemplateContent,
  TemplateVersion,
} from "../db/templates.js";

const parts = {
  /** Handlebars, as are html, mjml, text and preheader. */
  subject: z.string(),
  html: z.string().optional(),
  /** Instead of html, which is made from it: MJML (https://documentation.mjml.io). */
  mjml: z.string().optional(),
  /** Absent: made from the html. */
  text: z.string().optional(),
  preheader: z.string().optional(),
};
const hasOneSource = ({ html, mjml }: { html?: string | undefined; mjml?: string | undefined }): boolean =>
  (html === undefined) !== (mjml === undefined);
const oneSource = { path: ["html"], message: "exactly one is needed: give either html or mjml" };

export const templateSchema = z
  .strictObject({ tenantId: tenantIdSchema, name: nameSchema, ...parts })
  .refine(hasOneSource, oneSource);
export type NewTemplate = z.input<typeof templateSchema>;

/** `template`: id or name (its latest version), or the id of one version. */
export const templateRefSchema = z.strictObject({ tenantId: tenantIdSchema, template: nameSchema });
export type TemplateRef = z.input<typeof templateRefSchema>;

export const templateChangeSchema = templateRefSchema.extend({ name: nameSchema });
export type TemplateChange = z.input<typeof templateChangeSchema>;

export const versionsSchema = templateRefSchema.extend({
  /** Number of the last version of the page before. */
  before: z.int().min(1, "must be at least 1").optional(),
  limit: pageSizeSchema,
});
export type VersionsQuery = z.input<typeof versionsSchema>;

export const previewSchema = templateRefSchema.extend({ variables: variablesSchema.default({}) });
export type PreviewInput = z.input<typeof previewSchema>;

export const draftPreviewSchema = z
  .strictObject({ ...parts, variables: variablesSchema.default({}) })
  .refine(hasOneSource, oneSource);
export type DraftPreviewInput = z.input<typeof draftPreviewSchema>;

/** Compiles every part, makes the text, finds the links. @throws InvalidInput with the part and its line. */
export type PrepareTemplate = (
  template: Pick<NewTemplate, "subject" | "text" | "preheader"> & { html: string },
) => TemplateContent;
/** @returns html. @throws InvalidInput with the line */
export type CompileMjml = (source: string) => Promise<string>;

/** What a recipient with these variables gets, but for tracking. */
export interface Preview {
  subject: string;
  html: string;
  text: string;
}

/** @throws InvalidInput when these variables cannot be rendered */
export type RenderPreview = (content: TemplateContent, variables: Record<string, unknown>) => Preview;

export interface Templates {
  /** Saves a new version, which never changes; unchanged content is the latest version. @throws InvalidInput, NotFound */
  save(template: NewTemplate): Promise<SavedTemplate>;
  /** With their latest version, by name, without content: all, or a page. */
  list(tenantId: string, page?: NamePage): Promise<Template[]>;
  /** @throws NotFound */
  get(ref: TemplateRef): Promise<StoredTemplate>;
  /** Newest first, without content, which `get` has by the version's id. @throws NotFound */
  versions(query: VersionsQuery): Promise<TemplateVersion[]>;
  /** Gives it another name. @throws InvalidInput, NotFound, Conflict when the name is taken */
  update(change: TemplateChange): Promise<Template>;
  /** With all its versions. @throws NotFound, Conflict when something was, or is to be, sent with it */
  remove(ref: TemplateRef): Promise<void>;
  /** @throws NotFound, InvalidInput */
  preview(input: PreviewInput): Promise<Preview>;
  /** The same of content that is not saved. @throws InvalidInput */
  previewDraft(input: DraftPreviewInput): Promise<Preview>;
}

export interface TemplatePorts {
  store: TemplateStore;
  prepare: PrepareTemplate;
  compileMjml: CompileMjml;
  render: RenderPreview;
}

export function createTemplates({ store, prepare, compileMjml, render }: TemplatePorts): Templates {
  const refOf = (ref: TemplateRef) => parseInput(templateRefSchema, ref);
  const contentOf = async ({ mjml, html = "", ...rest }: Omit<NewTemplate, "tenantId" | "name">) => {
    if (mjml === undefined) return prepare({ ...rest, html });
    return { ...prepare({ ...rest, html: await compileMjml(mjml) }), mjml };
  };
  return {
    save: async (input) => {
      const { tenantId, name, ...source } = parseInput(templateSchema, input);
      return store.saveTemplate({ tenantId, name, ...(await contentOf(source)) });
    },
    list: async (tenantId, page) =>
      store.listTemplates(parseInput(tenantIdSchema, tenantId), parseInput(namePageSchema.optional(), page)),
    get: async (ref) => {
      const { tenantId, template } = refOf(ref);
      return store.loadTemplate(tenantId, template);
    },
    versions: async (query) => {
      const { tenantId, template, ...page } = parseInput(versionsSchema, query);
      return store.listVersions(tenantId, template, page);
    },
    update: async (change) => {
      const { tenantId, template, name } = parseInput(templateChangeSchema, change);
      return store.renameTemplate(tenantId, template, name);
    },
    remove: async (ref) => {
      const { tenantId, template } = refOf(ref);
      return store.removeTemplate(tenantId, template);
    },
    preview: async (input) => {
      const { tenantId, template, variables } = parseInput(previewSchema, input);
      return render(await store.loadTemplate(tenantId, template), variables);
    },
    previewDraft: async (input) => {
      const { variables, ...source } = parseInput(draftPreviewSchema, input);
      return render(await contentOf(source), variables);
    },
  };
}
