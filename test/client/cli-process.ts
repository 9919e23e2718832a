import { spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";

const bin = fileURLToPath(new URL("../../cli/floe.mjs", import.meta.url));

export interface CliEnd {
  code: number | null;
  stdout: string;
  stderr: string;
}

/**
 * Runs the command as a user would: its own process, in a folder where no stack runs, with this environment only. Given
 * `interruptAt`, Ctrl-C is pressed as soon as stderr says it.
 */
export function floe(
  args: string[],
  env: Record<string, string> = {},
  { interruptAt }: { interruptAt?: string } = {},
): Promise<CliEnd> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [bin, ...args], {
      cwd: tmpdir(),
      env: { HOME: tmpdir(), ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
      if (interruptAt !== undefined && text.includes(interruptAt)) child.kill("SIGINT");
    });
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, stdout, stderr }));
  });
}
