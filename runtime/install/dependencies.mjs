/**
 * Installs the packages of package-lock.json when they are missing or older than it. Runs before everything else, so it
 * uses only what Node brings.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const stampFile = join(root, "node_modules", ".floe-stamp");
const oldest = [20, 3, 0];

checkNode();
const wanted = stamp();
if (!isInstalled()) install();

function checkNode() {
  const version = process.versions.node.split(".").map(Number);
  for (const [index, part] of oldest.entries()) {
    if (version[index] > part) return;
    if (version[index] < part) {
      fail(
        `Floe needs Node ${oldest.join(".")} or newer; this is ${process.versions.node}. Get one from https://nodejs.org.`,
      );
    }
  }
}

/** What node_modules must match: the lock file, and the machine that native packages were chosen for. */
function stamp() {
  const lock = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  return `${lock} ${process.platform} ${process.arch}`;
}

function isInstalled() {
  if (existsSync(stampFile)) return readFileSync(stampFile, "utf8") === wanted;
  // Installed by hand: npm wrote its own copy of the lock file when it was done.
  const own = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(own) || !matchesLock(own)) return false;
  tryWriteStamp();
  return true;
}

function matchesLock(own) {
  const installed = JSON.parse(readFileSync(own, "utf8")).packages ?? {};
  const locked = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages ?? {};
  return Object.entries(locked).every(
    ([path, entry]) =>
      path === "" || entry.optional || entry.devOptional || installed[path]?.version === entry.version,
  );
}

function install() {
  process.stdout.write("Installing Floe's packages (npm ci), once ...\n");
  const started = Date.now();
  const command = ["ci", "--no-fund", "--no-audit", "--loglevel=error", "--include=dev"];
  // npm keeps a cache in the home folder: without one that can be written, a folder for temporary files does.
  const cache = homeIsUsable() ? null : mkdtempSync(join(tmpdir(), "floe-npm-"));
  const environment = cache ? { ...process.env, HOME: cache, npm_config_cache: cache } : process.env;
  const { status, error } = spawnSync(process.platform === "win32" ? "npm.cmd" : "npm", command, {
    cwd: root,
    env: environment,
    stdio: "inherit",
  });
  if (cache) rmSync(cache, { recursive: true, force: true });
  if (error)
    fail(`npm could not be run (${error.message}); it comes with Node, or run "npm ci" by hand in ${root}.`);
  if (status !== 0)
    fail(`npm ci failed in ${root}; its message above says why. Is the package registry reachable?`);
  tryWriteStamp();
  process.stdout.write(`Installed in ${Math.round((Date.now() - started) / 1000)} s.\n`);
}

function homeIsUsable() {
  const home = process.env.HOME ?? "";
  if (home === "" || home === "/") return false;
  try {
    rmSync(mkdtempSync(join(home, ".floe-")), { recursive: true });
    return true;
  } catch {
    return false;
  }
}

/** A folder that may not be written (an image's layer) is as good as stamped: it cannot grow old. */
function tryWriteStamp() {
  try {
    writeFileSync(stampFile, wanted);
  } catch {
    // Checked again at the next start, which costs a moment.
  }
}

function fail(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}
