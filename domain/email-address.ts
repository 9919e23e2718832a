/**
 * Addresses Floe writes to: RFC 5321 sizes (local part ≤ 64, whole ≤ 254 octets), dot-atom local part, a domain of at
 * least two labels. Quoted local parts and address literals are refused: no mailbox provider issues them.
 */
const localPart =
  /^[a-z0-9!#$%&'*+/=?^_`{|}~\u0080-\u{10ffff}-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~\u0080-\u{10ffff}-]+)*$/iu;
const label = /^[a-z0-9\u0080-\u{10ffff}]([a-z0-9\u0080-\u{10ffff}-]{0,61}[a-z0-9\u0080-\u{10ffff}])?$/iu;

export type AddressCheck =
  { kind: "valid"; address: string; domain: string } | { kind: "invalid"; problem: string };

/** Normalises (trim, lower case) and checks one address. Lower-casing the local part is what every large provider does. */
export function checkAddress(input: string): AddressCheck {
  const address = input.trim().toLowerCase();
  if (address === "") return { kind: "invalid", problem: "is empty" };
  if (hasControlCharacter(address)) return { kind: "invalid", problem: "contains a control character" };
  const at = address.lastIndexOf("@");
  if (at <= 0) return { kind: "invalid", problem: "has no @ with a name before it" };
  const local = address.slice(0, at);
  const domain = address.slice(at + 1);
  if (exceeds(local, 64)) return { kind: "invalid", problem: "has more than 64 octets before the @" };
  if (exceeds(address, 254)) return { kind: "invalid", problem: "is longer than 254 octets" };
  if (!localPart.test(local))
    return { kind: "invalid", problem: "has characters before the @ that no mailbox has" };
  const labels = domain.split(".");
  if (labels.length < 2) return { kind: "invalid", problem: "has a domain without a dot" };
  if (!labels.every((part) => label.test(part)))
    return { kind: "invalid", problem: "has a malformed domain" };
  if (/^[0-9]+$/.test(labels.at(-1) ?? ""))
    return { kind: "invalid", problem: "has a number as top-level domain" };
  return { kind: "valid", address, domain };
}

/** True when a value would break out of a header line or a protocol line (CR, LF, NUL and the other C0 controls but tab). */
export function hasControlCharacter(value: string): boolean {
  // eslint-disable-next-line no-control-regex -- the control characters are what this looks for
  return /[\u0000-\u0008\u000a-\u001f\u007f]/.test(value);
}

/** True when the text is longer in UTF-8, without Buffer: this also runs inside workflows. */
function exceeds(text: string, octets: number): boolean {
  // Most addresses need not be counted: a code unit is three octets at most.
  if (text.length * 3 <= octets) return false;
  let length = 0;
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    length += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  }
  return length > octets;
}

/** Lower-case domain of an address. */
export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf("@") + 1).toLowerCase();
}
