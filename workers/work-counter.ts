import { classOfDuration, noDurations } from "../domain/durations.js";
import type { JobMinute, ThroughputMinute } from "../db/worker-beats.js";
import { UnwrittenCounts } from "./unwritten-counts.js";

interface Minute {
  minute: Date;
  jobs: Map<string, JobMinute>;
  throughput: Map<string, ThroughputMinute>;
}

/** What this process did, by minute; kept until it is written, and for as long as the minute lasts. */
export class WorkCounter {
  private readonly minutes: UnwrittenCounts<Minute>;
  private readonly underWay = new Map<string, number>();

  constructor(now: () => number = Date.now) {
    this.minutes = new UnwrittenCounts({ periodMs: 60_000, keptPeriods: 60, now });
  }

  began(queue: string): void {
    this.underWay.set(queue, this.active(queue) + 1);
  }

  ended(queue: string, { failed, ms }: { failed: boolean; ms: number }): void {
    this.underWay.set(queue, this.active(queue) - 1);
    const { minute, jobs } = this.current();
    const job = jobs.get(queue) ?? {
      ...{ minute, queue, completed: 0, failed: 0, busyMs: 0, durations: noDurations() },
    };
    job[failed ? "failed" : "completed"] += 1;
    job.busyMs += ms;
    job.durations[classOfDuration(ms)]! += 1;
    jobs.set(queue, job);
  }

  /** Work that gave its slot back, to wait for a limit: it is not over. */
  gaveBack(queue: string): void {
    this.underWay.set(queue, this.active(queue) - 1);
  }

  left(what: Omit<ThroughputMinute, "minute" | "count">, count = 1): void {
    const { minute, throughput } = this.current();
    const key = [what.tenantId, what.what, what.lane, what.outcome].join(" ");
    const row = throughput.get(key) ?? { ...what, minute, count: 0 };
    row.count += count;
    throughput.set(key, row);
  }

  active(queue: string): number {
    return this.underWay.get(queue) ?? 0;
  }

  /** What has grown since it was last written. */
  write(
    record: (news: { jobs: JobMinute[]; throughput: ThroughputMinute[] }) => Promise<void>,
  ): Promise<void> {
    return this.minutes.write((news) =>
      record({
        jobs: news.flatMap(({ jobs }) => [...jobs.values()]),
        throughput: news.flatMap(({ throughput }) => [...throughput.values()]),
      }),
    );
  }

  private current(): Minute {
    return this.minutes.grow("work", (minute) => ({ minute, jobs: new Map(), throughput: new Map() }));
  }
}
