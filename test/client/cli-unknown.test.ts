import { beforeAll, expect, test } from "vitest";
import { createAudience, createCampaign, startWorld, type World } from "../support/world.js";
import { floe } from "./cli-process.js";

/** Each command is a process that loads its libraries: two seconds of CPU. */
const slow = 240_000;

let world: World;
beforeAll(async () => {
  world = await startWorld();
});

test(
  "recipients held as unknown are seen and resolved by the command",
  async () => {
    const { databaseUrl, redisUrl, temporal } = world.config;
    const { tenantId } = await createAudience(world, { contacts: 5, domain: "word.example" });
    const run = (...args: string[]) =>
      floe(["campaign", ...args, "--tenant", tenantId], {
        DATABASE_URL: databaseUrl,
        REDIS_URL: redisUrl,
        TEMPORAL_ADDRESS: temporal.address,
        TEMPORAL_NAMESPACE: temporal.namespace,
      });
    const received = () => world.smtp.messages.filter(({ to }) => to[0] === "user2@word.example").length;
    const swallowed = { stage: "after-dot", action: { kind: "drop" }, recipient: "user[12]@word" } as const;
    world.smtp.setFaults([{ ...swallowed, name: "swallowed", times: 2 }]);
    const send = await world.floe.campaigns.start(
      await createCampaign(world, tenantId, { onUnknown: "hold" }),
    );
    await world.floe.campaigns.wait(send);
    expect(world.smtp.statistics().fired.swallowed).toBe(2);
    const held = await world.floe.campaigns.recipients({ tenantId, sendId: send.sendId, status: "unknown" });
    const [first = "", second = ""] = held.map(({ contactId }) => contactId);

    const resolve = ["resolve-unknown", send.sendId];
    const [status, listed, vague, unasked, wrongId, foreign] = await Promise.all([
      run("status", send.sendId),
      run("recipients", send.sendId, "--status", "unknown"),
      run(...resolve, "--as", "perhaps"),
      run(...resolve, "--as", "resend"),
      run(...resolve, "--as", "sent", "--contact", "everybody"),
      run("resolve-unknown", "0198c5d2-0000-7000-8000-000000000000", "--as", "sent"),
    ]);
    expect(status.stderr).toContain(`floe campaign resolve-unknown ${send.sendId}`);
    expect(listed.stdout).toMatch(/user1@word\.example\s+unknown\s+1\s+no-reply-after-dot\s+yes/);
    expect(listed.stderr).toContain("Unknown are held");
    expect(vague.stderr).toContain("Allowed choices are sent, resend");
    expect(unasked.stderr).toMatch(/--yes: needed[^]*Some may get it twice/);
    expect(wrongId.stderr).toContain("contactIds.0: must be a contact's number");
    expect([vague.code, unasked.code, wrongId.code, foreign.code]).toEqual([2, 2, 2, 3]);
    expect(received()).toBe(1);

    const confirmed = await run(...resolve, "--as", "sent", "--contact", first);
    expect([confirmed.code, confirmed.stdout]).toEqual([0, "1 recipients stand as sent by your word.\n"]);
    const resent = await run(...resolve, "--as", "resend", "--contact", second, "--yes", "--json");
    expect([resent.code, JSON.parse(resent.stdout)]).toEqual([0, { resolved: 1 }]);
    await expect.poll(received, { timeout: 30_000 }).toBe(2);
  },
  slow,
);
