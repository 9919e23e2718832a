import { useQueryClient } from "@tanstack/react-query";
import { answerOf } from "../../data/client.js";
import { useApi } from "../../data/who.js";
import { confirm } from "../../parts/confirm.js";
import { count } from "../../parts/numbers.js";
import { tellDone } from "../../parts/telling.js";

/** Asks, and closes letters without another attempt. */
export function useDismissal(): (ids: readonly string[], done: () => void) => void {
  const api = useApi();
  const queries = useQueryClient();
  return (ids, done) =>
    confirm({
      title: ids.length === 1 ? "Dismiss this letter?" : `Dismiss ${count(ids.length)} letters?`,
      children:
        "They are closed without another attempt. What they were about stays as it is, and can be looked up.",
      action: "Dismiss",
      run: async () => {
        const body = { dead_letter_ids: [...ids] };
        const { dismissed } = await answerOf(api.POST("/api/dead-letters/dismiss", { body }));
        tellDone(`${count(dismissed)} dismissed.`);
        done();
        await queries.invalidateQueries({ queryKey: ["dead-letters"] });
      },
    });
}
