import { useLocation } from "react-router";

/** Where one is; whatever leads to a row of a list and back takes `search` and `state` along: its filters and its page. */
export function useAddress(): { pathname: string; search: string; state: unknown } {
  return useLocation();
}
