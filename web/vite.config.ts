import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { compress } from "./compress.ts";

export default defineConfig({
  base: "/studio/",
  plugins: [react(), compress()],
  // React has had this hook of its own since version 18; the shim for older ones is left out.
  resolve: { alias: { "use-sync-external-store/shim/index.js": "react" } },
  build: {
    target: "es2023",
    // The policy of functions/web.py allows no data: scripts or styles, so every asset is a file.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  // The app serves this folder with the policy of workers (functions/http/web_files.py).
  worker: { format: "es", rolldownOptions: { output: { entryFileNames: "assets/workers/[name]-[hash].js" } } },
  // Tests keep nothing between them, so one process need not be made for each file.
  test: { environment: "node", isolate: false, pool: "threads", include: ["src/**/*.test.{ts,tsx}", "scoring/**/*.test.ts"] },
});
