/** `npm run build`: what compiled code needs beside it, the migrations and the workflow bundle. */
import { cp, writeFile } from "node:fs/promises";
import { buildBundle } from "./bundle.js";

const dist = new URL("../dist/", import.meta.url);
await cp(new URL("../db/migrations", import.meta.url), new URL("db/migrations", dist), { recursive: true });
const { code } = await buildBundle();
await writeFile(new URL("workflow-bundle.js", dist), code);
