import { z } from "zod";
import { nameSchema, parseInput } from "../../client/input.js";
import { liveChannelHelp, parseLiveChannel, type LiveChannel } from "../../domain/live-updates.js";
import { createProblem, ProblemError } from "../problems.js";

const longestName = 100;

export interface NamedChannel {
  name: string;
  channel: LiveChannel;
}

const channelSchema = z.string().transform((name, context): NamedChannel => {
  const channel = parseLiveChannel(name);
  if (channel) return { name, channel };
  context.addIssue({ code: "custom", message: liveChannelHelp });
  return z.NEVER;
});

const requestSchema = z.discriminatedUnion(
  "type",
  [
    z.strictObject({
      type: z.literal("subscribe"),
      channel: channelSchema,
      /** `sequence` of the last message that was taken; absent: what comes from now on. */
      cursor: z.string().max(longestName, "is no cursor").optional(),
      /** Only what is this user's. */
      user: nameSchema.optional(),
      /** Without a cursor: how everything stands now, with the answer. */
      snapshot: z.boolean().optional(),
    }),
    z.strictObject({ type: z.literal("unsubscribe"), channel: channelSchema }),
    z.strictObject({ type: z.literal("ping") }),
  ],
  "must be subscribe, unsubscribe or ping",
);
export type ParsedRequest = z.output<typeof requestSchema>;
export type SubscribeRequest = Extract<ParsedRequest, { type: "subscribe" }>;

/** @throws ProblemError for what is no JSON object, InvalidInput by field for what is no request */
export function parseRequest(text: string): ParsedRequest {
  return parseInput(requestSchema, parseObject(text));
}

/** The channel that a refused message named, for its answer. */
export function channelOf(text: string): string | undefined {
  try {
    const { channel } = parseObject(text);
    return typeof channel === "string" && channel.length <= longestName ? channel : undefined;
  } catch {
    return undefined;
  }
}

function parseObject(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ProblemError(createProblem(400, "The message is not JSON."));
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw new ProblemError(createProblem(400, "The message is not a JSON object."));
}
