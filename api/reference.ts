import { createRequire } from "node:module";
import { dirname } from "node:path";
import { Router } from "express";
import { createOpenApi, type Documented } from "./openapi/document.js";

const files = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));
const served = /^(swagger-ui\.css|swagger-ui-bundle\.js|favicon-32x32\.png)$/;

const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Floe: API reference</title>
    <link rel="stylesheet" href="reference/swagger-ui.css">
    <link rel="icon" href="reference/favicon-32x32.png">
  </head>
  <body>
    <main id="reference"><noscript>The reference needs JavaScript; the document itself is <a href="openapi.json">openapi.json</a>.</noscript></main>
    <script src="reference/swagger-ui-bundle.js"></script>
    <script src="reference/start.js"></script>
  </body>
</html>
`;
const start = `SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#reference",
  deepLinking: true,
  docExpansion: "none",
  defaultModelsExpandDepth: -1,
  validatorUrl: null,
});
`;
/** Swagger UI styles elements itself and has its pictures inside its style sheet. */
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'";

/** `GET /api/openapi.json`, and `/api/reference` to read it and try it out. Both say nothing about any tenant. */
export function createReferenceRoutes(documented: Documented, publicUrl: string): Router {
  // Made when somebody asks: half a megabyte, and a tenth of a second that no start need take.
  let document: string | undefined;
  const router = Router();
  router.get("/api/openapi.json", (_request, response) => {
    response
      .type("application/json")
      .send((document ??= JSON.stringify(createOpenApi(documented, publicUrl))));
  });
  router.get("/api/reference", (_request, response) => {
    response.set("Content-Security-Policy", policy).type("html").send(page);
  });
  router.get("/api/reference/start.js", (_request, response) => {
    response.type("text/javascript").send(start);
  });
  router.get("/api/reference/:file", (request, response, next) => {
    const { file } = request.params;
    if (!served.test(file)) return next();
    response.sendFile(file, { root: files, immutable: true, maxAge: "1d" });
  });
  return router;
}
