import { z } from "zod";
import { emailSchema } from "../../client/email-input.js";
import { namePageSchema, parseInput, tenantIdSchema } from "../../client/input.js";
import {
  draftPreviewSchema,
  previewSchema,
  templateChangeSchema,
  templateRefSchema,
  templateSchema,
  versionsSchema,
} from "../../client/templates.js";
import { operation } from "../operation.js";

const saved = z.object({ templateId: z.string(), templateVersionId: z.string(), version: z.number() });
const template = saved.extend({
  tenantId: z.string(),
  name: z.string(),
  createdAt: z.date(),
  savedAt: z.date(),
});
const content = z.object({
  subject: z.string(),
  preheader: z.string().nullable(),
  html: z.string(),
  mjml: z.string().nullable(),
  text: z.string(),
  links: z.array(z.string()),
});
const preview = z.object({ subject: z.string(), html: z.string(), text: z.string() });

const { recipient, fromEmail, fromName, replyTo, variables, actor } = emailSchema.shape;
const testSchema = templateRefSchema.extend({
  recipient,
  fromEmail: fromEmail.unwrap(),
  ...{ fromName, replyTo, variables, actor },
});

const path = "/api/templates";
const one = `${path}/:template`;
const look = { resource: "templates", level: "read" } as const;
const change = { resource: "templates", level: "write" } as const;
/** Html and text of 512 kB each, escaped. */
const largestTemplate = 4 * 1024 * 1024;

export const templateOperations = [
  operation({
    ...change,
    ...{ id: "templates.save", method: "post", path, status: 201, largestBody: largestTemplate },
    summary:
      "Save a template, as html or MJML, as a new version, which never changes; unchanged content is the latest version",
    input: templateSchema,
    output: saved,
    call: (floe, input) => floe.templates.save(input),
  }),
  operation({
    ...look,
    ...{ id: "templates.list", method: "get", path, page: { cursor: "name", by: "after" } },
    summary: "Templates by name, without content",
    input: namePageSchema.extend({ tenantId: tenantIdSchema }),
    output: template,
    call: (floe, { tenantId, ...page }) => floe.templates.list(tenantId, page),
  }),
  operation({
    ...look,
    ...{
      id: "templates.preview_draft",
      method: "post",
      path: `${path}/preview`,
      largestBody: largestTemplate,
    },
    summary: "What somebody would get of content that is not saved",
    input: draftPreviewSchema,
    output: preview,
    call: (floe, input) => floe.templates.previewDraft(input),
  }),
  operation({
    ...look,
    ...{ id: "templates.get", method: "get", path: one },
    summary: "A template with the content of its latest version, by id or name; or one version, by its id",
    input: templateRefSchema,
    output: template.extend(content.shape),
    call: (floe, input) => floe.templates.get(input),
  }),
  operation({
    ...look,
    ...{ id: "templates.versions", method: "get", path: `${one}/versions` },
    page: { cursor: "version", by: "before" },
    summary: "Versions of a template, newest first, without content",
    input: versionsSchema,
    output: saved.extend({ subject: z.string(), savedAt: z.date() }),
    call: (floe, input) => floe.templates.versions(input),
  }),
  operation({
    ...look,
    ...{ id: "templates.preview", method: "post", path: `${one}/preview` },
    summary: "What somebody with these variables gets, without tracking",
    input: previewSchema,
    output: preview,
    call: (floe, input) => floe.templates.preview(input),
  }),
  operation({
    // Whoever may not send emails does not send tests either.
    ...{ resource: "emails", level: "write", limit: "email-sending" },
    ...{ id: "templates.test", method: "post", path: `${one}/test`, status: 202 },
    summary: "Send the template, or one version of it, to one address",
    input: testSchema,
    output: z.object({ tenantId: z.string(), emailId: z.string() }),
    call: async (floe, input) => {
      const { template: of, ...email } = parseInput(testSchema, input);
      const { templateVersionId } = await floe.templates.get({ tenantId: email.tenantId, template: of });
      return floe.emails.send({ ...email, template: templateVersionId });
    },
  }),
  operation({
    ...change,
    ...{ id: "templates.update", method: "patch", path: one, edits: "templates.get" },
    summary: "Give a template another name; its content changes by saving a version",
    input: templateChangeSchema,
    output: template,
    call: (floe, input) => floe.templates.update(input),
  }),
  operation({
    ...change,
    ...{ id: "templates.remove", method: "delete", path: one, edits: "templates.get" },
    summary: "Delete a template that nothing was sent with, and its versions",
    input: templateRefSchema,
    call: (floe, input) => floe.templates.remove(input),
  }),
];
