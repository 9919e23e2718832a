#!/usr/bin/env node
// From a checkout the sources run as they are; an installed package has only what was compiled.
import { existsSync } from "node:fs";

const source = new URL("./floe.ts", import.meta.url);
if (existsSync(source)) {
  const { register } = await import("tsx/esm/api");
  register();
  await import(source.href);
} else {
  await import(new URL("../dist/cli/floe.js", import.meta.url).href);
}
