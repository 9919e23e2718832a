import { describe, expect, it } from "vitest";
import { classifyReply, readReply } from "../../domain/replies.js";
import { replyGroups } from "./reply-table.js";

describe.each(replyGroups)("$source", ({ replies }) => {
  it.each(replies)("%s", (raw, expected) => {
    const reply = readReply(raw);
    if (!reply) throw new Error("no reply");
    const outcome = classifyReply(reply);
    expect(`${outcome.kind} ${outcome.reason}`).toBe(expected);
  });
});

it("has more than a hundred and fifty replies, each once", () => {
  const all = replyGroups.flatMap(({ replies }) => replies.map(([raw]) => raw));
  expect(new Set(all).size).toBeGreaterThan(150);
});
