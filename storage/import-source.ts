import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { Readable } from "node:stream";
import type { ImportSources, PreparedFile } from "../activities/import-ports.js";
import type { ObjectStore } from "../activities/object-ports.js";
import { NotFound, UnreadableFile } from "../domain/errors.js";
import { detectEncoding, toUtf8 } from "./encoding.js";
import type { LocalFiles } from "./file-store.js";
import { parseLocation, storedUrl } from "./location.js";
import { damaged, packingOf, unpack, type UnpackLimits } from "./unpack.js";

export interface ImportSourcesInput extends UnpackLimits {
  objects: ObjectStore;
  files: LocalFiles;
}

type Prepare = Parameters<ImportSources["prepare"]>[0];

/** Fetches, unpacks and converts files of imports. A local file in UTF-8 is read where it lies. */
export function createImportSources({ objects, files, maxBytes }: ImportSourcesInput): ImportSources {
  /** Steps of one import, each a whole file: killed anywhere, another attempt begins again. */
  const steps = (importId: string) => ({
    fetched: storedUrl("uploads", `${importId}.fetched`),
    unpacked: storedUrl("uploads", `${importId}.unpacked`),
    converted: storedUrl("uploads", `${importId}.csv`),
  });

  async function write({ signal }: Prepare, url: string, content: Readable): Promise<string> {
    await objects.write(url, content, signal).catch((error: unknown) => {
      throw damaged(error);
    });
    return url;
  }

  /** On this disk, wherever it came from. */
  async function local(asked: Prepare): Promise<string> {
    const { fileUrl } = asked;
    if (parseLocation(fileUrl).kind !== "s3") return fileUrl;
    try {
      const { size } = await objects.stat(fileUrl);
      if (size > maxBytes)
        throw new UnreadableFile(`The file is larger than ${Math.floor(maxBytes / 1e6)} MB.`);
      return await write(asked, steps(asked.importId).fetched, await objects.open(fileUrl));
    } catch (error) {
      if (error instanceof NotFound)
        throw new UnreadableFile(`There is no file ${fileUrl}.`, { cause: error });
      throw error;
    }
  }

  return {
    async prepare(asked): Promise<PreparedFile> {
      const { fetched, unpacked, converted } = steps(asked.importId);
      let url = await local(asked);
      if (!(await isPlainFile(files.pathOf(url))))
        return { readUrl: url, packing: "none", encoding: "UTF-8" };
      const packing = await packingOf(files.pathOf(url));
      if (packing !== "none") {
        url = await write(asked, unpacked, await unpack(files.pathOf(url), packing, { maxBytes }));
        await objects.remove(fetched);
      }
      const encoding = asked.encoding ?? (await detectEncoding(files.pathOf(url)));
      if (!/^utf-?8$/i.test(encoding)) {
        url = await write(asked, converted, toUtf8(createReadStream(files.pathOf(url)), encoding));
        await Promise.all([objects.remove(fetched), objects.remove(unpacked)]);
      }
      return { readUrl: url, packing, encoding };
    },

    locate: (url) => files.pathOf(url),

    async remove(importId, fileUrl) {
      const { fetched, unpacked, converted } = steps(importId);
      await Promise.all([fetched, unpacked, converted].map((url) => objects.remove(url)));
      // Of an upload nothing else is left to be asked.
      if (fileUrl.startsWith(storedUrl("uploads", ""))) await objects.remove(fileUrl);
    },
  };
}

/** What is no file is refused, in words, by whoever opens it. */
async function isPlainFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile() && found.size > 0,
    () => false,
  );
}
