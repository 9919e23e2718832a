import { useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { useWho } from "../../data/who.js";
import { confirm } from "../../parts/confirm.js";
import { tellDone, tellDoneWithUndo } from "../../parts/telling.js";
import type { Suppression } from "./queries.js";

/** Asks, and lets mail through again. */
export function useLift(): (row: Suppression) => void {
  const { api, platform } = useWho();
  const queries = useQueryClient();
  return useCallback(
    (row) => {
      const asked = row.tenant_id === "*" ? platform : api;
      const entry = {
        ...(row.kind === "domain" ? { domain: row.value } : { address: row.value }),
        ...(row.tenant_id === "*" && { tenant_id: "*" as const }),
      };
      const again = () => queries.invalidateQueries({ queryKey: ["suppressions"] });
      confirm({
        title: `Let mail through to ${row.value}?`,
        children: `It was suppressed: ${row.reason}. Sends from now on go there again; who complained or unsubscribed may complain again.`,
        action: "Lift",
        run: async () => {
          await asked.DELETE("/api/suppressions", { params: { query: entry } });
          await again();
          const done = `Mail to ${row.value} goes through.`;
          // Put back by hand, another reason would be forgotten.
          if (row.reason !== "manual") return tellDone(done);
          tellDoneWithUndo(done, async () => {
            await asked.POST("/api/suppressions", { body: entry });
            await again();
          });
        },
      });
    },
    [api, platform, queries],
  );
}
