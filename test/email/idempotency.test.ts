import { Client } from "@temporalio/client";
import { NativeConnection } from "@temporalio/worker";
import { pino } from "pino";
import { beforeAll, describe, expect, it } from "vitest";
import { connectFloe } from "../../client/connect.js";
import type { EmailInput } from "../../client/email-input.js";
import { createAcceptEmail } from "../../client/email-requests.js";
import { createEmails } from "../../client/emails.js";
import { createEmailRequestStore } from "../../db/email-requests.js";
import { createEmailStore } from "../../db/emails.js";
import { Conflict, Unavailable } from "../../domain/errors.js";
import { prepareContent } from "../../mail/template.js";
import { resumeStrandedEmails } from "../../workers/stranded-emails.js";
import { startWorld, type World } from "../support/world.js";
import { createShop, messagesTo, ownContent } from "./fixture.js";

let world: World;
let shop: Awaited<ReturnType<typeof createShop>>;

beforeAll(async () => {
  world = await startWorld();
  shop = await createShop(world);
});

describe("a request under a key", () => {
  it("that was used before is the first one", async () => {
    const { floe } = world;
    const request = shop.request("ann@again.example", { idempotencyKey: "order-1" });
    const first = await floe.emails.send(request);
    await floe.emails.wait(first);
    const second = await floe.emails.send({ ...request, variables: { first_name: "Ann" } });
    expect(second).toEqual({ ...first, created: false });
    expect(messagesTo(world, "ann@again.example")).toHaveLength(1);
  });

  it("is one email also when 20 come at once, in one process and in another", async () => {
    const { floe, config } = world;
    const other = await connectFloe({
      databaseUrl: config.databaseUrl,
      temporalAddress: config.temporal.address,
      namespace: config.temporal.namespace,
    });
    const request = shop.request("ann@crowd.example", { idempotencyKey: "order-2" });
    const sent = await Promise.all(
      Array.from({ length: 20 }, (_, n) => (n % 2 === 0 ? floe : other).emails.send(request)),
    );
    await other.close();
    expect(new Set(sent.map(({ emailId }) => emailId)).size).toBe(1);
    expect(sent.filter(({ created }) => created)).toHaveLength(1);
    await floe.emails.wait(sent[0] ?? { tenantId: "", emailId: "" });
    expect(messagesTo(world, "ann@crowd.example")).toHaveLength(1);
  });

  it("with another body is a conflict that names the field, and sends nothing", async () => {
    const { floe } = world;
    const request = shop.request("ann@other.example", { idempotencyKey: "order-3", sendAt: inAnHour() });
    await floe.emails.send(request);
    const others: [Partial<EmailInput>, string][] = [
      [{ recipient: "bob@other.example" }, "recipient"],
      [{ variables: { first_name: "Bob" } }, "variables"],
      [{ fromEmail: "other@example.com" }, "fromEmail"],
      [{ cc: "bob@other.example" }, "cc"],
      [{ attachments: [{ filename: "a.txt", content: "aGk=" }] }, "attachments"],
      [{ sendAt: new Date(Date.now() + 7_200_000) }, "sendAt"],
      [{ ...ownContent() }, "html, subject, template"],
    ];
    for (const [over, fields] of others) {
      const refusal = await floe.emails.send({ ...request, ...over }).catch((error: unknown) => error);
      expect(refusal).toBeInstanceOf(Conflict);
      expect((refusal as Conflict).message).toContain(`another ${fields};`);
    }
    expect(messagesTo(world, "bob@other.example")).toHaveLength(0);
  });

  it("belongs to its tenant", async () => {
    const { floe } = world;
    const neighbour = await createShop(world);
    const over = { idempotencyKey: "order-4" };
    const mine = await floe.emails.send(shop.request("ann@mine.example", over));
    const theirs = await floe.emails.send(neighbour.request("ann@mine.example", over));
    expect(theirs).toMatchObject({ created: true });
    expect(theirs.emailId).not.toBe(mine.emailId);
    await Promise.all([mine, theirs].map((email) => floe.emails.wait(email)));
  });

  it("whose first call died between the row and the workflow is sent by the second", async () => {
    const { floe, pool } = world;
    const request = shop.request("ann@died.example", { idempotencyKey: "order-5" });
    const dying = createEmails({
      store: createEmailStore(pool),
      accept: createAcceptEmail(createEmailRequestStore(pool), { start: () => Promise.resolve() }),
      workflow: { cancelled: () => Promise.resolve(), revived: () => Promise.resolve() },
      prepare: prepareContent,
    });
    const first = await dying.send(request);
    expect(await floe.emails.send(request)).toEqual({ ...first, created: false });
    expect(await floe.emails.wait(first)).toMatchObject({ status: "sent" });
    expect(messagesTo(world, "ann@died.example")).toHaveLength(1);
  });

  it("and without one is sent when its process died between the row and the workflow: a worker finds it", async () => {
    const { floe, pool, config } = world;
    const dying = createEmails({
      store: createEmailStore(pool),
      accept: createAcceptEmail(createEmailRequestStore(pool), { start: () => Promise.resolve() }),
      workflow: { cancelled: () => Promise.resolve(), revived: () => Promise.resolve() },
      prepare: prepareContent,
    });
    const stranded = await dying.send(shop.request("ann@stranded.example"));
    const connection = await NativeConnection.connect({ address: config.temporal.address });
    const looking = resumeStrandedEmails({
      emailRequests: createEmailRequestStore(pool),
      client: new Client({ connection, namespace: config.temporal.namespace }),
      log: pino({ level: "silent" }),
      everyMs: 50,
      dueForMs: 0,
    });
    expect(await floe.emails.wait(stranded)).toMatchObject({ status: "sent" });
    await looking.stop();
    await connection.close();
    expect(messagesTo(world, "ann@stranded.example")).toHaveLength(1);
  });

  it("that could not be started leaves nothing, and may be repeated", async () => {
    const { floe, pool } = world;
    const request = shop.request("ann@away.example", { idempotencyKey: "order-6" });
    const withoutTemporal = createEmails({
      store: createEmailStore(pool),
      accept: createAcceptEmail(createEmailRequestStore(pool), {
        start: () => Promise.reject(new Unavailable("Temporal")),
      }),
      workflow: { cancelled: () => Promise.resolve(), revived: () => Promise.resolve() },
      prepare: prepareContent,
    });
    await expect(withoutTemporal.send(request)).rejects.toThrow(Unavailable);
    expect(await floe.emails.list({ tenantId: shop.tenantId, recipient: "ann@away.example" })).toEqual([]);
    const sent = await floe.emails.send(request);
    expect(sent.created).toBe(true);
    expect(await floe.emails.wait(sent)).toMatchObject({ status: "sent" });
  });
});

function inAnHour(): Date {
  return new Date(Date.now() + 3_600_000);
}
