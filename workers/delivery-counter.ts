import { randomUUID } from "node:crypto";
import type { DeliveryHour } from "../db/delivery-hours.js";
import type { DeliveryFact } from "../domain/delivery-facts.js";
import { UnwrittenCounts } from "./unwritten-counts.js";

/** What servers answered this process, by the hour and the way the messages went; kept until it is written. */
export class DeliveryCounter {
  private readonly teller = randomUUID();
  private readonly hours: UnwrittenCounts<DeliveryHour>;

  constructor(now: () => number = Date.now) {
    this.hours = new UnwrittenCounts({ periodMs: 3_600_000, keptPeriods: 6, now });
  }

  add({ answer, ...path }: DeliveryFact): void {
    const name = `${path.tenantId} ${path.nodeId} ${path.fromDomain} ${path.mailboxProvider}`;
    const none = { accepted: 0, deferred: 0, bounced: 0, rejected: 0 };
    const row = this.hours.grow(name, (hour) => ({ hour, teller: this.teller, ...path, ...none }));
    row[answer] += 1;
  }

  /** What has grown since it was last written, as it stands. */
  write(record: (rows: DeliveryHour[]) => Promise<void>): Promise<void> {
    return this.hours.write(async (rows) => {
      if (rows.length > 0) await record(rows);
    });
  }
}
