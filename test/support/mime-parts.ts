/** A message taken apart by the letter of RFC 2045 and 2046, without the leniency of a mail program. */
export interface MimeParts {
  head: string;
  /** Decoded octets of each part of the multipart, line breaks as CRLF. */
  parts: { type: string; content: string }[];
}

export function takeApart(message: Buffer): MimeParts {
  const source = message.toString("latin1");
  const [head, body] = cut(source, "\r\n\r\n");
  const boundary = /boundary="([^"]+)"/.exec(head)?.[1];
  if (boundary === undefined) throw new Error("The message is no multipart.");
  const delimiter = `\r\n--${boundary}`;
  const [, ...rest] = `\r\n${body}`.split(delimiter);
  const end = rest.pop();
  if (end?.trim() !== "--") throw new Error("The multipart does not end.");
  return { head, parts: rest.map(part) };
}

function part(source: string): { type: string; content: string } {
  const [head, body] = cut(source, "\r\n\r\n");
  const type = /content-type: ([^;\r\n]+)/i.exec(head)?.[1] ?? "";
  const encoding = /content-transfer-encoding: (\S+)/i.exec(head)?.[1] ?? "7bit";
  const content = decode(body, encoding).toString("utf8");
  return { type, content: content.replaceAll(/\r\n|\r|\n/g, "\r\n") };
}

function decode(body: string, encoding: string): Buffer {
  if (encoding === "base64") return Buffer.from(body, "base64");
  if (encoding === "quoted-printable") return Buffer.from(decodeQuotedPrintable(body), "latin1");
  return Buffer.from(body, "latin1");
}

/** Octets as Latin-1 characters. */
export function decodeQuotedPrintable(encoded: string): string {
  return encoded
    .replaceAll("=\r\n", "")
    .replaceAll(/=([0-9A-F]{2})/g, (_escape, hex: string) => String.fromCharCode(parseInt(hex, 16)));
}

/** Encoded words (RFC 2047) in UTF-8; white space between two of them is none. */
export function decodeWords(line: string): string {
  return line
    .replaceAll(/(=\?[^?]+\?[QB]\?[^?]*\?=)\s+(?==\?)/gi, "$1")
    .replaceAll(/(?:=\?utf-8\?[QB]\?[^?]*\?=)+/gi, (words) =>
      Buffer.concat([...words.matchAll(/\?([QB])\?([^?]*)\?=/gi)].map(decodeWord)).toString(),
    );
}

function decodeWord([, encoding, text = ""]: RegExpMatchArray): Buffer {
  if (encoding?.toUpperCase() === "B") return Buffer.from(text, "base64");
  return Buffer.from(decodeQuotedPrintable(text.replaceAll("_", " ")), "latin1");
}

function cut(text: string, at: string): [string, string] {
  const index = text.indexOf(at);
  return index < 0 ? [text, ""] : [text.slice(0, index), text.slice(index + at.length)];
}
