import { beforeAll, expect, it } from "vitest";
import type { Alert } from "../../client/alerts.js";
import type { JobBulk } from "../../client/job-bulks.js";
import type { Job } from "../../client/jobs.js";
import type { WarmupReport } from "../../client/warmups.js";
import { startFaultSmtp } from "../support/fault-smtp.js";
import { testKeys } from "../support/keys.js";
import { until } from "../support/until.js";
import { createAudience, startWorld, type World } from "../support/world.js";
import { floe, type CliEnd } from "./cli-process.js";

/** Each command is a process that loads its libraries: two seconds of CPU. */
const slow = 240_000;
let world: World;
let tenantId: string;
let nodeId: string;
let user: string;
let environment: Record<string, string>;

beforeAll(async () => {
  const mail = await startFaultSmtp();
  const by = { kind: "smtp", url: `smtp://127.0.0.1:${mail.port}` } as const;
  const notify = { email: { from: "floe@ops.example", by }, webPush: { allowPrivate: true } };
  world = await startWorld({ config: { notify } });
  ({ tenantId, nodeId } = await createAudience(world, { contacts: 1, domain: "operated.example" }));
  ({ userId: user } = await world.floe.users.create({ email: "ann@people.example", name: "Ann" }));
  await world.floe.users.addTo({ tenantId, userId: user, role: "operator" });
  const { databaseUrl, redisUrl, temporal } = world.config;
  environment = {
    ...{ DATABASE_URL: databaseUrl, REDIS_URL: redisUrl, TEMPORAL_ADDRESS: temporal.address },
    ...{ TEMPORAL_NAMESPACE: temporal.namespace, FLOE_ENCRYPTION_KEYS: testKeys },
  };
  return () => mail.close();
});

/** Words of a command, of which one may be an id or a path without spaces. */
function run(words: string, ...more: string[]): Promise<CliEnd> {
  return floe([...words.split(" "), ...more], environment);
}

async function json<T>(words: string): Promise<T> {
  const { code, stdout, stderr } = await run(words, "--json");
  expect([code, stderr]).toEqual([0, ""]);
  return JSON.parse(stdout) as T;
}

async function expectRefusals(refusals: [words: string, code: number, said: RegExp][]): Promise<void> {
  const ends = await Promise.all(refusals.map(([words]) => run(words)));
  ends.forEach(({ code, stdout, stderr }, i) => {
    const [words, wanted, said] = refusals[i] ?? ["", 0, /$^/];
    expect([words, code, stdout]).toEqual([words, wanted, ""]);
    expect(stderr).toMatch(said);
  });
}

it(
  "floe notifications: somebody chooses how they are told, is told a test, and what became of it is listed",
  async () => {
    const of = `--user ${user}`;
    const whose = `${of} --tenant ${tenantId}`;
    const chosen = await run(`notifications preferences node.paused ${of} --off email --on web_push`);
    expect(chosen.stdout).toMatch(/node\.paused +no +yes +yes +yes/);
    const settings = `--quiet 22:00-07:00 --time-zone Europe/Berlin --digest daily --digest-at 08:00`;
    expect((await run(`notifications settings ${of} ${settings}`)).stdout).toBe(
      "Quiet hours: 22:00 to 07:00\nDigest: daily at 08:00\nTime zone: Europe/Berlin\n",
    );
    const { notificationId } = await json<{ notificationId: string }>(`notifications test ${whose}`);
    await until("the test is sent", async () => {
      const [row] = await world.floe.notifications.deliveries({ tenantId, notificationId });
      return row?.status === "sent";
    });
    const deliveries = await run(`notifications deliveries ${notificationId} ${whose}`);
    expect(deliveries.stdout).toMatch(/email +\S+ +sent +1 +accepted/);
    await expectRefusals([
      [`notifications test ${whose} --channel web_push`, 4, /No browser of this user is written to/],
      [`notifications preferences ${of} --off email`, 2, /kind: is missing: --on and --off are of one/],
      [
        `notifications preferences nothing ${of} --off email`,
        2,
        /is not a kind.*floe notifications preferences/,
      ],
    ]);
  },
  slow,
);

it(
  "floe alert: a rule is made, changed, tried, silenced and deleted, and its alert seen to",
  async () => {
    const whose = `--tenant ${tenantId}`;
    const made = `alert rules create Mine --kind dead-letters --above 10 ${whose}`;
    const { ruleId } = await json<{ ruleId: string }>(made);
    const changed = await run(`alert rules edit ${ruleId} ${whose} --above 20 --for 30`);
    expect(changed.stdout).toBe("Mine fires above 20 for 30 s.\n");
    const tried = await run(`alert rules test ${ruleId} ${whose}`);
    expect(tried.stdout).toContain(`floe alert list --status all ${whose}`);
    await until("it is raised", async () => {
      const raised = await world.floe.alerts.list({ tenantId, status: "all" });
      return raised.length > 0;
    });
    const [alert] = await json<Alert[]>(`alert list --status all ${whose}`);
    expect(alert).toMatchObject({ name: "Mine", isTest: true });
    expect((await run(`alert ack ${alert?.alertId ?? ""} ${whose}`)).stdout).toContain("is seen to by cli");
    const silence = `--until ${new Date(Date.now() + 3_600_000).toISOString()} --reason holidays`;
    expect((await run(`alert rules silence ${ruleId} ${whose} ${silence}`)).stdout).toContain(
      "Silent until 2",
    );
    expect((await run(`alert history --rule ${ruleId} ${whose}`)).stdout).toMatch(/acknowledged +cli/);
    expect((await run(`alert rules delete ${ruleId} ${whose}`)).stdout).toBe("It is gone.\n");
    await expectRefusals([
      [`alert rules edit ${ruleId} ${whose}`, 2, /say what to change/],
      [`alert rules create Mine --kind dead-letters --above high ${whose}`, 2, /It must be a number/],
    ]);
  },
  slow,
);

it(
  "floe warmup: a node's is started, looked at, paused, resumed, given another curve and stopped",
  async () => {
    const { warmupId } = await json<WarmupReport>(
      `warmup start node ${nodeId} --tenant ${tenantId} --preset conservative --target 500`,
    );
    await until("its day is planned", async () => {
      const { planned } = await world.floe.warmups.get({ warmupId });
      return planned === 50;
    });
    expect((await run(`warmup pause ${warmupId} --reason holidays`)).stdout).toMatch(
      /Status +paused by person/,
    );
    const changed = await run(`warmup change-plan ${warmupId} --preset mailtrap`);
    expect(changed.stdout).toMatch(/Plan +mailtrap, 300 to 57000 messages in 21 days/);
    expect((await run(`warmup stop ${warmupId} --yes`)).stdout).toMatch(/Allows now +whatever comes/);
    expect((await run(`warmup list --tenant ${tenantId}`)).stdout).toMatch(/mailtrap.*stopped/);
    await expectRefusals([
      [`warmup start node ${nodeId} --tenant ${tenantId}`, 2, /preset: is missing; give one of conservative/],
      [
        `warmup change-plan ${warmupId} --plan-file /nowhere/plan.json`,
        2,
        /--plan-file: .*there is no such file/,
      ],
    ]);
  },
  slow,
);

it(
  "floe job: work is found, looked at, cancelled and removed, one by one and in bulk",
  async () => {
    const whose = `--tenant ${tenantId}`;
    const later = new Date(Date.now() + 3_600_000);
    const mail = { tenantId, subject: "Hi", text: "Hello", fromEmail: "id@operated.example", sendAt: later };
    for (const name of ["one", "two"])
      await world.floe.emails.send({ ...mail, recipient: `${name}@operated.example` });
    const jobs = await json<Job[]>(`job list ${whose} --status delayed`);
    expect(jobs.map(({ title }) => title)).toEqual(["two@operated.example", "one@operated.example"]);
    const name = `email.send/${jobs[0]?.jobId ?? ""}`;
    expect((await run(`job show ${name} ${whose}`)).stdout).toMatch(/What fits +cancel, remove/);
    expect((await run(`job cancel ${name} ${whose} --yes --because test`)).stdout).toContain("is cancelled");
    const bulk = await json<JobBulk>(`job bulk cancel ${whose} --status delayed --yes`);
    expect(bulk).toMatchObject({ status: "completed", items: 1, done: 1 });
    expect((await run(`job bulks ${bulk.bulkId} ${whose}`)).stdout).toContain(
      "cancel of 1 job completed, 1 done",
    );
    expect((await run(`job remove ${name} ${whose} --yes`)).stdout).toContain("is removed");
    await expectRefusals([
      [`job show nonsense ${whose}`, 2, /It must be a kind and an id/],
      [`job pause-bulk ${bulk.bulkId} ${whose}`, 4, /is completed; start a new one/],
    ]);
  },
  slow,
);
