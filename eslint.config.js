import js from "@eslint/js";
import accessibility from "eslint-plugin-jsx-a11y";
import hooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

/** A room may not import these rooms; the reason is what the reader of a failed lint sees. */
function law(files, rooms, reason) {
  const group = [...rooms.map((room) => `**/${room}/**`), "!node_modules/**"];
  return {
    files,
    rules: { "no-restricted-imports": ["error", { patterns: [{ group, message: reason }] }] },
  };
}

const adapters = ["db", "dns", "mail", "notify", "storage", "throttle", "webhooks"];
const processes = ["workers", "api", "cli", "runtime"];

export default tseslint.config(
  { ignores: ["dist", "node_modules", ".floe", "dashboard/data/api-types.ts"] },
  js.configs.recommended,
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: { parserOptions: { project: "./tsconfig.json", tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
      "@typescript-eslint/require-await": "off",
      "@typescript-eslint/restrict-template-expressions": [
        "error",
        { allowNumber: true, allowBoolean: true },
      ],
      eqeqeq: "error",
      "no-restricted-properties": [
        "error",
        { object: "process", property: "env", message: "Only runtime/config reads the environment." },
      ],
    },
  },
  {
    files: ["runtime/config.ts", "runtime/install/**", "test/setup/**", "bench/**", "runtime/embedded/**"],
    rules: { "no-restricted-properties": "off" },
  },
  {
    files: ["dashboard/**"],
    ...accessibility.flatConfigs.recommended,
  },
  {
    files: ["dashboard/**"],
    plugins: { "react-hooks": hooks },
    languageOptions: { parserOptions: { project: "./dashboard/tsconfig.json" } },
    rules: {
      "react-hooks/rules-of-hooks": "error",
      "react-hooks/exhaustive-deps": "error",
      // A region that scrolls is reached by Tab, so that the keyboard scrolls it.
      "jsx-a11y/no-noninteractive-tabindex": ["error", { roles: ["region"], tags: [] }],
      // React takes a promise where it takes a handler, and Mantine's forms do, too.
      "@typescript-eslint/no-misused-promises": ["error", { checksVoidReturn: { attributes: false } }],
    },
  },
  { files: ["**/*.js", "**/*.mjs", "**/*.cjs"], ...tseslint.configs.disableTypeChecked },
  {
    files: ["**/*.cjs"],
    languageOptions: { sourceType: "commonjs", globals: { require: "readonly", exports: "writable" } },
    rules: { "@typescript-eslint/no-require-imports": "off" },
  },
  {
    files: ["**/*.js", "**/*.mjs"],
    languageOptions: { globals: { process: "readonly", console: "readonly", URL: "readonly" } },
  },
  { files: ["dashboard/public/**"], languageOptions: { globals: { self: "readonly" } } },
  law(
    ["domain/**"],
    [...adapters, ...processes, "workflows", "activities", "client", "schedules"],
    "domain imports nothing.",
  ),
  {
    files: ["dashboard/**"],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            {
              regex:
                "^(\\.\\./)+((db|dns|mail|storage|throttle|webhooks|workers|api|cli|runtime|workflows|activities|schedules)/|client/(?!live-updates))",
              message:
                "The dashboard asks the API; it shares rules of domain and the client of live updates.",
            },
          ],
        },
      ],
    },
  },
  {
    files: ["workflows/**"],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            {
              group: [
                "node:*",
                ...[...adapters, ...processes, "client", "schedules"].map((r) => `**/${r}/**`),
              ],
              message: "Workflows decide; they import domain and the types of activities.",
            },
          ],
          paths: ["zod", "pg", "ioredis"],
        },
      ],
    },
  },
  law(
    ["activities/**"],
    [...adapters, ...processes, "workflows", "client", "schedules"],
    "Activities reach the world through the ports that they declare.",
  ),
  ...adapters.map((room) =>
    law(
      [`${room}/**`],
      [...adapters.filter((other) => other !== room), ...processes, ...["workflows", "client", "schedules"]],
      "Adapters import domain and port types.",
    ),
  ),
);
