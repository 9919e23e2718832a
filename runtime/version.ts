import { existsSync, readFileSync } from "node:fs";

/** Of Floe, from the package.json above this file, built or not. */
export const version = readVersion();

function readVersion(): string {
  const files = ["../package.json", "../../package.json"].map((path) => new URL(path, import.meta.url));
  const file = files.find((path) => existsSync(path));
  return file ? (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version : "unknown";
}
