import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  S3Client,
  S3ServiceException,
} from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import type { Readable } from "node:stream";
import type { ObjectStore } from "../activities/object-ports.js";
import { InvalidInput, NotFound, Unavailable } from "../domain/errors.js";
import { parseLocation } from "./location.js";

export interface S3Config {
  /** Absent: Amazon's own of the region. */
  endpoint?: string;
  region: string;
  accessKeyId: string;
  secretAccessKey: string;
  /** True: `endpoint/bucket/key`, as most servers other than Amazon's want it. */
  forcePathStyle: boolean;
}

/** 10,000 parts at most, so files of 80 GB; two parts are in memory. */
const partBytes = 8 * 1024 * 1024;
const partsAtOnce = 2;

/** Objects of S3 or of a server that speaks its protocol. */
export type S3Store = ObjectStore & { close(): void };

export function createS3Store(config: S3Config): S3Store {
  const client = new S3Client({
    region: config.region,
    credentials: { accessKeyId: config.accessKeyId, secretAccessKey: config.secretAccessKey },
    forcePathStyle: config.forcePathStyle,
    ...(config.endpoint !== undefined && { endpoint: config.endpoint }),
    // Servers other than Amazon's know no checksums behind a body.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
  });
  return {
    stat: (url) =>
      answered(url, async (object) => {
        const head = await client.send(new HeadObjectCommand(object));
        return { size: head.ContentLength ?? 0, etag: head.ETag ?? null };
      }),
    open: (url, from = 0) =>
      answered(url, async (object) => {
        const range = from > 0 ? { Range: `bytes=${from}-` } : {};
        const { Body } = await client.send(new GetObjectCommand({ ...object, ...range }));
        return Body as Readable;
      }),
    write: (url, content, signal) => answered(url, (object) => upload(client, object, content, signal)),
    remove: (url) =>
      answered(url, async (object) => {
        await abortUploads(client, object);
        await client.send(new DeleteObjectCommand(object));
      }),
    close: () => client.destroy(),
  };
}

interface ObjectName {
  Bucket: string;
  Key: string;
}

async function upload(
  client: S3Client,
  object: ObjectName,
  content: Readable,
  signal?: AbortSignal,
): Promise<void> {
  await abortUploads(client, object);
  const sending = new Upload({
    client,
    params: { ...object, Body: content },
    partSize: partBytes,
    queueSize: partsAtOnce,
  });
  const onAbort = (): void => void sending.abort();
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    signal?.throwIfAborted();
    await sending.done();
  } catch (error) {
    content.destroy();
    throw signal?.aborted ? signal.reason : (content.errored ?? error);
  } finally {
    signal?.removeEventListener("abort", onAbort);
  }
}

/** Parts that a dead attempt left behind cost money for ever. */
async function abortUploads(client: S3Client, object: ObjectName): Promise<void> {
  const { Bucket, Key } = object;
  const listed = await client
    .send(new ListMultipartUploadsCommand({ Bucket, Prefix: Key }))
    .catch((error: unknown) => {
      // Some servers cannot list them, some keys may not: then a lifecycle rule of the bucket has to.
      if (error instanceof S3ServiceException && isAnswer(error)) return { Uploads: [] };
      throw error;
    });
  for (const { Key: key, UploadId } of listed.Uploads ?? []) {
    if (key === Key) await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
  }
}

function isAnswer({ $metadata, name }: S3ServiceException): boolean {
  return (
    name !== "NoSuchBucket" && $metadata.httpStatusCode !== undefined && $metadata.httpStatusCode !== 503
  );
}

async function answered<T>(url: string, call: (object: ObjectName) => Promise<T>): Promise<T> {
  const location = parseLocation(url);
  if (location.kind !== "s3") throw new InvalidInput([{ field: "fileUrl", problem: "is not an s3:// URL" }]);
  try {
    return await call({ Bucket: location.bucket, Key: location.key });
  } catch (error) {
    throw failure(url, error);
  }
}

const awayCodes = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ETIMEDOUT",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EPIPE",
  "EHOSTUNREACH",
]);

function failure(url: string, error: unknown): unknown {
  if (error instanceof S3ServiceException) {
    const status = error.$metadata.httpStatusCode ?? 0;
    if (error.name === "NoSuchBucket") return new NotFound("bucket of", url);
    if (status === 404) return new NotFound("file", url);
    if (status >= 500 || status === 429) return new Unavailable(`S3 (${error.name})`, error);
    const problem = `${url} was refused by the storage: ${error.name}; check its access keys and permissions`;
    return new InvalidInput([{ field: "fileUrl", problem }], { cause: error });
  }
  const { code, name } = error as NodeJS.ErrnoException;
  return awayCodes.has(code ?? "") || name === "TimeoutError"
    ? new Unavailable(`S3 (${code ?? name})`, error)
    : error;
}
