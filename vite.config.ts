import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { directIcons } from "./runtime/dashboard/direct-icons.js";
import { precompress } from "./runtime/dashboard/precompress.js";

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The dashboard: `dashboard/` into `dist/dashboard`, from where the API serves it below `/dashboard/`. */
export default defineConfig({
  root: at("dashboard"),
  base: "/dashboard/",
  // The API puts a nonce of the answer's own here.
  html: { cspNonce: "__NONCE__" },
  plugins: [directIcons(), react(), precompress()],
  build: {
    outDir: at("dist/dashboard"),
    emptyOutDir: true,
    // The content security policy has no place for data: scripts and fonts.
    assetsInlineLimit: 0,
    target: "es2022",
    manifest: true,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1_000,
  },
  // `npm run dashboard:dev`: sources as they are saved, beside a running API.
  server: { proxy: { "^/(api|sign-in|sign-out|invitation)": { target: "http://127.0.0.1:8080", ws: true } } },
});
