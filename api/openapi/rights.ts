import { verbOf, type Level, type Resource } from "../../domain/access.js";

const needs: Record<Level, string> = {
  read: "Needs the role viewer",
  self: "Of whoever is signed in; for others, needs the role operator",
  write: "Needs the role operator",
  own: "Needs the role owner",
  platform: "Needs the role admin, of the platform",
};

/** Who may, as a sentence of the document. */
export function needsOf({
  level,
  resource,
  method,
}: {
  level: Level;
  resource: Resource;
  method: string;
}): string {
  const verb = verbOf({ level, looks: method === "get" });
  return `${needs[level]}; of a narrowed key, the scope \`${resource}:${verb}\`.`;
}
