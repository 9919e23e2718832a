/** `npm run build`: what compiled code needs beside it: migrations, workflow bundles, and what is no TypeScript. */
import { cp, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { buildBundle, builtBundlePath } from "./bundle.js";

const dist = new URL("../dist/", import.meta.url);
await cp(new URL("../db/migrations", import.meta.url), new URL("db/migrations", dist), { recursive: true });
await cp(new URL("encoded-failures.cjs", import.meta.url), new URL("workers/encoded-failures.cjs", dist));
for (const traced of [false, true]) {
  const { code } = await buildBundle({ traced });
  await writeFile(new URL(basename(builtBundlePath({ traced })), dist), code);
}
