import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import S3rver from "s3rver";
import type { S3Config } from "../../storage/s3-store.js";

export interface S3Server {
  config: S3Config;
  /** Where the server keeps its objects. */
  folder: string;
  /** Requests are refused as by a server that is not there, until `start`; what is stored stays. */
  stop(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

/** A server that speaks S3's protocol on a loopback port, with empty buckets of these names. */
export async function startS3Server(buckets: string[]): Promise<S3Server> {
  const folder = await mkdtemp(join(tmpdir(), "floe-s3-"));
  const configureBuckets = buckets.map((name) => ({ name, configs: [] }));
  let port = 0;
  let server: S3rver | undefined;
  const start = async (): Promise<void> => {
    server = new S3rver({ address: "127.0.0.1", port, directory: folder, silent: true, configureBuckets });
    port = (await server.run()).port;
  };
  const stop = async (): Promise<void> => {
    await server?.close();
    server = undefined;
  };
  await start();
  return {
    folder,
    config: {
      endpoint: `http://127.0.0.1:${port}`,
      region: "us-east-1",
      accessKeyId: "S3RVER",
      secretAccessKey: "S3RVER",
      forcePathStyle: true,
    },
    start,
    stop,
    async close() {
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
