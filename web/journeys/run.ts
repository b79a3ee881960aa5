/**
 * Every journey in a real browser against a real app: `make journeys`, or `make journeys JOURNEY=NAME` for one.
 *
 * A journey is a file `NAME.journey.ts` whose default export takes `Tools`. The app is started once and filled by the
 * tutorial. A journey fails if it throws, or if one of its pages writes an error to the console
 * that is not of its `refusals`.
 */

import { existsSync, readdirSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";
import { fillApp, startApp } from "./app.ts";
import { type App, type Journey, openTab, runAxe, takePicture } from "./tools.ts";

const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const EXIT_SKIPPED = 0;

async function runOne(browser: Browser, app: App, folder: string, name: string): Promise<boolean> {
  const { default: journey, refusals = [] } = (await import(`./${name}.journey.ts`)) as { default: Journey; refusals?: readonly string[] };
  const watched = { refusals, problems: [] as string[], contexts: [] as Awaited<ReturnType<Browser["newContext"]>>[] };
  const started = performance.now();
  let failure = "";
  try {
    const page = await openTab(browser, app, watched);
    page.setDefaultTimeout(15_000);
    await journey({
      ...app,
      page,
      folder,
      tab: (options) => openTab(browser, app, watched, options),
      axe: (other = page) => runAxe(other),
      picture: (picture, other = page) => takePicture(other, picture),
    });
  } catch (error) {
    failure = String(error);
  }
  await Promise.all(watched.contexts.map((context) => context.close()));
  const problems = [failure, ...watched.problems].filter(Boolean);
  console.log(`${problems.length === 0 ? "ok  " : "FAIL"} ${name}, ${((performance.now() - started) / 1000).toFixed(1)} s`);
  for (const problem of problems) console.log(`     ${problem.replaceAll("\n", "\n     ")}`);
  return problems.length === 0;
}

async function main(): Promise<void> {
  const executablePath = CHROMIUM.find((path) => existsSync(path));
  if (executablePath === undefined) {
    console.log("Skipped: the journeys need Chromium, and none is installed. On Debian: apt-get install chromium.");
    process.exit(EXIT_SKIPPED);
  }
  const all = readdirSync(import.meta.dirname).filter((name) => name.endsWith(".journey.ts")).map((name) => name.replace(".journey.ts", "")).sort();
  const wanted = process.argv.slice(2);
  const unknown = wanted.filter((name) => !all.includes(name));
  if (unknown.length > 0) throw new Error(`There is no journey '${unknown.join(", ")}'; there are ${all.join(", ")}.`);
  const { app, folder, stop } = await startApp();
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  let passed = true;
  try {
    fillApp(app, folder);
    for (const name of wanted.length > 0 ? wanted : all) passed = (await runOne(browser, app, folder, name)) && passed;
  } finally {
    await browser.close();
    await stop();
  }
  process.exitCode = passed ? 0 : 1;
}

await main();
