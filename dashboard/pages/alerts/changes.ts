import { useQueryClient } from "@tanstack/react-query";
import { answerOf } from "../../data/client.js";
import { tellDone, tellProblem } from "../../parts/telling.js";
import type { Alert } from "./queries.js";
import { openSilence } from "./silencing.js";
import type { Whose } from "./whose.js";

export interface AlertChanges {
  acknowledge: (alert: Alert) => void;
  silence: (alert: Alert) => void;
  unsilence: (alert: Alert) => void;
}

export function useAlertChanges({ api }: Whose): AlertChanges {
  const queries = useQueryClient();
  const done = async (message: string): Promise<void> => {
    tellDone(message);
    await queries.invalidateQueries({ queryKey: ["alerts"] });
  };
  const at = ({ alert_id: id }: Alert) => ({ params: { path: { alert_id: id } } });
  return {
    acknowledge: (alert) =>
      void answerOf(api.POST("/api/alerts/{alert_id}/acknowledge", at(alert))).then(
        () => done("You see to it."),
        (error: unknown) => tellProblem(error, "It was not acknowledged"),
      ),
    silence: (alert) =>
      openSilence({
        title: `Silence ${alert.name}: ${alert.subject}`,
        silence: async (body) => {
          await answerOf(api.POST("/api/alerts/{alert_id}/silence", { ...at(alert), body }));
          await done("It is silenced.");
        },
      }),
    unsilence: (alert) =>
      void answerOf(api.POST("/api/alerts/{alert_id}/unsilence", at(alert))).then(
        () => done("It is told again."),
        (error: unknown) => tellProblem(error, "The silence was not ended"),
      ),
  };
}
