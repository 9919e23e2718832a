import type { SendContext } from "../../activities/delivery-ports.js";
import { trackedHtml } from "../compiled-template.js";
import { QuotedPrintableWriter } from "../quoted-printable.js";
import { checkOutput, type RenderOptions } from "../rendering.js";
import { PartPlan } from "./part-plan.js";
import { composeSkeleton, perRecipient, type RecipientField, type Skeleton } from "./skeleton.js";
import { cutTemplate, joinPieces } from "./template-pieces.js";

type Variables = Record<string, unknown>;

/** A header field `Name: value`, folded, without its last CRLF; or the name of one that each message has its own of. */
export type PlannedField = string | { own: RecipientField };

export interface MessagePlan {
  /** In order. */
  fields: readonly PlannedField[];
  /** @throws MissingVariable, RenderFailed, or Handlebars' own error for variables of the wrong form. */
  subject(variables: Variables, options: RenderOptions): string;
  /** US-ASCII, lines of at most 76 characters, ended by CRLF. @throws as `subject` */
  body(variables: Variables, options: RenderOptions): string;
}

/**
 * Compiles a send's messages once: the MIME tree with its static parts encoded, and holes where a recipient's values go.
 * Filling one is joining text that is encoded already.
 */
export async function compileMessagePlan(send: SendContext): Promise<MessagePlan> {
  const skeleton = await composeSkeleton(send);
  const subject = cutTemplate(send.template.subject, { escape: false });
  const text = new PartPlan(send.template.text, { escape: false });
  const html = new PartPlan(trackedHtml(send), { escape: true });
  return {
    fields: skeleton.fields.map(plannedField),
    subject(variables, options) {
      subject.rendering.begin(options);
      const line = joinPieces(subject.pieces, variables);
      checkOutput(line.length);
      return line;
    },
    body: (variables, options) => {
      const writer = new QuotedPrintableWriter();
      writer.append(skeleton.beforeText, 0);
      text.fill(writer, variables, options);
      writer.append(skeleton.beforeHtml, 0);
      html.fill(writer, variables, options);
      writer.append(skeleton.afterHtml, 0);
      return writer.encoded;
    },
  };
}

function plannedField(field: Skeleton["fields"][number]): PlannedField {
  const own = perRecipient.find((name) => field.startsWith(`${name}:`));
  return own === undefined ? field : { own };
}
