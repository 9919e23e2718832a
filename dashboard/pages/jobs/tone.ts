import type { Tone } from "../../parts/status-badge.js";

/** `active` is work under way here; of an endpoint or a node it is how it should be. */
export function toneOf(status: string): { tone?: Tone } {
  return status === "active" ? { tone: "running" } : {};
}
