import { describe, expect, it } from "vitest";
import { emailStatusOf } from "../../domain/email-status.js";
import { createGroupCommit } from "../../domain/group-commit.js";
import type { RecipientStatus } from "../../domain/recipient-status.js";

describe("a group commit", () => {
  /** Runs wait until they are let go; `runs` are the groups so far. */
  function createHarness(maxGroup: number) {
    const runs: number[][] = [];
    const open: (() => void)[] = [];
    const call = createGroupCommit<number, string>(
      async (inputs) => {
        runs.push(inputs);
        await new Promise<void>((resolve) => open.push(resolve));
        if (inputs.includes(13)) throw new Error("unlucky");
        return inputs.map((input) => `answer ${input}`);
      },
      (group) => group.length < maxGroup,
    );
    const finishOne = async (): Promise<void> => {
      await expect.poll(() => open.length).toBeGreaterThan(0);
      open.shift()?.();
    };
    return { runs, call, finishOne };
  }

  it("runs the first call alone and at once, and those that come meanwhile together", async () => {
    const { runs, call, finishOne } = createHarness(3);
    const answers = Promise.all([1, 2, 3, 4, 5].map((input) => call(input)));
    expect(runs).toEqual([[1]]);
    for (let run = 0; run < 3; run += 1) await finishOne();
    expect(await answers).toEqual([1, 2, 3, 4, 5].map((input) => `answer ${input}`));
    expect(runs).toEqual([[1], [2, 3, 4], [5]]);
  });

  it("tells every caller of a group that failed, and goes on with the next", async () => {
    const { call, finishOne } = createHarness(2);
    const answers = Promise.allSettled([1, 12, 13, 4].map((input) => call(input)));
    for (let run = 0; run < 3; run += 1) await finishOne();
    expect((await answers).map(({ status }) => status)).toEqual([
      "fulfilled",
      "rejected",
      "rejected",
      "fulfilled",
    ]);
  });
});

describe("an email's status", () => {
  it.each<[RecipientStatus[], RecipientStatus]>([
    [["sent"], "sent"],
    [["sent", "pending"], "pending"],
    [["sent", "deferred"], "deferred"],
    [["deferred", "pending"], "pending"],
    [["suppressed", "sent"], "sent"],
    [["bounced", "dead"], "bounced"],
    [["cancelled", "cancelled"], "cancelled"],
  ])("of recipients %s is %s", (recipients, status) => {
    expect(emailStatusOf(recipients)).toBe(status);
  });
});
