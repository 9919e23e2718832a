import { Router } from "express";
import { afterEach, expect, it, vi } from "vitest";
import { documentedRoutes } from "../../api/documented/index.js";
import { createOpenApi } from "../../api/openapi/document.js";
import { operations } from "../../api/operations/index.js";
import { runApi } from "./fixture.js";

afterEach(() => vi.restoreAllMocks());

const methods = ["get", "post", "put", "patch", "delete"] as const;
/** Of these, `use` only adds headers or asks who comes: what answers below them is mounted, and documented, by itself. */
const passing = [
  "/api/session",
  "/api/sessions",
  "/codec",
  "/invitation",
  "/sign-in",
  "/sign-out",
  "/u/{token}",
];
const files = { "/dashboard/assets": "/dashboard/assets/{file}" };

const named = (path: string): string => path.replaceAll(/[:*](\w+)/g, "{$1}");

/** What is mounted while an API starts with everything switched on. */
async function mounted(): Promise<{ routes: Set<string>; used: Set<string> }> {
  const routes = new Set<string>();
  const used = new Set<string>();
  const paths = ([path]: readonly unknown[]): string[] =>
    [path]
      .flat()
      .filter((one) => typeof one === "string")
      .map(named);
  // As `router.get(path)` finds them, whoever makes the router.
  const router = Router.prototype as unknown as Record<string, (...args: unknown[]) => unknown>;
  for (const method of [...methods, "use"]) {
    const real = router[method];
    vi.spyOn(router, method).mockImplementation(function (this: unknown, ...args) {
      for (const path of paths(args))
        (method === "use" ? used : routes).add(method === "use" ? path : `${method} ${path}`);
      return real?.apply(this, args);
    });
  }
  const oidc = { issuer: "http://127.0.0.1:1", clientId: "floe" };
  const { api } = await runApi("postgres://127.0.0.1:1/nobody", {
    oidc,
    codecOrigin: "http://localhost:8233",
  });
  await api.close();
  return { routes, used };
}

it("Every route that an API mounts is in the OpenAPI document, and nothing else is", async () => {
  const { routes, used } = await mounted();
  const { paths } = createOpenApi({ operations, routes: documentedRoutes }, "http://localhost") as {
    paths: Record<string, Record<string, unknown>>;
  };
  const documented = Object.entries(paths).flatMap(([path, at]) =>
    Object.keys(at).map((method) => `${method} ${path}`),
  );
  expect([...used].filter((path) => !passing.includes(path) && path !== "/")).toEqual(Object.keys(files));
  const answered = [...routes, ...Object.values(files).map((path) => `get ${path}`)];
  expect(documented.sort()).toEqual(answered.sort());
});

it("names of what is documented are given once, and their paths have every field that they name", () => {
  const ids = [...operations, ...documentedRoutes].map(({ id }) => id);
  expect(ids.filter((id, at) => ids.indexOf(id) !== at)).toEqual([]);
  const document = createOpenApi({ operations, routes: documentedRoutes }, "https://floe.example");
  for (const [path, at] of Object.entries(
    document.paths as Record<string, Record<string, { parameters: { in: string; name: string }[] }>>,
  ))
    for (const { parameters } of Object.values(at)) {
      const inPath = parameters.filter((one) => one.in === "path").map(({ name }) => name);
      expect([path, ...new Set(inPath)].sort()).toEqual(
        [path, ...[...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)].sort(),
      );
    }
});
