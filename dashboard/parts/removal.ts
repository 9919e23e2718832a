import { useQueryClient, type QueryKey } from "@tanstack/react-query";
import { useNavigate } from "react-router";
import { confirm, type Confirmation } from "./confirm.js";
import { tellDone } from "./telling.js";

export interface Removal extends Omit<Confirmation, "action" | "color"> {
  /** The verb on the button, where it is not `Delete`. */
  action?: string;
  /** `The list is deleted.` */
  said: string;
  /** What was read of it, and is not there any more. */
  forget: QueryKey[];
  /** Of the list that was looked at: its filters. */
  search?: string;
}

/**
 * Asks, removes, and goes back to the list.
 * @param page whose list it is on: `campaigns` is the page `/campaigns`, read by queries that begin with it
 */
export function useRemoval(page: string): (removal: Removal) => void {
  const queries = useQueryClient();
  const navigate = useNavigate();
  return ({ action = "Delete", said, forget, search = "", run, ...asked }) =>
    confirm({
      ...asked,
      action,
      run: async () => {
        await run();
        tellDone(said);
        void navigate({ pathname: `/${page}`, search });
        for (const queryKey of forget) queries.removeQueries({ queryKey });
        await queries.invalidateQueries({ queryKey: [page, "list"] });
      },
    });
}
