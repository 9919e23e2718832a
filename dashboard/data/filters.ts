import { useSearchParams } from "react-router";

export interface Filters<Names extends string> {
  /** Empty: not filtered by it. */
  values: Record<Names, string>;
  /** Whether any is set. */
  any: boolean;
  /** Begins again with the first page. */
  set: (changes: Partial<Record<Names, string>>) => void;
  clear: () => void;
}

/** What a list is narrowed to, kept in the address: it can be sent to somebody, and Back undoes it. */
export function useFilters<Names extends string>(...names: readonly Names[]): Filters<Names> {
  const [params, setParams] = useSearchParams();
  const values = Object.fromEntries(names.map((name) => [name, params.get(name) ?? ""])) as Record<
    Names,
    string
  >;
  const set = (changes: Partial<Record<Names, string>>): void =>
    setParams((before) => {
      const next = new URLSearchParams(before);
      next.delete("cursor");
      for (const [name, value] of Object.entries(changes) as [Names, string | undefined][]) {
        if (value === undefined || value === "") next.delete(name);
        else next.set(name, value);
      }
      return next;
    });
  return {
    values,
    any: names.some((name) => values[name] !== ""),
    set,
    clear: () => set(Object.fromEntries(names.map((name) => [name, ""])) as Partial<Record<Names, string>>),
  };
}

/** What is set, for a query of the API: `{ list: "all" }`. */
export function given<Names extends string>(values: Record<Names, string>): Partial<Record<Names, string>> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== "")) as Partial<
    Record<Names, string>
  >;
}
