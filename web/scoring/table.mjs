// Node 20 reads no TypeScript, so Vite loads it as it loads its own configuration.
import { runnerImport } from "vite";

await runnerImport(new URL("./table.ts", import.meta.url).pathname, { configFile: false, logLevel: "warn" });
