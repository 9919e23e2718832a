import type { ObjectStore } from "../activities/object-ports.js";
import { InvalidInput } from "../domain/errors.js";
import { createFileStore } from "./file-store.js";
import { parseLocation } from "./location.js";
import type { S3Config, S3Store } from "./s3-store.js";

export interface ObjectStoreInput {
  /** Absolute; no file outside of its stored folders is touched. */
  dataFolder: string;
  /** Absent: `s3://` URLs are refused. */
  s3?: S3Config | undefined;
}

/** Each URL's own storage. `close` ends the connections to S3. */
export function createObjectStore({ dataFolder, s3 }: ObjectStoreInput): ObjectStore & { close(): void } {
  const files = createFileStore(dataFolder);
  let buckets: Promise<S3Store> | undefined;
  // Loaded when it is first needed: its client takes as long to load as everything else of a command.
  const loadBuckets = async (access: S3Config): Promise<S3Store> =>
    (await import("./s3-store.js")).createS3Store(access);

  async function storeOf(url: string): Promise<ObjectStore> {
    if (parseLocation(url).kind !== "s3") return files;
    if (s3) return (buckets ??= loadBuckets(s3));
    const problem =
      "names an S3 bucket, but no S3 access is set up: set S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY";
    throw new InvalidInput([{ field: "fileUrl", problem }]);
  }

  return {
    stat: async (url) => (await storeOf(url)).stat(url),
    open: async (url, from) => (await storeOf(url)).open(url, from),
    write: async (url, content, signal) => (await storeOf(url)).write(url, content, signal),
    remove: async (url) => (await storeOf(url)).remove(url),
    close: () => void buckets?.then((store) => store.close()),
  };
}
