import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Where `vite build` leaves the dashboard: `dist/dashboard`, seen from the sources and from what is compiled. */
export function dashboardFolder(): string {
  const here = fileURLToPath(new URL("../../", import.meta.url));
  return existsSync(`${here}vite.config.ts`) ? `${here}dist/dashboard` : `${here}dashboard`;
}
