import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { dashboardFolder } from "./folder.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
/** Whatever ends up in it: the pages, rules that they show, and the client of live updates. */
const sources = ["dashboard", "domain", "client", "runtime/dashboard"];
const files = ["vite.config.ts", "package-lock.json"];

/** Builds the dashboard where it is missing or older than its sources. @returns whether it did */
export async function ensureDashboard(): Promise<boolean> {
  const stampFile = join(dashboardFolder(), ".sources");
  // Compiled code comes with its dashboard.
  if (!existsSync(join(root, "vite.config.ts"))) return false;
  const wanted = await fingerprint();
  if ((await readFile(stampFile, "utf8").catch(() => "")) === wanted) return false;
  await buildDashboard();
  await writeFile(stampFile, wanted);
  return true;
}

async function buildDashboard(): Promise<void> {
  const { build } = await import("vite");
  await build({ configFile: join(root, "vite.config.ts"), logLevel: "error" });
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
