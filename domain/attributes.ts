/**
 * Names of a contact's attributes: letters and digits of any script, `_`, blanks and `-` inside, 64 characters at most,
 * so that they can be written in templates, CSV headers and segment filters alike.
 */
const attributeName = /^[\p{L}\p{N}_][\p{L}\p{N}_ -]{0,63}$/u;

export function isAttributeName(name: string): boolean {
  // As a key of a plain object it would set the prototype instead of a value.
  return attributeName.test(name) && name !== "__proto__";
}

/** Value of one attribute. CSV knows only strings; the SDK may give numbers and booleans. */
export type AttributeValue = string | number | boolean | null;
export type Attributes = Record<string, AttributeValue>;

/** The name behind `attributes.<name>`, or null when `field` is written otherwise or the name is not allowed. */
export function attributeOf(field: string): string | null {
  if (!field.startsWith("attributes.")) return null;
  const name = field.slice("attributes.".length);
  return isAttributeName(name) ? name : null;
}
