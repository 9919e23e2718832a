import { randomUUID } from "node:crypto";
import type { DeliveryHour } from "../db/delivery-hours.js";
import type { DeliveryFact } from "../domain/delivery-facts.js";

const hourMs = 3_600_000;
/** What could not be written for so long, because Postgres was away, is left out. */
const keptHours = 6;

interface Counted {
  row: DeliveryHour;
  /** It has grown since it was last written. */
  isNews: boolean;
}

/** What servers answered this process, by the hour and the way the messages went; kept until it is written. */
export class DeliveryCounter {
  private readonly teller = randomUUID();
  private readonly rows = new Map<string, Counted>();
  private readonly now: () => number;

  constructor(now: () => number = Date.now) {
    this.now = now;
  }

  add({ answer, ...path }: DeliveryFact): void {
    const hour = Math.floor(this.now() / hourMs) * hourMs;
    const key = `${hour} ${path.tenantId} ${path.nodeId} ${path.fromDomain} ${path.mailboxProvider}`;
    let counted = this.rows.get(key);
    if (!counted) {
      const none = { accepted: 0, deferred: 0, bounced: 0, rejected: 0 };
      counted = { row: { hour: new Date(hour), teller: this.teller, ...path, ...none }, isNews: true };
      this.rows.set(key, counted);
    }
    counted.row[answer] += 1;
    counted.isNews = true;
  }

  /** What has grown since it was last written, as it stands. */
  async write(record: (rows: DeliveryHour[]) => Promise<void>): Promise<void> {
    const news = [...this.rows.values()].filter(({ isNews }) => isNews);
    for (const counted of news) counted.isNews = false;
    try {
      if (news.length > 0) await record(news.map(({ row }) => row));
    } catch (error) {
      for (const counted of news) counted.isNews = true;
      throw error;
    } finally {
      this.forget();
    }
  }

  private forget(): void {
    const now = this.now();
    for (const [key, { row, isNews }] of this.rows) {
      const ageMs = now - row.hour.getTime();
      if ((ageMs >= hourMs && !isNews) || ageMs > keptHours * hourMs) this.rows.delete(key);
    }
  }
}
