import { randomUUID } from "node:crypto";
import type { DeliveryHour, SenderHour } from "../db/delivery-hours.js";
import type { DeliveryFact } from "../domain/delivery-facts.js";
import { UnwrittenCounts } from "./unwritten-counts.js";

/** What servers answered this process, by the hour and the way the messages went; kept until it is written. */
export class DeliveryCounter {
  private readonly teller = randomUUID();
  private readonly hours: UnwrittenCounts<DeliveryHour>;
  private readonly senders: UnwrittenCounts<SenderHour>;

  constructor(now: () => number = Date.now) {
    const options = { periodMs: 3_600_000, keptPeriods: 6, now };
    this.hours = new UnwrittenCounts(options);
    this.senders = new UnwrittenCounts(options);
  }

  add({ answer, fromEmail, ...path }: DeliveryFact): void {
    const name = `${path.tenantId} ${path.nodeId} ${path.fromDomain} ${path.mailboxProvider}`;
    const none = { accepted: 0, deferred: 0, bounced: 0, rejected: 0 };
    const row = this.hours.grow(name, (hour) => ({ hour, teller: this.teller, ...path, ...none }));
    row[answer] += 1;
    const { tenantId } = path;
    const sender = this.senders.grow(`${tenantId} ${fromEmail}`, (hour) => {
      return { hour, teller: this.teller, tenantId, address: fromEmail, ...none };
    });
    sender[answer] += 1;
  }

  /** What has grown since it was last written, as it stands. */
  write(record: (rows: DeliveryHour[], senders: SenderHour[]) => Promise<void>): Promise<void> {
    return this.hours.write((rows) =>
      this.senders.write(async (senders) => {
        if (rows.length > 0) await record(rows, senders);
      }),
    );
  }
}
