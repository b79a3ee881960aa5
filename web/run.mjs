// Node 20 reads no TypeScript, so Vite loads the journeys as it loads its own configuration.
import { runnerImport } from "vite";

await runnerImport(new URL("./run.ts", import.meta.url).pathname, { configFile: false, logLevel: "warn" });
