import { z } from "zod";
import type { DeadLetter, DeadLetterStore } from "../db/dead-letters.js";
import { sendRefSchema, type SendRef } from "./campaign-input.js";
import { pageSizeSchema, parseInput, tenantIdSchema, uuidSchema } from "./input.js";
import type { SendSteering } from "./send-steering.js";

export type { DeadLetter } from "../db/dead-letters.js";

const idSchema = z.string().regex(/^[1-9]\d{0,18}$/, "must be a dead letter's number");

const pageSchema = z.strictObject({
  tenantId: tenantIdSchema,
  sendId: uuidSchema.optional(),
  /** Id of the last row of the page before. */
  after: idSchema.optional(),
  limit: pageSizeSchema,
});
export type DeadLettersQuery = z.input<typeof pageSchema>;

const dismissSchema = z.strictObject({
  tenantId: tenantIdSchema,
  deadLetterIds: z
    .array(idSchema)
    .min(1, "is empty")
    .max(1_000, "has more than 1,000; dismiss them in portions"),
});
export type Dismissal = z.input<typeof dismissSchema>;

export interface DeadLetters {
  /** Open ones, oldest first. */
  list(query: DeadLettersQuery): Promise<DeadLetter[]>;
  /** Closes dead letters without another attempt; their recipients stay `dead`. */
  dismiss(dismissal: Dismissal): Promise<{ dismissed: number }>;
  /** Takes all dead recipients of a send up again. @throws NotFound, Conflict when it was cancelled. */
  retry(send: SendRef): Promise<{ revived: number }>;
}

export function createDeadLetters(
  store: DeadLetterStore,
  steering: Pick<SendSteering, "retryFailed">,
): DeadLetters {
  return {
    list: async (query) => {
      const { tenantId, ...page } = parseInput(pageSchema, query);
      return store.listDeadLetters(tenantId, page);
    },
    dismiss: async (dismissal) => {
      const { tenantId, deadLetterIds } = parseInput(dismissSchema, dismissal);
      return { dismissed: await store.dismissDeadLetters(tenantId, deadLetterIds) };
    },
    retry: async (send) => steering.retryFailed(parseInput(sendRefSchema, send)),
  };
}
