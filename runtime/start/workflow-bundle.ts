import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
/** Whatever ends up in the bundle: workflows, the rules they use, and the SDK. */
const sources = ["workflows", "domain"];

/**
 * Path of the bundled workflows, made at the first start and after every change of their sources: making it takes most of
 * a start's time.
 */
export async function cachedWorkflowBundle(data: string, traced: boolean): Promise<string> {
  const folder = join(data, "workflows");
  const file = join(folder, `${await fingerprint()}${traced ? "-traced" : ""}.js`);
  if (existsSync(file)) return file;
  const { buildBundle } = await import("../../workers/bundle.js");
  const { code } = await buildBundle({ traced });
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await writeFile(`${file}.next`, code);
  await rename(`${file}.next`, file);
  return file;
}

async function fingerprint(): Promise<string> {
  const hash = createHash("sha256");
  const files = await Promise.all(sources.map((folder) => readdir(join(root, folder), { recursive: true })));
  const paths = files.flatMap((names, index) => names.map((name) => join(root, sources[index] ?? "", name)));
  const lock = join(root, "package-lock.json");
  const code = paths.filter((path) => /\.[jt]s$/.test(path)).toSorted();
  for (const path of existsSync(lock) ? [...code, lock] : code)
    hash.update(path).update(await readFile(path));
  return hash.digest("hex").slice(0, 16);
}
