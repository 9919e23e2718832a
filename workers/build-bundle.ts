/** `npm run build`: writes the workflow bundle beside the compiled code, so that production workers need not make it. */
import { writeFile } from "node:fs/promises";
import { buildBundle } from "./bundle.js";

const target = new URL("../dist/workflow-bundle.js", import.meta.url);
const { code } = await buildBundle();
await writeFile(target, code);
