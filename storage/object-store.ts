import type { ObjectStore } from "../activities/object-ports.js";
import { InvalidInput } from "../domain/errors.js";
import { createFileStore } from "./file-store.js";
import { parseLocation } from "./location.js";
import { createS3Store, type S3Config } from "./s3-store.js";

export interface ObjectStoreInput {
  /** Absolute; no file outside of its stored folders is touched. */
  dataFolder: string;
  /** Absent: `s3://` URLs are refused. */
  s3?: S3Config | undefined;
}

/** Each URL's own storage. `close` ends the connections to S3. */
export function createObjectStore({ dataFolder, s3 }: ObjectStoreInput): ObjectStore & { close(): void } {
  const files = createFileStore(dataFolder);
  const buckets = s3 && createS3Store(s3);
  const storeOf = (url: string): ObjectStore => {
    if (parseLocation(url).kind !== "s3") return files;
    if (buckets) return buckets;
    const problem =
      "names an S3 bucket, but no S3 access is set up: set S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY";
    throw new InvalidInput([{ field: "fileUrl", problem }]);
  };
  return {
    stat: async (url) => storeOf(url).stat(url),
    open: async (url, from) => storeOf(url).open(url, from),
    write: async (url, content, signal) => storeOf(url).write(url, content, signal),
    remove: async (url) => storeOf(url).remove(url),
    close: () => buckets?.close(),
  };
}
