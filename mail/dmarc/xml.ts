import type { Readable } from "node:stream";
import { TextDecoder } from "node:util";
import sax from "sax";
import { UnreadableReport } from "../../domain/dmarc.js";
import { damaged } from "./unpack.js";

/** An element: what stands in it as text, and its elements by name, without prefixes. */
export interface Element {
  text: string;
  elements: Map<string, Element[]>;
}

export interface XmlLimits {
  depth: number;
  /** Of one text. */
  textLength: number;
  /** In one of `take`, and outside of all. */
  elements: number;
}

/** Elements of this path are given to `take` as they end, and kept no longer. */
export interface Taken {
  path: string;
  take: (element: Element) => void;
}

/**
 * Reads a document as it streams in, and keeps no more than what lies between two that are taken. No document type: then there
 * are no entities besides the five of XML. @throws UnreadableReport, also what `take` throws
 */
export async function readXml(content: Readable, { path, take }: Taken, limits: XmlLimits): Promise<Element> {
  const root: Element = { text: "", elements: new Map() };
  const open: { name: string; element: Element }[] = [{ name: "", element: root }];
  let kept = 0;
  const parser = sax.parser(true, xmlOnly);
  parser.onerror = (error) => {
    throw new UnreadableReport(
      `It is no well-formed XML: ${firstLine(error.message)} (line ${parser.line + 1}).`,
    );
  };
  parser.ondoctype = () => {
    throw new UnreadableReport("It has a document type (DOCTYPE), which no report has.");
  };
  let attributes = 0;
  parser.onattribute = ({ name }) => {
    if ((attributes += 1) > mostAttributes)
      throw new UnreadableReport(`An element has more than ${mostAttributes} attributes (${short(name)}).`);
  };
  parser.onopentag = ({ name: full }) => {
    attributes = 0;
    const name = full.slice(full.indexOf(":") + 1);
    if (open.length > limits.depth)
      throw new UnreadableReport(
        `Elements stand in one another more than ${limits.depth} deep (${short(name)}).`,
      );
    if ((kept += 1) > limits.elements)
      throw new UnreadableReport(
        `There are more than ${limits.elements} elements where a report has some ten (${short(name)}).`,
      );
    open.push({ name, element: { text: "", elements: new Map() } });
  };
  const addText = (text: string): void => {
    const at = open.at(-1);
    if (!at) return;
    at.element.text += text;
    if (at.element.text.length > limits.textLength && at.element.text.trim().length > limits.textLength)
      throw new UnreadableReport(
        `The text of ${short(at.name)} is longer than ${limits.textLength} characters.`,
      );
    // Blanks between elements are nobody's.
    if (at.element.text.length > limits.textLength) at.element.text = at.element.text.trim();
  };
  parser.ontext = addText;
  parser.oncdata = addText;
  parser.onclosetag = () => {
    const isTaken = open.map(({ name }) => name).join("/") === `/${path}`;
    const closed = open.pop();
    const parent = open.at(-1);
    if (!closed || !parent) return;
    closed.element.text = closed.element.text.trim();
    if (isTaken) {
      take(closed.element);
      kept = 0;
      return;
    }
    const same = parent.element.elements.get(closed.name);
    if (same) same.push(closed.element);
    else parent.element.elements.set(closed.name, [closed.element]);
  };
  await feed(content, parser);
  return root;
}

async function feed(content: Readable, parser: sax.SAXParser): Promise<void> {
  let decoder: TextDecoder | undefined;
  try {
    for await (const chunk of content as AsyncIterable<Buffer>) {
      decoder ??= decoderOf(chunk);
      for (let from = 0; from < chunk.length; from += pieceBytes)
        parser.write(decoder.decode(chunk.subarray(from, from + pieceBytes), { stream: true }));
    }
    parser.write(decoder?.decode() ?? "").close();
  } catch (error) {
    if (error instanceof TypeError)
      throw new UnreadableReport("It is not written in the encoding that it names.", { cause: error });
    throw damaged(error as Error);
  } finally {
    content.destroy();
  }
}

/** No entities of HTML; its types do not know the name. */
const xmlOnly: sax.SAXOptions & { strictEntities: true } = { strictEntities: true };
const mostAttributes = 20;
/** The parser holds a name or attribute whole: what is not one yet stays as short as this. */
const pieceBytes = 16 * 1024;

/** By its mark, or the declaration (XML 1.0, appendix F); UTF-8 otherwise. @throws UnreadableReport */
function decoderOf(beginning: Buffer): TextDecoder {
  const [first, second] = beginning;
  if ((first === 0xff && second === 0xfe) || (first === 0x3c && second === 0))
    return new TextDecoder("utf-16le");
  if ((first === 0xfe && second === 0xff) || (first === 0 && second === 0x3c))
    return new TextDecoder("utf-16be");
  const declaration = beginning.subarray(0, 200).toString("latin1");
  const named = /^(?:\xef\xbb\xbf)?\s*<\?xml[^>]*?\bencoding\s*=\s*["']([\w.:-]{1,40})["']/.exec(
    declaration,
  )?.[1];
  try {
    return new TextDecoder(named ?? "utf-8", { fatal: true });
  } catch (error) {
    throw new UnreadableReport(`Its encoding ${short(named ?? "")} is not known.`, { cause: error });
  }
}

function firstLine(message: string): string {
  return short(message.split("\n")[0] ?? "");
}

export function short(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
