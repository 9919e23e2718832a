import { createBrowserRouter, type RouteObject } from "react-router";
import { NothingHere, PageFailed } from "../shell/page-failed.js";
import { Shell } from "../shell/shell.js";
import { pages } from "./pages.js";

export function createRouter() {
  const children: RouteObject[] = pages.map(({ path, routes }) => ({
    path,
    ErrorBoundary: PageFailed,
    children: routes,
  }));
  return createBrowserRouter(
    [
      {
        Component: Shell,
        ErrorBoundary: PageFailed,
        children: [...children, { path: "*", Component: NothingHere }],
      },
    ],
    { basename: "/dashboard" },
  );
}
