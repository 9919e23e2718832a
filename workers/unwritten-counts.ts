export interface UnwrittenCountsOptions {
  /** What one count is of, such as an hour. */
  periodMs: number;
  /** What could not be written for so many periods, because Postgres was away, is left out. */
  keptPeriods: number;
  now: () => number;
}

interface Counted<Count> {
  beganMs: number;
  count: Count;
  /** It has grown since it was last written. */
  isNews: boolean;
}

/** What this process counted in a period; kept until it is written, and for as long as the period lasts. */
export class UnwrittenCounts<Count> {
  private readonly counts = new Map<string, Counted<Count>>();
  private readonly options: UnwrittenCountsOptions;

  constructor(options: UnwrittenCountsOptions) {
    this.options = options;
  }

  /** The count of that name in the period that it is now, for the caller to add to. */
  grow(name: string, create: (period: Date) => Count): Count {
    const { now, periodMs } = this.options;
    const beganMs = Math.floor(now() / periodMs) * periodMs;
    const key = `${beganMs} ${name}`;
    const counted = this.counts.get(key) ?? { beganMs, count: create(new Date(beganMs)), isNews: true };
    counted.isNews = true;
    this.counts.set(key, counted);
    return counted.count;
  }

  /** What has grown since it was last written, as it stands; still news when it could not be. */
  async write(record: (counts: Count[]) => Promise<void>): Promise<void> {
    const news = [...this.counts.values()].filter(({ isNews }) => isNews);
    for (const counted of news) counted.isNews = false;
    try {
      await record(news.map(({ count }) => count));
    } catch (error) {
      for (const counted of news) counted.isNews = true;
      throw error;
    } finally {
      this.forget();
    }
  }

  private forget(): void {
    const { now, periodMs, keptPeriods } = this.options;
    const nowMs = now();
    for (const [key, { beganMs, isNews }] of this.counts) {
      const ageMs = nowMs - beganMs;
      if ((ageMs >= periodMs && !isNews) || ageMs > keptPeriods * periodMs) this.counts.delete(key);
    }
  }
}
