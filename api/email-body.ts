import { Conflict, InvalidInput } from "../domain/errors.js";

/** Names of the request's fields in JSON, and what the SDK calls them. */
const fields: Record<string, string> = {
  tenant_id: "tenantId",
  recipient: "recipient",
  template_id: "template",
  subject: "subject",
  html: "html",
  text: "text",
  variables: "variables",
  campaign_id: "campaignId",
  from_email: "fromEmail",
  from_name: "fromName",
  cc: "cc",
  bcc: "bcc",
  reply_to: "replyTo",
  attachments: "attachments",
  headers: "headers",
  lane: "lane",
  send_at: "sendAt",
  idempotency_key: "idempotencyKey",
  track: "track",
  on_unknown: "onUnknown",
  on_missing_variable: "onMissingVariable",
};
const attachmentFields: Record<string, string> = {
  filename: "filename",
  content: "content",
  content_type: "contentType",
  content_id: "contentId",
};
const jsonNames: Record<string, string> = {
  ...Object.fromEntries(
    [...Object.entries(fields), ...Object.entries(attachmentFields)].map(([json, name]) => [name, json]),
  ),
  emailId: "id",
};
const jsonName = (name: string): string => jsonNames[name] ?? name;

/**
 * A body in JSON's snake_case as the SDK's request, which checks its values.
 * @throws InvalidInput for a body that is no object, or has fields that are not known.
 */
export function readEmailBody(body: unknown): Record<string, unknown> {
  if (typeof body !== "object" || body === null || Array.isArray(body))
    throw new InvalidInput([{ field: "body", problem: "must be a JSON object" }]);
  const { attachments, ...rest } = body as Record<string, unknown>;
  const request = rename(rest, fields, "");
  if (attachments === undefined) return request;
  if (!Array.isArray(attachments)) return { ...request, attachments };
  return {
    ...request,
    attachments: attachments.map((attachment: unknown, at) =>
      typeof attachment === "object" && attachment !== null
        ? rename(attachment as Record<string, unknown>, attachmentFields, `attachments.${at}.`)
        : attachment,
    ),
  };
}

function rename(
  body: Record<string, unknown>,
  names: Record<string, string>,
  path: string,
): Record<string, unknown> {
  const unknown = Object.keys(body).filter((name) => !Object.hasOwn(names, name));
  if (unknown.length > 0) {
    throw new InvalidInput(
      unknown.map((name) => ({ field: path + name, problem: "is not known; check the spelling" })),
    );
  }
  return Object.fromEntries(Object.entries(body).map(([name, value]) => [names[name] ?? name, value]));
}

/** The same error, with the fields called as the caller called them. */
export function withJsonNames(error: unknown): unknown {
  if (error instanceof Conflict && Array.isArray(error.details.fields)) {
    const others = error.details.fields.map((name) => jsonName(String(name))).join(", ");
    const message = `idempotency_key: was used before for a request with another ${others}; use a new key.`;
    return new Conflict(message, error.details);
  }
  if (!(error instanceof InvalidInput)) return error;
  return new InvalidInput(
    error.problems.map(({ field, problem }) => {
      const [first = "", ...path] = field.split(".");
      // Below the first name only attachments have names of ours; header and variable names are the caller's.
      const below = first === "attachments" ? path.map(jsonName) : path;
      return { field: [jsonName(first), ...below].join("."), problem };
    }),
    { cause: error },
  );
}
