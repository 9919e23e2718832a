import { useNavigate } from "react-router";
import { useAddress } from "./address.js";

/** A page of a list as the API has it. */
export interface Page<Row> {
  data: Row[];
  /** Begins the next page; null: this is the last. */
  next: string | null;
}

export interface CursorPages {
  /** Of the page that is shown, to be given as `after` or `before`; undefined: the first. */
  cursor: string | undefined;
  /** 1 is the first; null where one came to the middle by an address. */
  number: number | null;
  toNext: (next: string) => void;
  /** The page before; the first, where it is not known. */
  toPrevious: () => void;
  toFirst: () => void;
}

/** Cursors of the pages before this one; null: the first page's. */
type Trail = (string | null)[];

/** Which page of a list is shown, kept in the address. */
export function useCursorPages(): CursorPages {
  const { pathname, search, state } = useAddress();
  const navigate = useNavigate();
  const params = new URLSearchParams(search);
  const cursor = params.get("cursor") ?? undefined;
  const trail = (state as { trail?: Trail } | null)?.trail ?? [];
  const go = (to: string | null, before: Trail): void => {
    if (to === null) params.delete("cursor");
    else params.set("cursor", to);
    void navigate({ pathname, search: params.toString() }, { state: { trail: before } });
  };
  return {
    cursor,
    number: cursor === undefined ? 1 : trail.length > 0 ? trail.length + 1 : null,
    toNext: (next) => go(next, [...trail, cursor ?? null]),
    toPrevious: () => go(trail.at(-1) ?? null, trail.slice(0, -1)),
    toFirst: () => go(null, []),
  };
}
