import { once } from "node:events";
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo, type Server } from "node:net";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../../runtime/embedded/process.js";
import { workerProcesses } from "../../runtime/start/floe-processes.js";
import { lockFolder } from "../../runtime/start/lock.js";
import { defaultPorts, parseOptions } from "../../runtime/start/options.js";
import { choosePorts } from "../../runtime/start/ports.js";

let folder: string;
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), "floe-options-"))));
afterAll(() => rm(folder, { recursive: true }));

describe("the command line", () => {
  it("runs the demo once a data folder unless told otherwise", () => {
    expect(parseOptions([], "/data")).toMatchObject({ demo: "fresh", data: "/data", exitAfterDemo: false });
    expect(parseOptions(["--no-demo"], "/data").demo).toBe("never");
    expect(parseOptions(["--demo", "--data=/other"], "/data")).toMatchObject({
      demo: "always",
      data: "/other",
    });
  });

  it("reports every mistake at once", () => {
    const parse = () =>
      parseOptions(["--api-port", "x", "--redis-port=70000", "--colour", "blue", "--data"], "/data");
    expect(parse).toThrow(/--api-port[^]*--redis-port|--colour[^]*--api-port/);
    for (const field of ["--api-port", "--redis-port", "--colour", "blue", "--data"])
      expect(parse).toThrow(field);
  });

  it("starts a sender for two cores unless told otherwise", () => {
    const names = workerProcesses(parseOptions(["--senders", "2"], "/data").senders).map(({ name }) => name);
    expect(names).toEqual(["orchestrator", "sender-1", "sender-2", "io"]);
    expect(parseOptions([], "/data").senders).toBe(Math.max(1, Math.floor(availableParallelism() / 2)));
    expect(() => parseOptions(["--senders", "0"], "/data")).toThrow(
      "--senders: must be a number from 1 to 64",
    );
  });

  it("refuses one port for two parts", () => {
    expect(() => parseOptions(["--ui-port", "4000", "--api-port", "4000"], "/data")).toThrow("two parts");
  });
});

describe("ports", () => {
  let taken: Server;
  let port: number;
  afterEach(() => taken.close());
  const occupy = async (): Promise<void> => {
    taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    port = (taken.address() as AddressInfo).port;
  };

  it("that were asked for and are taken are refused with what to do", async () => {
    await occupy();
    const choice = { needed: ["redis" as const], asked: { redis: port }, workers: 3, say: () => undefined };
    await expect(choosePorts(choice)).rejects.toThrow(
      `Port ${port} for Redis is taken; stop what listens there, or choose another with --redis-port.`,
    );
  });

  it("never come twice, and a default gives way to one that was asked for", async () => {
    await occupy();
    const free = await freePort();
    const chosen = await choosePorts({
      needed: ["smtp", "inbox", "metrics", "api"],
      asked: { api: free, inbox: free + 7 },
      workers: 4,
      say: () => undefined,
    });
    const all = [
      chosen.smtp,
      chosen.inbox,
      chosen.api,
      chosen.metrics,
      chosen.metrics + 1,
      chosen.metrics + 2,
      chosen.metrics + 3,
    ];
    expect(new Set(all).size).toBe(all.length);
    expect(chosen.api).toBe(free);
    expect(chosen.temporal).toBe(defaultPorts.temporal);
  });
});

describe("the lock of a data folder", () => {
  it("is taken over when its process is gone", async () => {
    const gone = spawn("true");
    await once(gone, "exit");
    await writeFile(join(folder, "lock"), String(gone.pid));
    const lock = await lockFolder(folder);
    expect(lock.recovered).toBe(true);
    await lock.release();
  });

  it("is taken over when its process id belongs to another program now", async () => {
    const other = spawn("sleep", ["60"]);
    await once(other, "spawn");
    await writeFile(join(folder, "lock"), String(other.pid));
    const lock = await lockFolder(folder);
    expect(lock.recovered).toBe(true);
    await lock.release();
    other.kill();
  });

  it("keeps a second start away with a sentence", async () => {
    const script = join(folder, "start.ts");
    await writeFile(script, "setInterval(() => {}, 1000)");
    const other = spawn("sh", ["-c", "sleep 60", script]);
    await once(other, "spawn");
    await writeFile(join(folder, "lock"), String(other.pid));
    await expect(lockFolder(folder)).rejects.toThrow(/already runs on .* choose another folder with --data/);
    other.kill();
  });

  it("says so when the folder cannot be used", async () => {
    await writeFile(join(folder, "file"), "");
    await expect(lockFolder(join(folder, "file"))).rejects.toThrow("cannot be used");
  });
});
