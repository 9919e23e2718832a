import { setTimeout as sleep } from "node:timers/promises";

/** A part that takes longer is no help to anybody. */
const patienceMs = 5_000;

/** Whether a part answers in time. Never rejects. */
export async function answers(ping: () => Promise<unknown>): Promise<boolean> {
  const end = new AbortController();
  const late = sleep(patienceMs, false, { ref: false, signal: end.signal });
  const asked = Promise.resolve()
    .then(ping)
    .then(
      () => true,
      () => false,
    );
  return Promise.race([asked, late]).finally(() => {
    late.catch(() => undefined);
    end.abort();
  });
}
