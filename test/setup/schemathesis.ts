import { execFile } from "node:child_process";
import { access, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { cacheFolder } from "../../runtime/embedded/programs.js";

const run = promisify(execFile);
const version = "4.32.5";

/** Told by `npm run test:document`. */
export const isWhole = process.env.DOCUMENT_TEST === "whole";
export const schemathesisEnvironment = {
  ...process.env,
  SCHEMATHESIS_HOOKS: join(import.meta.dirname, "../support/schemathesis-hooks.py"),
};

/** A Python that has it, from PyPI; fetched once. It is run as `-m schemathesis.cli`: scripts of a moved folder do not start. */
export async function pythonWithSchemathesis(): Promise<string> {
  const home = join(cacheFolder(), "tools", `schemathesis-${version}`);
  const program = join(home, "bin", "python");
  if (await exists(program)) return program;
  await mkdir(join(cacheFolder(), "tools"), { recursive: true });
  const made = await mkdtemp(join(cacheFolder(), "tools", ".schemathesis-"));
  try {
    await run("python3", ["-m", "venv", made], { timeout: 120_000 });
    const pip = [
      "-m",
      "pip",
      "install",
      "--quiet",
      "--disable-pip-version-check",
      `schemathesis==${version}`,
    ];
    await run(join(made, "bin", "python"), pip, { timeout: 300_000 });
    await rename(made, home).catch(() => undefined);
  } finally {
    await rm(made, { recursive: true, force: true });
  }
  return program;
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
