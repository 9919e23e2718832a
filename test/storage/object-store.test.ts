import { mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createObjectStore } from "../../storage/object-store.js";
import { startS3Server, type S3Server } from "../support/s3-server.js";

let folder: string;
let s3: S3Server;
let store: ReturnType<typeof createObjectStore>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "floe-objects-"));
  s3 = await startS3Server(["floe"]);
  store = createObjectStore({ dataFolder: folder, s3: s3.config });
});
afterAll(async () => {
  store.close();
  await s3.close();
  await rm(folder, { recursive: true, force: true });
});

const big = Buffer.alloc(20 * 1024 * 1024, "a line of some text\n");
const inPieces = (): Readable =>
  Readable.from(Array.from({ length: 20 }, (_, i) => big.subarray(i << 20, (i + 1) << 20)));

describe.each([
  ["a file", () => pathToFileURL(join(folder, "exports", "acme", "out.csv")).href],
  ["a file by its place in the data folder", () => "floe://exports/acme/placed.csv"],
  ["an S3 object", () => "s3://floe/acme/out.csv"],
])("%s", (_kind, urlOf) => {
  it("stands as it was written, of any size, and can be read from any byte", async () => {
    const url = urlOf();
    await store.write(url, inPieces());
    expect(await store.stat(url)).toMatchObject({ size: big.length });
    expect((await buffer(await store.open(url))).equals(big)).toBe(true);
    const from = big.length - 7;
    expect((await buffer(await store.open(url, from))).toString()).toBe(big.subarray(from).toString());
  });

  it("is replaced as a whole, or not at all", async () => {
    const url = urlOf();
    await store.write(url, Readable.from(["first"]));
    const broken = Readable.from(
      (async function* () {
        for (let i = 0; i < 12; i += 1) yield Buffer.alloc(1 << 20, "x");
        throw new Error("the source broke");
      })(),
    );
    await expect(store.write(url, broken)).rejects.toThrow("the source broke");
    expect((await buffer(await store.open(url))).toString()).toBe("first");
    await store.write(url, Readable.from(["second"]));
    expect((await buffer(await store.open(url))).toString()).toBe("second");
  });

  it("is not written when the writing is aborted, which says why", async () => {
    const url = urlOf();
    await store.remove(url);
    const stopping = new AbortController();
    const endless = Readable.from(
      (async function* () {
        for (let i = 0; ; i += 1) {
          if (i === 12) stopping.abort(new Error("nobody wants it"));
          yield Buffer.alloc(1 << 20, "x");
        }
      })(),
    );
    await expect(store.write(url, endless, stopping.signal)).rejects.toThrow("nobody wants it");
    await expect(store.stat(url)).rejects.toMatchObject({ kind: "NotFound" });
  });

  it("is gone when it was removed, and may be removed again", async () => {
    const url = urlOf();
    await store.write(url, Readable.from(["text"]));
    await store.remove(url);
    await store.remove(url);
    await expect(store.open(url)).rejects.toMatchObject({ kind: "NotFound" });
  });
});

describe("files", () => {
  const urlOf = (...path: string[]): string => pathToFileURL(join(folder, ...path)).href;

  it.each([
    ["beside the folder", () => urlOf("elsewhere.csv")],
    ["above it, in dots", () => `file://${folder}/exports/../../etc/passwd`],
    ["the folder itself", () => urlOf("exports")],
    ["that climb out of the data folder", () => "floe://exports/../../etc/passwd"],
    ["of the data folder, but of no stored folder", () => "floe://postgres/base"],
    ["of another host", () => "file://host/exports/a.csv"],
    ["of another scheme", () => "https://example.com/a.csv"],
    ["with a NUL", () => `${urlOf("exports")}/a\u0000.csv`],
  ])("%s are refused and nothing is written", async (_where, url) => {
    await expect(store.write(url(), Readable.from(["x"]))).rejects.toMatchObject({
      kind: "InvalidInput",
      problems: [{ field: "fileUrl" }],
    });
    await expect(store.open(url())).rejects.toMatchObject({ kind: "InvalidInput" });
  });

  it("behind a link that leads out of the folder are refused", async () => {
    await store.write(urlOf("exports", "a.csv"), Readable.from(["x"]));
    await writeFile(join(folder, "secret.csv"), "secret");
    await symlink(folder, join(folder, "exports", "out"));
    await symlink(join(folder, "secret.csv"), join(folder, "exports", "link.csv"));
    await expect(store.open(urlOf("exports", "out", "secret.csv"))).rejects.toMatchObject({
      kind: "InvalidInput",
    });
    await expect(store.open(urlOf("exports", "link.csv"))).rejects.toMatchObject({ kind: "InvalidInput" });
    await expect(store.write(urlOf("exports", "out", "new.csv"), Readable.from(["x"]))).rejects.toMatchObject(
      {
        kind: "InvalidInput",
      },
    );
  });

  it("leave no part behind: those of dead attempts go with the next", async () => {
    await writeFile(join(folder, "exports", "b.csv.dead.part"), "half");
    await store.write(urlOf("exports", "b.csv"), Readable.from(["whole"]));
    expect((await readdir(join(folder, "exports"))).filter((name) => name.endsWith(".part"))).toEqual([]);
  });
});

describe("S3", () => {
  it.each([
    ["without a bucket", "s3://"],
    ["without a key", "s3://floe"],
    ["with an empty key", "s3://floe/"],
    ["of a folder", "s3://floe/folder/"],
    ["whose bucket is no name", "s3://UPPER/key"],
    ["with a key that is too long", `s3://floe/${"k".repeat(1_025)}`],
  ])("refuses a URL %s with a reason", async (_what, url) => {
    await expect(store.stat(url)).rejects.toMatchObject({
      kind: "InvalidInput",
      problems: [{ field: "fileUrl" }],
    });
  });

  it("says that a bucket does not exist", async () => {
    await expect(store.write("s3://nobodys/a.csv", Readable.from(["x"]))).rejects.toMatchObject({
      kind: "NotFound",
    });
  });

  it("refuses unknown keys as a mistake that waiting does not mend", async () => {
    const other = createObjectStore({ dataFolder: folder, s3: { ...s3.config, accessKeyId: "nobody" } });
    await expect(other.open("s3://floe/a.csv")).rejects.toMatchObject({ kind: "InvalidInput" });
    other.close();
  });

  it("that is away is Unavailable, and serves again when it is back", async () => {
    await store.write("s3://floe/kept.csv", Readable.from(["kept"]));
    await s3.stop();
    await expect(store.stat("s3://floe/kept.csv")).rejects.toMatchObject({ kind: "Unavailable" });
    await s3.start();
    expect((await buffer(await store.open("s3://floe/kept.csv"))).toString()).toBe("kept");
  });

  it("is refused in words where no access is set up", async () => {
    const none = createObjectStore({ dataFolder: folder, s3: undefined });
    await expect(none.stat("s3://floe/a.csv")).rejects.toThrow("S3_ACCESS_KEY_ID");
  });
});
