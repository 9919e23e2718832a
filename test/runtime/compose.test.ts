import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { environment } from "../../runtime/config.js";
import { testKeys } from "../support/keys.js";
import { notifyVariables } from "../../runtime/notify-config.js";
import { searchAttributes } from "../../runtime/embedded/search-attributes.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const read = (path: string): string => readFileSync(`${root}/${path}`, "utf8");
const text = read("docker-compose.yml");

const condition = z.enum(["service_started", "service_healthy", "service_completed_successfully"]);
const service = z.looseObject({
  image: z.string().regex(/:/, "an image names its version"),
  build: z.strictObject({ context: z.string(), dockerfile: z.string() }).optional(),
  depends_on: z.record(z.string(), z.strictObject({ condition })).default({}),
  environment: z.record(z.string(), z.string()).default({}),
  volumes: z.array(z.string()).default([]),
  ports: z.array(z.string().regex(/^([\d.]+:)?(\d+|\$\{[^}]+\}):\d+$/)).default([]),
  command: z.array(z.string()).optional(),
  entrypoint: z.array(z.string()).optional(),
  healthcheck: z.looseObject({ test: z.array(z.string()) }).optional(),
  stop_grace_period: z
    .string()
    .regex(/^\d+s$/)
    .optional(),
});
const compose = z
  .looseObject({ services: z.record(z.string(), service), volumes: z.record(z.string(), z.null()) })
  .parse(parse(text, { merge: true }));
const services = Object.entries(compose.services);

describe("docker-compose.yml", () => {
  it("has every service that a service waits for, and a health check where it waits for health", () => {
    for (const [name, { depends_on }] of services) {
      for (const [other, { condition: wanted }] of Object.entries(depends_on)) {
        expect(compose.services[other], `${name} waits for ${other}`).toBeDefined();
        if (wanted === "service_healthy") expect(compose.services[other]?.healthcheck, other).toBeDefined();
      }
    }
  });

  it("names only files, folders and volumes that exist", () => {
    for (const [name, { build, volumes, entrypoint = [] }] of services) {
      if (build) expect(existsSync(`${root}/${build.dockerfile}`)).toBe(true);
      for (const volume of volumes) {
        const source = volume.replace(/\$\{\w+:-([^}]+)\}/, "$1").split(":")[0] ?? "";
        const known = source.startsWith(".") ? existsSync(`${root}/${source}`) : source in compose.volumes;
        expect(known, `${name} mounts ${source}`).toBe(true);
      }
      for (const file of entrypoint.filter((part) => part.startsWith("/deploy/"))) {
        expect(existsSync(`${root}/deploy/temporal/${file.slice("/deploy/".length)}`), file).toBe(true);
      }
    }
  });

  it("runs programs that the build makes", () => {
    for (const [, { command = [] }] of services) {
      for (const file of command.filter((part) => part.startsWith("dist/"))) {
        expect(existsSync(`${root}/${file.replace(/^dist\//, "").replace(/\.js$/, ".ts")}`), file).toBe(true);
      }
    }
  });

  it("uses only variables that have a default or are in .env.example", () => {
    const example = new Set([...read("deploy/.env.example").matchAll(/^(\w+)=/gm)].map((match) => match[1]));
    const used = new Set([...text.matchAll(/\$\{(\w+)/g)].map((match) => match[1]));
    expect([...used].filter((name) => !example.has(name))).toEqual([]);
    expect([...example].filter((name) => !used.has(name))).toEqual([]);
  });

  it("has every way to notify people, none of them set, in every process, and the folder of their files", () => {
    const ours = services.filter(([, { environment }]) => environment.FLOE_SECRET !== undefined);
    expect(ours.map(([name]) => name).toSorted()).toEqual([
      ...["api", "migrate", "worker-io", "worker-orchestrator", "worker-sender"],
    ]);
    // Of tests and of stand-ins for the providers.
    const left = ["WEB_PUSH_PRIVATE", "FCM_URL"];
    for (const [name, { environment, volumes }] of ours) {
      for (const variable of Object.keys(notifyVariables).filter((one) => !left.includes(one)))
        expect(environment[variable], `${name}: ${variable}`).toBe(`\${${variable}:-}`);
      expect(volumes).toContain("${NOTIFY_FILES:-./deploy/notify}:/notify:ro");
    }
  });

  it("gives workers more time to stop than they take", () => {
    for (const [name, { stop_grace_period, environment }] of services) {
      if (!name.startsWith("worker-")) continue;
      const forcedAfterMs = Number(environment.SHUTDOWN_GRACE_MS) + 10_000;
      expect(Number.parseInt(stop_grace_period ?? "0", 10) * 1_000, name).toBeGreaterThan(forcedAfterMs);
    }
  });

  it("registers the search attributes that workflows use", () => {
    const script = read("deploy/temporal/namespace.sh");
    for (const name of Object.keys(searchAttributes)) expect(script).toContain(`${name}:`);
  });

  it("brings scripts that the shell can read", () => {
    for (const script of ["deploy/temporal/schema.sh", "deploy/temporal/namespace.sh"]) {
      execFileSync("sh", ["-n", `${root}/${script}`]);
    }
    execFileSync("bash", ["-n", `${root}/.ci/run`]);
  });

  it("is what Docker accepts, where Docker is", () => {
    if (!hasCompose()) return;
    const secrets = { FLOE_SECRET: "0123456789abcdef", FLOE_ENCRYPTION_KEYS: testKeys };
    const env = { ...environment(), POSTGRES_PASSWORD: "p", ...secrets };
    execFileSync("docker", ["compose", "-f", `${root}/docker-compose.yml`, "config", "--quiet"], { env });
  });
});

function hasCompose(): boolean {
  try {
    execFileSync("docker", ["compose", "version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
