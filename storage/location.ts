import { isAbsolute } from "node:path";
import { fileURLToPath } from "node:url";
import { InvalidInput } from "../domain/errors.js";

/** Where a URL leads. */
export type Location =
  | { kind: "file"; path: string }
  /** In the data folder of whatever process works on it. */
  | { kind: "stored"; path: string }
  | { kind: "s3"; bucket: string; key: string };

/** Folders inside the data folder whose files come and go. */
export const storedFolders = ["uploads", "exports"] as const;
export type StoredFolder = (typeof storedFolders)[number];

/** `floe://exports/acme/one.csv`: the same file for every process whose data folder it is, wherever that is mounted. */
export function storedUrl(folder: StoredFolder, path: string): string {
  return `floe://${folder}/${path}`;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const bucketName = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const longestKeyBytes = 1_024;

/** @throws InvalidInput for what is none of `file:///path`, an absolute path, `floe://folder/path` and `s3://bucket/key` */
export function parseLocation(url: string): Location {
  if (url.includes("\u0000")) throw refused("contains a NUL character");
  if (url.startsWith("s3://")) return parseS3(url);
  if (url.startsWith("floe://")) return { kind: "stored", path: url.slice("floe://".length) };
  if (isAbsolute(url)) return { kind: "file", path: url };
  try {
    return { kind: "file", path: fileURLToPath(url) };
  } catch {
    throw refused("must be file:///path, floe://exports/path or s3://bucket/key");
  }
}

function parseS3(url: string): Location {
  // Taken literally: in a key, ? # and % are characters like others.
  const [, bucket = "", key = ""] = /^s3:\/\/([^/]*)\/?([^]*)$/.exec(url) ?? [];
  if (!bucketName.test(bucket)) {
    throw refused(
      `names the bucket "${bucket}"; a bucket has 3 to 63 lower-case letters, digits, dots and hyphens`,
    );
  }
  if (key === "" || key.endsWith("/")) throw refused("names no file in its bucket; give s3://bucket/key");
  if (Buffer.byteLength(key) > longestKeyBytes)
    throw refused(`has a key of more than ${longestKeyBytes} bytes`);
  return { kind: "s3", bucket, key };
}

function refused(problem: string): InvalidInput {
  return new InvalidInput([{ field: "fileUrl", problem }]);
}
