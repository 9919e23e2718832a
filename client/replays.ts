import { v7 as uuidv7 } from "uuid";
import type { Replay, ReplayAction, ReplayRows } from "../db/replays.js";
import { defaultReplaysPerSecond } from "../domain/dead-letters.js";
import {
  replayRefSchema,
  replaySchema,
  replaysSchema,
  replaySteeringSchema,
  type ReplayInput,
  type ReplayRefInput,
  type ReplaysQuery,
  type ReplaySteering,
} from "./dead-letter-input.js";
import { parseInput } from "./input.js";
import type { ReplayWorkflow } from "./replay-workflow.js";

export type { Replay } from "../db/replays.js";

/** Dead letters tried again as a durable job. */
export interface Replays {
  /**
   * Replays what is open and matches now; what comes later is not of it. After Unavailable it may stand without running:
   * `resume` it.
   * @throws InvalidInput, NotFound (tenant), Conflict when nothing matches
   */
  replay(input: ReplayInput): Promise<Replay>;
  /** Newest first. */
  replays(query: ReplaysQuery): Promise<Replay[]>;
  /** @throws NotFound */
  replayStatus(ref: ReplayRefInput): Promise<Replay>;
  /** Takes up no further letters. @throws NotFound, Conflict when it has ended */
  pauseReplay(ref: ReplaySteering): Promise<Replay>;
  /** Also one whose workflow was lost. @throws NotFound, Conflict when it has ended */
  resumeReplay(ref: ReplaySteering): Promise<Replay>;
  /** Letters that it has not reached stay open. @throws NotFound, Conflict when it has completed */
  cancelReplay(ref: ReplaySteering): Promise<Replay>;
}

export function createReplays(rows: ReplayRows, workflow: ReplayWorkflow): Replays {
  const steer = (action: ReplayAction) => async (input: ReplaySteering) => {
    const { tenantId, replayId, actor, because = null } = parseInput(replaySteeringSchema, input);
    const replay = await rows.steerReplay({ tenantId, replayId }, action, { actor, reason: because });
    await workflow.wake(replay);
    return replay;
  };
  return {
    async replay(input) {
      const {
        tenantId,
        perSecond = defaultReplaysPerSecond,
        actor,
        because,
        ...filter
      } = parseInput(replaySchema, input);
      const replay = await rows.createReplay({
        ...{ tenantId, filter, perSecond, actor },
        ...{ replayId: uuidv7(), reason: because ?? null },
      });
      await workflow.wake(replay);
      return replay;
    },
    replays: async (query) => {
      const { tenantId, ...page } = parseInput(replaysSchema, query);
      return rows.listReplays(tenantId, page);
    },
    replayStatus: async (ref) => rows.loadReplay(parseInput(replayRefSchema, ref)),
    pauseReplay: steer("pause"),
    resumeReplay: steer("resume"),
    cancelReplay: steer("cancel"),
  };
}
