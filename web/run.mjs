// Node 20 reads no TypeScript, so Vite loads the scripts here as it loads its own configuration: node run.mjs FILE WORDS.
import { pathToFileURL } from "node:url";
import { runnerImport } from "vite";

const [file] = process.argv.splice(2, 1);
await runnerImport(pathToFileURL(file).pathname, { configFile: false, logLevel: "warn" });
