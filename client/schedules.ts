import { ScheduleNotFoundError, type Client, type ScheduleHandle } from "@temporalio/client";
import { z } from "zod";
import { NotFound } from "../domain/errors.js";
import { scheduleDefinitions } from "../schedules/definitions.js";
import { parseInput } from "./input.js";

/** Floe's recurring work, as Temporal schedules. The `temporal schedule` command sees and steers the same. */
export interface Schedules {
  /** All that Floe defines, also those that no orchestrator has made yet. */
  list(): Promise<Schedule[]>;
  /** @throws NotFound */
  get(ref: ScheduleRef): Promise<Schedule>;
  /** Nothing starts until it is resumed, whatever is deployed meanwhile. @throws NotFound */
  pause(input: PauseInput): Promise<void>;
  /** @throws NotFound */
  resume(input: PauseInput): Promise<void>;
  /** Starts it now, once, also while it is paused. @throws NotFound */
  trigger(ref: ScheduleRef): Promise<void>;
  /** Starts what the schedule would have started between two times, one after the other. @throws InvalidInput, NotFound */
  backfill(input: BackfillInput): Promise<void>;
}

export interface Schedule {
  scheduleId: string;
  note: string;
  /** Absent: no orchestrator has made it yet. */
  state: "active" | "paused" | "absent";
  /** What an operator wrote at the pause. */
  reason: string | null;
  nextAt: Date | null;
  lastAt: Date | null;
  /** Workflow of the last start. */
  lastWorkflowId: string | null;
  running: number;
}

const scheduleIdSchema = z.string().trim().min(1, "is empty").max(200, "is longer than 200 characters");
export const refSchema = z.strictObject({ scheduleId: scheduleIdSchema });
export type ScheduleRef = z.input<typeof refSchema>;

export const pauseSchema = z.strictObject({
  scheduleId: scheduleIdSchema,
  reason: z.string().trim().min(1, "is empty").max(500, "is longer than 500 characters").optional(),
});
export type PauseInput = z.input<typeof pauseSchema>;

export const backfillSchema = z
  .strictObject({ scheduleId: scheduleIdSchema, from: z.date(), to: z.date() })
  .refine(({ from, to }) => from < to, { path: ["to"], message: "must be later than from" });
export type BackfillInput = z.input<typeof backfillSchema>;

/** @param connect resolves once Temporal answers. @throws Unavailable */
export function createSchedules(connect: () => Promise<Client>): Schedules {
  async function use<T>(scheduleId: string, work: (handle: ScheduleHandle) => Promise<T>): Promise<T> {
    try {
      return await work((await connect()).schedule.getHandle(scheduleId));
    } catch (error) {
      if (error instanceof ScheduleNotFoundError) throw new NotFound("schedule", scheduleId);
      throw error;
    }
  }

  return {
    list: async () =>
      Promise.all(
        scheduleDefinitions.map(async ({ scheduleId, note }) => {
          const found = await use(scheduleId, describe).catch((error: unknown) => {
            if (!(error instanceof NotFound)) throw error;
            return undefined;
          });
          return { ...(found ?? absent(scheduleId)), note };
        }),
      ),
    get: async (ref) => use(parseInput(refSchema, ref).scheduleId, describe),
    pause: async (input) => {
      const { scheduleId, reason } = parseInput(pauseSchema, input);
      await use(scheduleId, (handle) => handle.pause(reason));
    },
    resume: async (input) => {
      const { scheduleId, reason } = parseInput(pauseSchema, input);
      await use(scheduleId, (handle) => handle.unpause(reason));
    },
    trigger: async (ref) => {
      const { scheduleId } = parseInput(refSchema, ref);
      await use(scheduleId, (handle) => handle.trigger());
    },
    backfill: async (input) => {
      const { scheduleId, from, to } = parseInput(backfillSchema, input);
      await use(scheduleId, (handle) => handle.backfill({ start: from, end: to, overlap: "BUFFER_ALL" }));
    },
  };
}

async function describe(handle: ScheduleHandle): Promise<Schedule> {
  const { scheduleId, state, info } = await handle.describe();
  const last = info.recentActions.at(-1);
  const defined = scheduleDefinitions.find((definition) => definition.scheduleId === scheduleId);
  return {
    scheduleId,
    note: defined?.note ?? state.note ?? "",
    state: state.paused ? "paused" : "active",
    reason: state.paused ? (state.note ?? null) : null,
    nextAt: state.paused ? null : (info.nextActionTimes[0] ?? null),
    lastAt: last?.takenAt ?? null,
    lastWorkflowId: last?.action.workflow.workflowId ?? null,
    running: info.runningActions.length,
  };
}

function absent(scheduleId: string): Omit<Schedule, "note"> {
  return {
    scheduleId,
    state: "absent",
    reason: null,
    nextAt: null,
    lastAt: null,
    lastWorkflowId: null,
    running: 0,
  };
}
