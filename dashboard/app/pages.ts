import type { ComponentType } from "react";
import type { RouteObject } from "react-router";
import type { Right } from "../data/who.js";

/** In the order in which the navigation shows them. */
export const pageGroups = ["Sending", "Audience", "Deliverability", "Work", "Administration"] as const;
export type PageGroup = (typeof pageGroups)[number];

/** What a page says of itself in `pages/<name>/page.ts`; the rest of the dashboard finds it there. */
export interface PageDefinition {
  /** Below `/dashboard/`; empty: the first page. */
  path: string;
  title: string;
  /** What can be seen and done there: for the command palette. */
  description: string;
  group: PageGroup;
  /** Place in its group. */
  order: number;
  icon: ComponentType<{ size?: number | string; stroke?: number | string }>;
  /** Whoever may not is not shown it. */
  needs: Right;
  /** Below `path`; each with `lazy`, so that a page is loaded when it is opened. */
  routes: RouteObject[];
}

const found = import.meta.glob<{ page: PageDefinition }>("../pages/*/page.ts", { eager: true });

export const pages: readonly PageDefinition[] = Object.values(found)
  .map(({ page }) => page)
  .sort((a, b) => pageGroups.indexOf(a.group) - pageGroups.indexOf(b.group) || a.order - b.order);

/** The page that an address belongs to. */
export function pageAt(pathname: string): PageDefinition | undefined {
  const [first = ""] = pathname.replace(/^\/+/, "").split("/");
  return pages.find(({ path }) => path === first);
}
