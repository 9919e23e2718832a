import { asError, InvalidInput } from "../domain/errors.js";
import { compileTemplate, type RenderedMessage } from "./compiled-template.js";
import type { PreparedTemplate } from "./template.js";

/** Where the links of previews lead that a recipient's own would stand for. */
const unsubscribeUrl = "https://example.com/unsubscribe";
/** Without tracking, nothing asks for them. */
const noLinks = { click: () => "", signed: (url: string) => url, open: () => "" };

/**
 * What somebody with these variables gets, without tracking.
 * @throws InvalidInput when the template cannot be rendered with them
 */
export function renderPreview(
  template: PreparedTemplate,
  variables: Record<string, unknown>,
): RenderedMessage {
  const compiled = compileTemplate({
    template: { ...template, templateVersionId: "preview" },
    ...{ trackOpens: false, trackClicks: false },
  });
  try {
    return compiled.render(
      { variables: { unsubscribe_url: unsubscribeUrl, ...variables }, links: noLinks },
      false,
    );
  } catch (error) {
    const problem = `cannot be rendered: ${asError(error).message}`;
    throw new InvalidInput([{ field: "variables", problem }], { cause: error });
  }
}
