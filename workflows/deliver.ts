import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  setHandler,
  sleep,
  workflowInfo,
} from "@temporalio/workflow";
import { asError } from "../domain/errors.js";
import { nextWindow, windowLimits } from "../domain/batching.js";
import type { Lane } from "../domain/lanes.js";
import type { SendBatchResult } from "../activities/send-batch.js";
import { cancelSignal, pauseSignal, resumeSignal } from "./campaign-messages.js";
import { sendBatchOn } from "./send-batch-on.js";

export interface DeliverInput {
  sendId: string;
  tenantId: string;
  lane: Lane;
  batchNos: number[];
  paused: boolean;
  heartbeatMs: number;
}

/**
 * One partition of a send: a sliding window of `sendBatch` activities on the lane's queue. Ends when each of its batches
 * is done, or, once cancelled, when nothing of it is on the wire any more.
 */
export async function deliver(input: DeliverInput): Promise<void> {
  let paused = input.paused;
  let cancelled = false;
  let failure: Error | undefined;
  let window = windowLimits.first;
  const waiting = [...input.batchNos];
  const open = new Set<number>();
  const batches = new CancellationScope({ cancellable: true });

  setHandler(pauseSignal, () => void (paused = true));
  setHandler(resumeSignal, () => void (paused = false));
  setHandler(cancelSignal, () => {
    cancelled = true;
    batches.cancel();
  });

  const { sendBatch } = sendBatchOn(input.lane, input.tenantId, input.heartbeatMs);

  const work = async (batchNo: number): Promise<void> => {
    for (;;) {
      const result: SendBatchResult = await sendBatch.executeWithOptions({ summary: `batch ${batchNo}` }, [
        { sendId: input.sendId, batchNo },
      ]);
      if (result.kind === "done") {
        window = nextWindow(window, result.queuedMs);
        return;
      }
      // The pause, resume or cancel that the batch saw in the ledger reaches this workflow as a signal.
      await sleep(1_000, { summary: `batch ${batchNo}: ${result.why}` });
      await condition(() => !paused);
    }
  };
  const start = (batchNo: number): void => {
    open.add(batchNo);
    batches
      .run(() => work(batchNo))
      .catch((error: unknown) => {
        if (!isCancellation(error)) failure ??= asError(error);
      })
      .finally(() => open.delete(batchNo));
  };

  while (!cancelled && failure === undefined && (waiting.length > 0 || open.size > 0)) {
    const roomy = (): boolean => !paused && waiting.length > 0 && open.size < window;
    await condition(
      () => roomy() || cancelled || failure !== undefined || (waiting.length === 0 && open.size === 0),
    );
    while (roomy() && !cancelled && failure === undefined) start(waiting.shift() as number);
    if (workflowInfo().continueAsNewSuggested && waiting.length > 0) {
      await condition(() => (open.size === 0 && allHandlersFinished()) || cancelled);
      if (!cancelled) await continueAsNew<typeof deliver>({ ...input, batchNos: waiting, paused });
    }
  }
  await CancellationScope.nonCancellable(() => condition(() => open.size === 0));
  if (failure !== undefined) throw failure;
}
