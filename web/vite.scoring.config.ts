import { defineConfig } from "vite";

/** `perennial-scoring` as one module that any page can import: `web/dist/scoring/perennial-scoring.js`. */
export default defineConfig({
  publicDir: false,
  build: {
    target: "es2023",
    outDir: "dist/scoring",
    lib: { entry: "scoring/index.ts", formats: ["es"], fileName: "perennial-scoring" },
  },
});
