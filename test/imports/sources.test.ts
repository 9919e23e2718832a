import { randomBytes, randomUUID } from "node:crypto";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer, text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import iconv from "iconv-lite";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import yazl from "yazl";
import type { Floe } from "../../client/connect.js";
import type { Import } from "../../client/imports.js";
import { createObjectStore } from "../../storage/object-store.js";
import { makeFolder } from "../export/folder.js";
import { startS3Server, type S3Server } from "../support/s3-server.js";
import { until } from "../support/until.js";
import { createAudience, startWorld, type World } from "../support/world.js";

let world: World;
let floe: Floe;
let s3: S3Server;
let dataFolder: string;
let outside: string;
let tenantId: string;

beforeAll(async () => {
  s3 = await startS3Server(["uploads"]);
  [dataFolder, outside] = [await makeFolder(), await makeFolder()];
  world = await startWorld({ config: { dataFolder, s3: s3.config, importMaxBytes: 90e6 } });
  ({ floe } = world);
});
afterAll(() => s3.close());
beforeEach(async () => {
  ({ tenantId } = await createAudience(world, { contacts: 0, domain: "sources.example" }));
});

async function write(content: Buffer | string): Promise<string> {
  const path = join(outside, randomUUID());
  await writeFile(path, content);
  return path;
}

async function imported(content: Buffer | string, over: { encoding?: string } = {}): Promise<Import> {
  const handle = await floe.imports.start({ tenantId, path: await write(content), ...over });
  await handle.result().catch(() => undefined);
  return handle.progress();
}

async function zip(files: Record<string, Buffer | string>, options = {}): Promise<Buffer> {
  const archive = new yazl.ZipFile();
  for (const [name, content] of Object.entries(files)) archive.addBuffer(Buffer.from(content), name, options);
  archive.end();
  return buffer(archive.outputStream as Readable);
}

async function names(): Promise<(string | null)[]> {
  return (await floe.contacts.list({ tenantId })).map(({ firstName }) => firstName);
}

const csv = "email,first_name\nann@example.com,Ann\nbob@example.com,Bob\n";
async function uploads(): Promise<string[]> {
  return readdir(join(dataFolder, "uploads")).catch(() => []);
}

/** Nothing that was uploaded, or that preparing has written, is left. */
async function expectTidy(): Promise<void> {
  expect(await uploads()).toEqual([]);
}

describe("what is packed", () => {
  it.each([
    ["gzip", async () => gzipSync(csv)],
    ["zip", async () => zip({ "people/list.csv": csv, "__MACOSX/._list.csv": "x", ".DS_Store": "x" })],
    ["none", async () => Buffer.from(csv)],
  ])("%s is imported", async (packing, pack) => {
    expect(await imported(await pack())).toMatchObject({
      status: "completed",
      rowsImported: 2,
      packing,
      encoding: "UTF-8",
    });
    expect(await names()).toEqual(["Ann", "Bob"]);
    await expectTidy();
  });

  it.each([
    ["several files", async () => zip({ "a.csv": csv, "b.csv": csv }), "holds 2 files (a.csv, b.csv)"],
    ["no file", async () => zip({}), "holds no file"],
    [
      "a spreadsheet",
      async () => zip({ "[Content_Types].xml": "<x/>", "xl/workbook.xml": "<x/>" }),
      "spreadsheet",
    ],
    ["a broken gzip", async () => gzipSync(csv).subarray(0, 30), "damaged"],
    ["a broken zip", async () => (await zip({ "a.csv": csv })).subarray(0, 60), "damaged"],
    [
      "more than is allowed",
      async () => gzipSync(Buffer.alloc(91e6, randomBytes(50_000))),
      "larger than 90 MB",
    ],
    ["a bomb", async () => gzipSync(Buffer.alloc(100e6, "x")), "200 times its size"],
  ])("%s fails with a sentence", async (_what, pack, sentence) => {
    const row = await imported(await pack());
    expect(row).toMatchObject({ status: "failed", rowsImported: 0 });
    expect(row.error).toContain(sentence);
    await expectTidy();
  });
});

describe("what is written in", () => {
  const people = ["Jürgen Größe", "Zoë Núñez", "François Lœvenbruck", "Søren Ågård", "Čeněk Říha"];
  it.each([
    ["windows-1252", people.slice(0, 4), "windows-1252"],
    ["utf-16le", people, "UTF-16LE"],
    ["utf-16be", people, "UTF-16BE"],
    ["shift_jis", ["山田太郎", "鈴木花子", "佐藤一郎", "高橋さくら", "田中健一"], "Shift_JIS"],
    [
      "windows-1251",
      ["Анна Иванова", "Борис Петров", "Дмитрий Сидоров", "Екатерина Смирнова"],
      "windows-1251",
    ],
    ["utf-8", people, "UTF-8"],
  ])("%s is found out", async (encoding, given, found) => {
    const rows = given.map((name, n) => `p${n}@example.com,${name}`).join("\n");
    const content = iconv.encode(`email,first_name\n${rows}\n`, encoding, {
      addBOM: encoding.startsWith("utf-16"),
    });
    expect(await imported(content)).toMatchObject({ status: "completed", rowsRefused: 0, encoding: found });
    expect(await names()).toEqual(given);
    await expectTidy();
  });

  it("UTF-16 without a mark is found out", async () => {
    expect(await imported(iconv.encode(csv, "utf-16le"))).toMatchObject({
      rowsImported: 2,
      encoding: "UTF-16LE",
    });
  });

  it("what the caller says counts", async () => {
    const content = iconv.encode("email;first_name\nann@example.com;Łukasz\n", "iso-8859-2");
    expect(await imported(content, { encoding: "iso-8859-2" })).toMatchObject({
      encoding: "iso-8859-2",
      rowsImported: 1,
    });
    expect(await names()).toEqual(["Łukasz"]);
  });

  it("UTF-8 with a broken line stays UTF-8: the line is refused", async () => {
    const content = Buffer.concat([
      Buffer.from("email,first_name\nann@example.com,Zoë\nbob@example.com,Jürgen\n"),
      iconv.encode("cy@example.com,Søren\n", "latin1"),
    ]);
    expect(await imported(content)).toMatchObject({ rowsImported: 2, rowsRefused: 1, encoding: "UTF-8" });
  });
});

describe("S3", () => {
  const store = () => createObjectStore({ dataFolder, s3: s3.config });

  it("is read by its protocol, packed or not", async () => {
    const objects = store();
    await objects.write("s3://uploads/a.csv", Readable.from([csv]));
    await objects.write("s3://uploads/b.csv.gz", Readable.from([gzipSync(csv.replace("ann", "eva"))]));
    for (const name of ["a.csv", "b.csv.gz"]) {
      const handle = await floe.imports.start({ tenantId, fileUrl: `s3://uploads/${name}` });
      expect(await handle.result()).toMatchObject({ status: "completed", rowsImported: 2 });
    }
    expect(await floe.contacts.list({ tenantId })).toHaveLength(3);
    await expectTidy();
    objects.close();
  });

  it("that is away holds the import up; a file that is not there fails it with a sentence", async () => {
    const objects = store();
    await objects.write("s3://uploads/late.csv", Readable.from([csv]));
    await s3.stop();
    const handle = await floe.imports.start({ tenantId, fileUrl: "s3://uploads/late.csv" });
    await until("nothing is imported", async () => (await handle.progress()).status === "pending");
    await s3.start();
    expect(await handle.result()).toMatchObject({ rowsImported: 2 });
    const missing = await floe.imports.start({ tenantId, fileUrl: "s3://uploads/none.csv" });
    await expect(missing.result()).rejects.toThrow("There is no file s3://uploads/none.csv");
    objects.close();
  });
});

describe("an upload", () => {
  it("is imported, and what was refused comes back as a file that can be mended and imported", async () => {
    const content = 'email,first_name,note\nann@example.com,Ann,"one, two"\nbroken,=Bob,"x ""y"""\n';
    const handle = await floe.imports.upload({ tenantId, list: "new" }, Readable.from([gzipSync(content)]));
    expect(await handle.result()).toMatchObject({ rowsImported: 1, rowsRefused: 1, packing: "gzip" });
    const refused = await text(await floe.imports.refused(handle));
    const [header, row] = refused.trimEnd().split("\n");
    expect(header).toBe("line,field,reason,email,first_name,note");
    expect(row).toMatch(/^3,email,.*,broken,'=Bob,"x ""y"""$/);
    const mended = refused.replace("broken", "bob@example.com");
    const again = await floe.imports.upload({ tenantId, list: "new" }, Readable.from([mended]));
    expect(await again.result()).toMatchObject({ rowsImported: 1, rowsRefused: 0 });
    await expectTidy();
  });

  it("sent again under its id is the same import; what is sent under it touches no file", async () => {
    const importId = randomUUID();
    const upload = (tenant: string, content: string) =>
      floe.imports.upload({ tenantId: tenant, importId }, Readable.from([content]));
    const first = await upload(tenantId, csv);
    const again = await upload(tenantId, "email\nother@example.com\n");
    for (const tenant of [
      (await createAudience(world, { contacts: 0, domain: "else.example" })).tenantId,
      "nobody",
    ]) {
      await expect(upload(tenant, "email\nother@example.com\n")).rejects.toMatchObject({ kind: "NotFound" });
    }
    expect(await again.result()).toEqual(await first.result());
    expect(await names()).toEqual(["Ann", "Bob"]);
    await until("that nothing is left", async () => (await uploads()).length === 0);
  });

  it("that breaks or is too large leaves nothing", async () => {
    const broken = Readable.from(
      (async function* () {
        yield Buffer.from("email\n");
        throw new Error("the line broke");
      })(),
    );
    await expect(floe.imports.upload({ tenantId }, broken)).rejects.toThrow("the line broke");
    const large = Readable.from(
      (function* () {
        for (let n = 0; n < 92; n += 1) yield Buffer.alloc(1e6, "x");
      })(),
    );
    await expect(floe.imports.upload({ tenantId }, large)).rejects.toMatchObject({
      kind: "InvalidInput",
      problems: [{ field: "file" }],
    });
    expect(await floe.imports.list({ tenantId })).toEqual([]);
  });
});

it("who asked is told: by a notification, and by one email", async () => {
  await floe.nodes.upsert({ nodeId: `${tenantId}-n`, tenantId, host: "127.0.0.1", port: world.smtp.port });
  const handle = await floe.imports.start({
    ...{ tenantId, path: await write(csv), user: "u1" },
    ...{ notifyEmail: "boss@told.example", notifyFrom: "floe@example.com" },
  });
  await handle.result();
  const [told] = await floe.notifications.list({ tenantId, user: "u1", unread: true });
  expect(told).toMatchObject({
    kind: "import.completed",
    subjectId: handle.importId,
    text: "2 rows imported, 0 refused.",
  });
  expect(await floe.notifications.countUnread({ tenantId, user: "u2" })).toMatchObject({ unread: 0 });
  expect(await floe.notifications.markRead({ tenantId })).toEqual({ marked: 1 });
  expect(await floe.notifications.countUnread({ tenantId })).toMatchObject({ unread: 0 });
  const mails = () => world.smtp.messages.filter(({ to }) => to[0] === "boss@told.example");
  await until("the email", async () => mails().length > 0);
  expect(mails()).toHaveLength(1);
  expect(mails()[0]?.body).toContain("Subject: Import completed: 2 rows");
});

it.each([
  [{ path: "/a.csv", fileUrl: "s3://uploads/a.csv" }, "path"],
  [{ fileUrl: "https://example.com/a.csv" }, "fileUrl"],
  [{ fileUrl: "s3://uploads" }, "fileUrl"],
  [{ path: "/a.csv", encoding: "klingon" }, "encoding"],
  [{ path: "/a.csv", notifyEmail: "a@example.com" }, "notifyFrom"],
])("%j is refused, and nothing is imported", async (input, field) => {
  await expect(floe.imports.start({ tenantId, ...input })).rejects.toMatchObject({
    kind: "InvalidInput",
    problems: [{ field }],
  });
  expect(await floe.imports.list({ tenantId })).toEqual([]);
});

it("the path of a file URL is the file's", async () => {
  const fileUrl = pathToFileURL(await write(csv)).href;
  expect(await (await floe.imports.start({ tenantId, fileUrl })).result()).toMatchObject({ rowsImported: 2 });
});
