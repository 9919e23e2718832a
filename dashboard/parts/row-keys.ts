import { useHotkeys } from "@mantine/hooks";
import { useRef, type RefObject } from "react";

/** J and K go from row to row of a table, X selects the one that is focused; Enter opens it, as it does any link. */
export function useRowKeys(): RefObject<HTMLTableElement | null> {
  const table = useRef<HTMLTableElement>(null);
  const step = (by: 1 | -1): void => {
    const links = [...(table.current?.querySelectorAll<HTMLElement>("[data-row]") ?? [])];
    const at = links.findIndex((link) => link === document.activeElement);
    links[at === -1 ? 0 : Math.max(0, Math.min(links.length - 1, at + by))]?.focus();
  };
  const select = (): void => {
    if (!table.current?.contains(document.activeElement)) return;
    document.activeElement?.closest("tr")?.querySelector<HTMLElement>("input[type=checkbox]")?.click();
  };
  useHotkeys([
    ["J", () => step(1)],
    ["K", () => step(-1)],
    ["X", select],
  ]);
  return table;
}
