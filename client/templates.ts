import { z } from "zod";
import type { SavedTemplate, Template, TemplateContent, TemplateStore } from "../db/templates.js";
import { nameSchema, parseInput, tenantIdSchema } from "./input.js";

export type { SavedTemplate, Template, TemplateContent } from "../db/templates.js";

const templateSchema = z.strictObject({
  tenantId: tenantIdSchema,
  name: nameSchema,
  /** Handlebars, as are html, text and preheader. */
  subject: z.string(),
  html: z.string(),
  /** Absent: made from the html. */
  text: z.string().optional(),
  preheader: z.string().optional(),
});
export type NewTemplate = z.input<typeof templateSchema>;

/** `template`: id or name (its latest version), or the id of one version. */
const refSchema = z.strictObject({ tenantId: tenantIdSchema, template: nameSchema });
export type TemplateRef = z.input<typeof refSchema>;

/** Compiles every part, makes the text, finds the links. @throws InvalidInput with the part and its line. */
export type PrepareTemplate = (
  template: Pick<z.output<typeof templateSchema>, "subject" | "html" | "text" | "preheader">,
) => TemplateContent;

export interface Templates {
  /** Saves a new version, which never changes; unchanged content is the latest version. @throws InvalidInput, NotFound */
  save(template: NewTemplate): Promise<SavedTemplate>;
  /** With their latest version, by name, without content. */
  list(tenantId: string): Promise<Template[]>;
  /** @throws NotFound */
  get(ref: TemplateRef): Promise<Template & TemplateContent>;
}

export function createTemplates(store: TemplateStore, prepare: PrepareTemplate): Templates {
  return {
    save: async (input) => {
      const { tenantId, name, ...parts } = parseInput(templateSchema, input);
      return store.saveTemplate({ tenantId, name, ...prepare(parts) });
    },
    list: async (tenantId) => store.listTemplates(parseInput(tenantIdSchema, tenantId)),
    get: async (ref) => {
      const { tenantId, template } = parseInput(refSchema, ref);
      return store.loadTemplate(tenantId, template);
    },
  };
}
