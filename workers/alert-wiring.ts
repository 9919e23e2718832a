import type pg from "pg";
import type { Logger } from "pino";
import { createAlertActivities, type AlertActivities } from "../activities/alerts.js";
import { lookAtAlerts } from "../db/alert-looking.js";
import { recordAlerts } from "../db/alert-recording.js";
import { listOpenWatched, loadLookedAgoMs, loadPartRule } from "../db/alert-standing.js";
import type { Config } from "../runtime/config.js";
import { createAlertChannel } from "../webhooks/alert-channel.js";
import { answers } from "./part-answers.js";
import type { Pings } from "./part-sampler.js";
import { watchTemporal } from "./temporal-watch.js";

export interface AlertWiringInput {
  pool: pg.Pool;
  config: Pick<Config, "alerting">;
  pings: Pick<Pings, "postgres" | "redis">;
  log: Logger;
}

export interface AlertWiring {
  activities: AlertActivities;
  /** What watches beside the workflow. */
  watch(pingTemporal: () => Promise<unknown>): { stop: () => Promise<void> };
  close(): Promise<void>;
}

export function wireAlerts({ pool, config, pings, log }: AlertWiringInput): AlertWiring {
  const channel = createAlertChannel(config.alerting ?? {}, log);
  return {
    activities: createAlertActivities({
      async look(input) {
        const [postgres, redis] = await Promise.all([answers(pings.postgres), answers(pings.redis)]);
        return lookAtAlerts(pool, input, { postgres, redis });
      },
      record: async (changes) => void (await recordAlerts(pool, changes)),
      tellUrgently: (change) => channel.tell(change),
    }),
    watch: (pingTemporal) =>
      watchTemporal({
        ...{ pingTemporal, log },
        loadRule: () => loadPartRule(pool),
        lookedAgoMs: () => loadLookedAgoMs(pool),
        loadOpen: () => listOpenWatched(pool),
        record: (changes) => recordAlerts(pool, changes),
        tell: (change) => channel.tell(change),
      }),
    close: () => channel.close(),
  };
}
