import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { environment } from "../config.js";
import { dashboardFolder } from "./folder.js";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../", import.meta.url));
/** Whatever ends up in it: the pages, rules that they show, and the client of live updates. */
const sources = ["dashboard", "domain", "client", "runtime/dashboard"];
const files = ["vite.config.ts", "package-lock.json"];
const stamp = ".sources";

/** Builds the dashboard where it is missing or older than its sources. @returns whether it did */
export async function ensureDashboard(): Promise<boolean> {
  // Compiled code comes with its dashboard.
  if (!existsSync(join(root, "vite.config.ts"))) return false;
  const wanted = await fingerprint();
  const built = await readFile(join(dashboardFolder(), stamp), "utf8").catch(() => "");
  if (built === wanted) return false;
  const next = `${dashboardFolder()}.${process.pid}`;
  try {
    await build(next);
    await writeFile(join(next, stamp), wanted);
    await replace(dashboardFolder(), next);
  } finally {
    await rm(next, { recursive: true, force: true });
  }
  return true;
}

/** In a process of its own: it takes its libraries as they are for production, whatever this one is. */
async function build(folder: string): Promise<void> {
  const vite = join(dirname(createRequire(import.meta.url).resolve("vite/package.json")), "bin", "vite.js");
  const args = [vite, "build", "--outDir", folder, "--emptyOutDir", "--logLevel", "error"];
  await run(process.execPath, args, { cwd: root, env: { ...environment(), NODE_ENV: "production" } });
}

/** At once, for an API that serves it. */
async function replace(folder: string, next: string): Promise<void> {
  const old = `${next}.old`;
  await rename(folder, old).catch(() => undefined);
  // Whoever built at the same time was faster, and has the same.
  await rename(next, folder).catch(() => undefined);
  await rm(old, { recursive: true, force: true });
}

async function fingerprint(): Promise<string> {
  const hash = createHash("sha256");
  const names = await Promise.all(sources.map((folder) => readdir(join(root, folder), { recursive: true })));
  const paths = names.flatMap((found, index) => found.map((name) => join(sources[index] ?? "", name)));
  // Types of the API's answers are made, and leave nothing in the build.
  const code = paths.filter(
    (path) => /\.(tsx?|css|html|svg|json)$/.test(path) && !path.endsWith("api-types.ts"),
  );
  for (const path of [...code.toSorted(), ...files])
    hash.update(path).update(await readFile(join(root, path)));
  return hash.digest("hex");
}
