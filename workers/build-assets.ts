/** `npm run build`: what compiled code needs beside it, the migrations and the workflow bundles. */
import { cp, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { buildBundle, builtBundlePath } from "./bundle.js";

const dist = new URL("../dist/", import.meta.url);
await cp(new URL("../db/migrations", import.meta.url), new URL("db/migrations", dist), { recursive: true });
for (const traced of [false, true]) {
  const { code } = await buildBundle({ traced });
  await writeFile(new URL(basename(builtBundlePath({ traced })), dist), code);
}
