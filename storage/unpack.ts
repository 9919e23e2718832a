import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { pipeline, Transform, type Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import yauzl, { type Entry, type ZipFile } from "yauzl";
import { asError, UnreadableFile } from "../domain/errors.js";

export type Packing = "none" | "gzip" | "zip";

export interface UnpackLimits {
  /** Bytes of the unpacked file at most. */
  maxBytes: number;
}

/** What compresses text a hundredfold is no list of people; small files may. */
const mostRatio = 200;
const ratioFromBytes = 64 * 1024 * 1024;

/** By its first bytes. */
export async function packingOf(path: string): Promise<Packing> {
  const handle = await open(path, "r");
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), 0, 4, 0);
    if (bytesRead >= 2 && buffer[0] === 0x1f && buffer[1] === 0x8b) return "gzip";
    // "PK", and an entry or the end of an empty archive.
    const isZip = buffer[0] === 0x50 && buffer[1] === 0x4b && (buffer[2] === 0x03 || buffer[2] === 0x05);
    return isZip ? "zip" : "none";
  } finally {
    await handle.close();
  }
}

/**
 * The one file inside. Ends with an UnreadableFile when it is damaged or larger than allowed.
 * @throws UnreadableFile for an archive that holds none, several, or an encrypted one
 */
export async function unpack(path: string, packing: "gzip" | "zip", limits: UnpackLimits): Promise<Readable> {
  if (packing === "zip") return unpackZip(path, limits);
  const packed = createReadStream(path);
  const guard = createGuard(limits, () => packed.bytesRead);
  // Whoever reads the guard learns of an error in any of them.
  pipeline(packed, createGunzip(), guard, () => undefined);
  return guard;
}

async function unpackZip(path: string, limits: UnpackLimits): Promise<Readable> {
  const archive = await openArchive(path);
  try {
    const entry = await onlyEntry(archive);
    if (entry.isEncrypted()) throw new UnreadableFile(`The archive's file ${entry.fileName} is encrypted.`);
    const content = await openEntry(archive, entry);
    const guard = createGuard(limits, () => entry.compressedSize);
    pipeline(content, guard, () => archive.close());
    return guard;
  } catch (error) {
    archive.close();
    throw error;
  }
}

function openArchive(path: string): Promise<ZipFile> {
  return new Promise((resolve, reject) => {
    yauzl.open(path, { lazyEntries: true, autoClose: false, validateEntrySizes: true }, (error, archive) => {
      if (error) reject(asError(damaged(error)));
      else resolve(archive);
    });
  });
}

function openEntry(archive: ZipFile, entry: Entry): Promise<Readable> {
  return new Promise((resolve, reject) => {
    archive.openReadStream(entry, (error, content) => {
      if (error) reject(asError(damaged(error)));
      else resolve(content);
    });
  });
}

const mostEntries = 1_000;

/** Folders, and what systems put into archives by themselves, do not count. */
async function onlyEntry(archive: ZipFile): Promise<Entry> {
  const entries = await listEntries(archive);
  if (entries.some(({ fileName }) => fileName === "[Content_Types].xml")) {
    throw new UnreadableFile("The file is a spreadsheet; save it as CSV in UTF-8.");
  }
  const files = entries.filter(
    ({ fileName }) => !fileName.endsWith("/") && !/(^|\/)(__MACOSX\/|\.)/.test(fileName),
  );
  const [only, ...others] = files;
  if (!only) throw new UnreadableFile("The archive holds no file.");
  if (others.length > 0) {
    const names = files.slice(0, 3).map(({ fileName }) => fileName);
    const more = files.length > names.length ? ", …" : "";
    throw new UnreadableFile(
      `The archive holds ${files.length} files (${names.join(", ")}${more}); pack exactly one CSV file.`,
    );
  }
  return only;
}

function listEntries(archive: ZipFile): Promise<Entry[]> {
  return new Promise((resolve, reject) => {
    const entries: Entry[] = [];
    archive.on("entry", (entry: Entry) => {
      entries.push(entry);
      if (entries.length > mostEntries)
        reject(new UnreadableFile(`The archive holds more than ${mostEntries} files.`));
      else archive.readEntry();
    });
    archive.once("end", () => resolve(entries));
    archive.once("error", (error) => reject(asError(damaged(error))));
    archive.readEntry();
  });
}

/** Lets bytes through until they are too many: what an archive says of its size is not believed. */
function createGuard({ maxBytes }: UnpackLimits, packedBytes: () => number): Transform {
  let bytes = 0;
  const guard = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes > maxBytes) {
        done(new UnreadableFile(`The unpacked file is larger than ${Math.floor(maxBytes / 1e6)} MB.`));
      } else if (bytes > ratioFromBytes && bytes > mostRatio * packedBytes()) {
        done(
          new UnreadableFile(
            `The file unpacks to more than ${mostRatio} times its size; that is no list of people.`,
          ),
        );
      } else done(null, chunk);
    },
  });
  return guard;
}

/** An archive or a stream that cannot be read, as a sentence. */
export function damaged(error: unknown): unknown {
  if (error instanceof UnreadableFile || !(error instanceof Error)) return error;
  const { code } = error as NodeJS.ErrnoException;
  // Of zlib, or of yauzl, whose errors have none.
  if (code === undefined || code.startsWith("Z_")) {
    return new UnreadableFile(`The file is damaged: ${error.message}.`, { cause: error });
  }
  return error;
}
