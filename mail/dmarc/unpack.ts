import { pipeline, Readable, Transform, type TransformCallback } from "node:stream";
import { createGunzip } from "node:zlib";
import yauzl, { type Entry, type ZipFile } from "yauzl";
import { UnreadableReport } from "../../domain/dmarc.js";

/** Of the file as it comes. Reports of the largest receivers have some hundred kB. */
export const packedMaxBytes = 10 * 1024 * 1024;
const unpackedMaxBytes = 64 * 1024 * 1024;
/** XML of reports packs twenty- to sixtyfold. */
const mostRatio = 200;
const ratioFromBytes = 1024 * 1024;
const mostEntries = 20;

/**
 * The XML of a report that came as XML, in gzip or in zip, told apart by its first bytes. Reading it ends with an UnreadableReport when
 * it is damaged or unpacks to more than a report has. @throws UnreadableReport
 */
export async function unpackReport(file: Buffer): Promise<Readable> {
  if (file.length === 0) throw new UnreadableReport("The file is empty.");
  if (file.length > packedMaxBytes)
    throw new UnreadableReport(`The file is larger than ${packedMaxBytes / 1024 / 1024} MiB.`);
  const kind = packingOf(file);
  if (kind === "gzip") return guarded([Readable.from([file]), createGunzip()], file.length);
  if (kind === "zip") return unzip(file);
  return Readable.from([file]);
}

function packingOf(beginning: Buffer): "gzip" | "zip" | "none" {
  if (beginning[0] === 0x1f && beginning[1] === 0x8b) return "gzip";
  return beginning.subarray(0, 2).toString("latin1") === "PK" ? "zip" : "none";
}

async function unzip(file: Buffer): Promise<Readable> {
  const archive = await openArchive(file);
  const entry = await onlyEntry(archive);
  if (entry.isEncrypted()) throw new UnreadableReport(`The archive's file ${entry.fileName} is encrypted.`);
  const content = await new Promise<Readable>((resolve, reject) => {
    archive.openReadStream(entry, (error, stream) => (error ? reject(damaged(error)) : resolve(stream)));
  });
  return guarded([content], Math.max(entry.compressedSize, 1));
}

function openArchive(file: Buffer): Promise<ZipFile> {
  return new Promise((resolve, reject) => {
    yauzl.fromBuffer(file, { lazyEntries: true, validateEntrySizes: true }, (error, archive) =>
      error ? reject(damaged(error)) : resolve(archive),
    );
  });
}

/** Folders, and what systems put into archives by themselves, do not count. */
async function onlyEntry(archive: ZipFile): Promise<Entry> {
  const entries = await listEntries(archive);
  const files = entries.filter(
    ({ fileName: name }) => !name.endsWith("/") && !/(^|\/)(__MACOSX\/|\.)/.test(name),
  );
  const [only, ...others] = files;
  if (!only) throw new UnreadableReport("The archive holds no file.");
  if (others.length > 0)
    throw new UnreadableReport(
      `The archive holds ${files.length} files; one report is one file: give them one by one.`,
    );
  return only;
}

function listEntries(archive: ZipFile): Promise<Entry[]> {
  return new Promise((resolve, reject) => {
    const entries: Entry[] = [];
    archive.on("entry", (entry: Entry) => {
      entries.push(entry);
      if (entries.length > mostEntries)
        reject(
          new UnreadableReport(`The archive holds more than ${mostEntries} files; one report is one file.`),
        );
      else archive.readEntry();
    });
    archive.once("end", () => resolve(entries));
    archive.once("error", (error: Error) => reject(damaged(error)));
    archive.readEntry();
  });
}

/** Lets bytes through until they are too many, and none that are packed again: what an archive says of itself is not believed. */
function guarded(content: readonly [Readable, Transform?], packedBytes: number): Readable {
  let bytes = 0;
  const guard = new Transform({
    transform(chunk: Buffer, _encoding, done: TransformCallback) {
      if (bytes === 0 && packingOf(chunk) !== "none")
        return done(new UnreadableReport("The file is packed twice; pack the report itself."));
      bytes += chunk.length;
      if (bytes > unpackedMaxBytes)
        return done(
          new UnreadableReport(`The report unpacks to more than ${unpackedMaxBytes / 1024 / 1024} MiB.`),
        );
      if (bytes > ratioFromBytes && bytes > mostRatio * packedBytes)
        return done(
          new UnreadableReport(`The report unpacks to more than ${mostRatio} times its size; none does.`),
        );
      done(null, chunk);
    },
  });
  const [source, inflate] = content;
  // Whoever reads the guard learns of an error in any of them.
  if (inflate) pipeline(source, inflate, guard, () => undefined);
  else pipeline(source, guard, () => undefined);
  return guard;
}

export function damaged(error: Error): Error {
  if (error instanceof UnreadableReport) return error;
  return new UnreadableReport(`The file is damaged or cut off: ${error.message}.`, { cause: error });
}
