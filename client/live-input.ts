import { z } from "zod";
import { liveChannelHelp, parseLiveChannel } from "../domain/live-updates.js";
import { nameSchema, tenantIdSchema } from "./input.js";

export const liveOptionsSchema = z
  .strictObject({
    /** Where the API is, such as `https://floe.example.com`. */
    url: z.string().refine((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol), {
      error: "must be a URL that starts with http:// or https://",
    }),
    /** An API key: on servers. */
    key: z.string().regex(/^\S+$/, "is empty, or has blanks in it").optional(),
    /** In browsers: gets a ticket from your server, which asks `POST /api/live/tickets`. Called for each connection. */
    ticket: z
      .custom<() => Promise<string>>((value) => typeof value === "function", "must be a function")
      .optional(),
    /** With a key of the platform: whose updates. */
    tenantId: tenantIdSchema.optional(),
    /** With a key: nothing but this user's. */
    user: nameSchema.optional(),
    /** Told when the connection is there, and when it is not. */
    onConnection: z
      .custom<(connected: boolean) => void>((value) => typeof value === "function", "must be a function")
      .optional(),
  })
  .refine(({ key, ticket }) => (key === undefined) !== (ticket === undefined), {
    path: ["key"],
    error: "or ticket must be given, not both",
  });
export type LiveUpdatesOptions = z.input<typeof liveOptionsSchema>;

export const liveSubscriptionSchema = z.strictObject({
  channel: z.string().refine((name) => parseLiveChannel(name) !== null, liveChannelHelp),
  /** Of an earlier subscription to the channel; absent: what comes from now on. */
  cursor: z
    .string()
    .min(1, "is empty; leave it out for what comes from now on")
    .max(100, "is no cursor")
    .optional(),
  /** Only what is this user's. */
  user: nameSchema.optional(),
  /** Without a cursor: how everything stands now, told first. */
  snapshot: z.boolean().optional(),
});
export type LiveSubscriptionInput = z.input<typeof liveSubscriptionSchema>;
