import { randomBytes } from "node:crypto";
import { request, type RunningApi } from "../api/fixture.js";

export interface Answer {
  status: number;
  /** JSON, or null. */
  body: Record<string, unknown>;
  text: string;
  headers: Headers;
}

export interface Asking {
  method?: string;
  body?: unknown;
  form?: Record<string, string>;
  headers?: Record<string, string>;
}

/** What a browser keeps between requests, and says of itself. */
export interface Browser {
  readonly cookies: Map<string, string>;
  /** Every `Set-Cookie` it was given. */
  readonly given: string[];
  /** As a script of our own page asks; a form when given one. */
  ask(path: string, asking?: Asking): Promise<Answer>;
}

/** Each has an address of its own unless told: attempts from one address are counted together, in the Redis of all tests. */
export function createBrowser({ url }: Pick<RunningApi, "url">, address = randomAddress()): Browser {
  const cookies = new Map<string, string>();
  const given: string[] = [];
  return {
    cookies,
    given,
    async ask(path, { method, body, form, headers = {} } = {}) {
      const response = await request(path.startsWith("http") ? path : `${url}${path}`, {
        method: method ?? (body !== undefined || form ? "POST" : "GET"),
        headers: {
          ...{ cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join("; ") },
          "x-forwarded-for": address,
          ...(form ? { accept: "text/html", "sec-fetch-site": "same-origin" } : { "floe-csrf": "1" }),
          ...(body !== undefined && { "content-type": "application/json" }),
          ...headers,
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        ...(form && { body: new URLSearchParams(form) }),
      });
      for (const line of response.headers.getSetCookie()) {
        given.push(line);
        const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
        if (value === "") cookies.delete(name);
        else cookies.set(name, value);
      }
      const text = await response.text();
      const json = /json/.test(response.headers.get("content-type") ?? "") && text !== "";
      const parsed = (json ? JSON.parse(text) : {}) as Record<string, unknown>;
      return { status: response.status, body: parsed, text, headers: response.headers };
    },
  };
}

function randomAddress(): string {
  return `10.${[...randomBytes(3)].join(".")}`;
}
