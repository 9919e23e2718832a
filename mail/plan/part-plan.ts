import { QuotedPrintableWriter } from "../quoted-printable.js";
import { checkOutput, type Rendering, type RenderOptions } from "../rendering.js";
import { cutTemplate, joinPieces, type Hole, type Piece } from "./template-pieces.js";

type Variables = Record<string, unknown>;

/** What is the same for all recipients, encoded from the beginning of a line on. */
interface Static {
  encoded: string;
  /** Characters of its last line. */
  column: number;
  /** Characters before it was encoded. */
  length: number;
}

/**
 * A text of the message (its html, its plain text) as quoted-printable: what is the same for all recipients is encoded
 * once, and each hole's value between. Behind a value the line is broken softly, so that what follows always begins at
 * column 0 and need not be encoded again: three octets a hole.
 */
export class PartPlan {
  private readonly steps: (Static | Hole)[];
  private readonly rendering: Rendering;

  constructor(source: string, options: { escape: boolean }) {
    const { pieces, rendering } = cutTemplate(source, options);
    this.rendering = rendering;
    this.steps = settleEdges(mergeRuns(pieces)).map((piece, at, { length }) =>
      typeof piece === "string" ? encodeStatic(piece, at === length - 1) : piece,
    );
  }

  /**
   * Appends the part for one recipient to `writer`, which stands at the beginning of a line.
   * @throws MissingVariable, RenderFailed, or Handlebars' own error for variables of the wrong form.
   */
  fill(writer: QuotedPrintableWriter, variables: Variables, options: RenderOptions): void {
    this.rendering.begin(options);
    let length = 0;
    for (const step of this.steps) {
      if (typeof step === "function") {
        const text = step(variables);
        length += text.length;
        writer.write(text);
      } else {
        length += step.length;
        writer.beginLine();
        writer.append(step.encoded, step.column);
      }
    }
    writer.finish();
    checkOutput(length);
  }
}

/** Statics and holes in turn: neighbours become one. */
function mergeRuns(pieces: readonly Piece[]): Piece[] {
  const merged: Piece[] = [];
  for (const piece of pieces) {
    if (piece === "") continue;
    const last = merged.at(-1);
    if (typeof last === "string" && typeof piece === "string") merged[merged.length - 1] = last + piece;
    else if (typeof last === "function" && typeof piece === "function")
      merged[merged.length - 1] = joined([last, piece]);
    else merged.push(piece);
  }
  return merged;
}

/**
 * What cannot be encoded without knowing the value beside it travels with the value: white space or a CR before it, which
 * it may leave at the end of a line or complete with an LF, and a line break behind it.
 */
function settleEdges(pieces: Piece[]): Piece[] {
  return pieces.flatMap((piece, at): Piece[] => {
    const [before, after] = [pieces[at - 1], pieces[at + 1]];
    if (typeof piece === "function") {
      const prefix = typeof before === "string" ? trailingEdge(before, true) : "";
      const suffix = typeof after === "string" ? leadingEdge(after) : "";
      return [prefix + suffix === "" ? piece : joined([prefix, piece, suffix])];
    }
    const begin = before === undefined ? 0 : leadingEdge(piece).length;
    const end = piece.length - trailingEdge(piece, after !== undefined).length;
    return begin < end ? [piece.slice(begin, end)] : [];
  });
}

function leadingEdge(text: string): string {
  return /^(?:\r\n|\n)?/.exec(text)?.[0] ?? "";
}

/** Of a static that a hole follows; never what `leadingEdge` has taken already. */
function trailingEdge(text: string, isFollowed: boolean): string {
  if (!isFollowed) return "";
  return /[ \t\r]*$/.exec(text)?.[0] ?? "";
}

function joined(pieces: Piece[]): Hole {
  return (variables) => joinPieces(pieces, variables);
}

function encodeStatic(text: string, isLast: boolean): Static {
  const writer = new QuotedPrintableWriter();
  writer.write(text);
  if (isLast) writer.finish();
  return { encoded: writer.encoded, column: writer.column, length: text.length };
}
