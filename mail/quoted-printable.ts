/** Longest line without its CRLF (RFC 2045, 6.7, rule 5), less one for the soft break's `=`. */
const room = 75;

const space = 0x20;
const tab = 0x09;
const cr = 0x0d;
const lf = 0x0a;
const equals = 0x3d;
const dot = 0x2e;

const escapes = Array.from(
  { length: 256 },
  (_, octet) => `=${octet.toString(16).toUpperCase().padStart(2, "0")}`,
);

/**
 * Writes text as quoted-printable (RFC 2045, 6.7), every line break as CRLF, in parts: what was encoded before can be put
 * in between. A dot at the beginning of a line is escaped, so that no message needs dot-stuffing.
 */
export class QuotedPrintableWriter {
  /** US-ASCII. */
  encoded = "";
  /** Characters of the line that is being written. */
  column = 0;
  /** White space that may turn out to end its line, where it would be lost on the way (rule 3). */
  private held = "";

  /** Appends what another writer encoded from column 0 to `column`; this one stands at the beginning of a line. */
  append(encoded: string, column: number): void {
    this.encoded += encoded;
    this.column = column;
  }

  /** Goes to the beginning of a line without a line break in the text. */
  beginLine(): void {
    if (this.column > 0 || this.held !== "") this.softBreak();
  }

  write(text: string): void {
    if (this.held !== "") {
      text = this.held + text;
      this.held = "";
    }
    for (let at = 0; at < text.length;) {
      const end = this.endOfPlain(text, at);
      if (end === at) at = this.writeSpecial(text, at);
      else {
        this.writePlain(text, at, end);
        at = end;
      }
    }
  }

  /** The end of the text. */
  finish(): void {
    this.endLine();
  }

  private writePlain(text: string, at: number, end: number): void {
    const last = text.charCodeAt(end - 1);
    const next = text.charCodeAt(end);
    const mayEndLine =
      (last === space || last === tab) && (end === text.length || next === cr || next === lf);
    if (mayEndLine) this.held = text.charAt(end - 1);
    const plainEnd = mayEndLine ? end - 1 : end;
    this.encoded += at === 0 && plainEnd === text.length ? text : text.slice(at, plainEnd);
    this.column += plainEnd - at;
  }

  /** The end of the run of characters from `at` that stand for themselves and fit the line. */
  private endOfPlain(text: string, at: number): number {
    if (this.column === 0 && text.charCodeAt(at) === dot) return at;
    const end = Math.min(text.length, at + room - this.column);
    while (at < end && isPlain(text.charCodeAt(at))) at += 1;
    return at;
  }

  /** Writes the character at `at`, which does not stand for itself or not here. Returns where the next begins. */
  private writeSpecial(text: string, at: number): number {
    const code = text.charCodeAt(at);
    if (code === cr || code === lf) {
      this.endLine();
      this.encoded += "\r\n";
      this.column = 0;
      return code === cr && text.charCodeAt(at + 1) === lf ? at + 2 : at + 1;
    }
    if (isPlain(code) && this.column > 0) {
      this.softBreak();
      return at;
    }
    if (code < 0x80) {
      this.escape(code);
      return at + 1;
    }
    // A surrogate without its other half is no character: U+FFFD, as everywhere.
    const point = text.codePointAt(at) ?? 0;
    const character = point >= 0xd800 && point <= 0xdfff ? "\ufffd" : String.fromCodePoint(point);
    for (const octet of Buffer.from(character)) this.escape(octet);
    return at + (point > 0xffff ? 2 : 1);
  }

  private escape(octet: number): void {
    if (this.column + 3 > room) this.softBreak();
    this.encoded += escapes[octet] ?? "";
    this.column += 3;
  }

  private softBreak(): void {
    this.encoded += `${this.held}=\r\n`;
    this.held = "";
    this.column = 0;
  }

  private endLine(): void {
    if (this.held === "") return;
    const code = this.held.charCodeAt(0);
    this.held = "";
    this.escape(code);
  }
}

/** Printable US-ASCII without `=` (rule 2), space and tab (rule 3). */
function isPlain(code: number): boolean {
  return (code >= space && code <= 0x7e && code !== equals) || code === tab;
}
