import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** A process that loads what an API and a worker load, and starts traces as they do; it prints what was loaded of them. */
async function loadedBy(config: string): Promise<string[]> {
  const script = `
    import { Module } from "node:module";
    await import("./api/server.ts");
    await import("./workers/start.ts");
    const { startTracing } = await import("./runtime/tracing.ts");
    const tracing = await startTracing({ config: ${config}, service: "floe-tested", log: { warn() {} } });
    // prom-client brings OpenTelemetry's bare API for itself.
    const loaded = Object.keys(Module._cache).filter((file) => /opentelemetry(?!.api.)/.test(file));
    process.stdout.write(JSON.stringify(loaded));
    process.exit(0);`;
  const args = ["--import", "tsx", "--input-type=module", "--eval", script];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root });
  return JSON.parse(stdout) as string[];
}

describe("Traces that are off", () => {
  it("load nothing", async () => {
    expect(await loadedBy("undefined")).toEqual([]);
    const on = await loadedBy('{ url: "http://127.0.0.1:1/v1/traces", messageRatio: 0 }');
    expect(on.some((file) => file.includes("interceptors-opentelemetry"))).toBe(true);
  });
});
