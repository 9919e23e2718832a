/** Where whoever signs in wants to go, mostly. */
export const home = "/dashboard";

/** A path of ours, to go to after signing in; undefined for what could lead elsewhere. */
export function ownPath(given: unknown): string | undefined {
  if (typeof given !== "string" || !given.startsWith("/") || given.length > 2_000) return undefined;
  const base = "http://own.invalid";
  if (!URL.canParse(given, base)) return undefined;
  const url = new URL(given, base);
  // `/.//elsewhere` is one of ours until it is written out: then it names another host.
  if (url.origin !== base || url.pathname.startsWith("//")) return undefined;
  return `${url.pathname}${url.search}`;
}
