import { classOfDuration, noDurations } from "../domain/durations.js";
import type { JobMinute, ThroughputMinute } from "../db/worker-beats.js";

const minuteMs = 60_000;
/** What could not be written for so long, because Postgres was away, is left out of the series. */
const keptMinutes = 60;

interface Minute {
  jobs: Map<string, JobMinute>;
  throughput: Map<string, ThroughputMinute>;
  /** It has grown since it was last written. */
  isNews: boolean;
}

/** What this process did, by minute; kept until it is written, and for as long as the minute lasts. */
export class WorkCounter {
  private readonly minutes = new Map<number, Minute>();
  private readonly underWay = new Map<string, number>();
  private readonly now: () => number;

  constructor(now: () => number = Date.now) {
    this.now = now;
  }

  began(queue: string): void {
    this.underWay.set(queue, this.active(queue) + 1);
  }

  ended(queue: string, { failed, ms }: { failed: boolean; ms: number }): void {
    this.underWay.set(queue, this.active(queue) - 1);
    const [atMs, { jobs }] = this.current();
    const job = jobs.get(queue) ?? {
      ...{ minute: new Date(atMs), queue, completed: 0, failed: 0, busyMs: 0, durations: noDurations() },
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
    const [atMs, { throughput }] = this.current();
    const key = [what.tenantId, what.what, what.lane, what.outcome].join(" ");
    const row = throughput.get(key) ?? { ...what, minute: new Date(atMs), count: 0 };
    row.count += count;
    throughput.set(key, row);
  }

  active(queue: string): number {
    return this.underWay.get(queue) ?? 0;
  }

  /** What has grown since it was last written. */
  async write(
    record: (news: { jobs: JobMinute[]; throughput: ThroughputMinute[] }) => Promise<void>,
  ): Promise<void> {
    const news = [...this.minutes.values()].filter(({ isNews }) => isNews);
    for (const minute of news) minute.isNews = false;
    try {
      await record({
        jobs: news.flatMap(({ jobs }) => [...jobs.values()]),
        throughput: news.flatMap(({ throughput }) => [...throughput.values()]),
      });
    } catch (error) {
      for (const minute of news) minute.isNews = true;
      throw error;
    } finally {
      this.forget();
    }
  }

  private current(): [atMs: number, minute: Minute] {
    const atMs = Math.floor(this.now() / minuteMs) * minuteMs;
    const minute = this.minutes.get(atMs) ?? { jobs: new Map(), throughput: new Map(), isNews: true };
    minute.isNews = true;
    this.minutes.set(atMs, minute);
    return [atMs, minute];
  }

  private forget(): void {
    const nowMs = this.now();
    for (const [atMs, { isNews }] of this.minutes) {
      const isOver = atMs + minuteMs <= nowMs;
      if ((isOver && !isNews) || atMs < nowMs - keptMinutes * minuteMs) this.minutes.delete(atMs);
    }
  }
}
