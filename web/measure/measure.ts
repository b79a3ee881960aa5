/**
 * What `make bench SECTION=studio` measures in a browser: bench/studio.py starts the app, fills it, and runs
 * `node run.mjs measure/measure.ts RESULT`, with what is to be measured as JSON on standard input.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";
import { type Asked, freshTab, loadedFiles, type There, visit } from "./browser.ts";
import { measureCanvas } from "./canvas.ts";
import { timeKeys } from "./frames.ts";
import { measureList } from "./list.ts";

const ROUNDS = 5;
const STEPS = 60;

interface Page extends There {
  name: string;
  path: string;
}

async function evaluationPath({ origin, workspace, token, experiment }: Asked): Promise<string> {
  const answer = await fetch(`${origin}/workspaces/${workspace}/experiments/${experiment}/runs?limit=1`, { headers: { authorization: `Bearer ${token}` } });
  const [run] = (await answer.json()) as { RunId: string }[];
  return `/experiments/${experiment}/runs/${run?.RunId}/evaluation/Evaluate`;
}

const endpointPath = ({ service }: Asked) => `/services/${service}/endpoints/default`;

async function pagesOf(asked: Asked): Promise<Page[]> {
  const canvases = Object.entries(asked.canvases).map(([count, name]) => ({
    name: `Designer, ${count} modules`,
    path: `/experiments/${encodeURIComponent(name)}`,
    selector: ".react-flow__node",
    // What stands outside the picture need not be drawn.
    count: 20,
  }));
  return [
    { name: "Home", path: "/", selector: ".main .card a[href]" },
    { name: "Web services", path: "/services", selector: ".main tbody a" },
    { name: `Web service of ${asked.endpoints.toLocaleString("en")} endpoints`, path: `/services/${asked.service}`, selector: ".main [role=row] a, .main tbody a" },
    { name: "Endpoint", path: endpointPath(asked), selector: ".main tbody th" },
    { name: "Experiments", path: "/experiments", selector: ".main tbody a" },
    ...canvases,
    { name: "Evaluation", path: await evaluationPath(asked), selector: "[role=slider]" },
    { name: "Test", path: `${endpointPath(asked)}/test`, selector: ".tform input" },
  ];
}

async function measurePages(browser: Browser, asked: Asked, pages: readonly Page[]) {
  const times: Record<string, { paint: number[]; ready: number[] }> = {};
  const sizes: Record<string, number> = {};
  const shell = await shellFiles(browser, asked);
  // The first visit of all warms the app, as the first visitor of a day does.
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const wanted of pages) {
      const { page, context } = await freshTab(browser, asked, wanted);
      const { paint, ready } = await visit(page, `${asked.origin}/studio${wanted.path}`);
      const own = Object.entries(await loadedFiles(page)).filter(([name]) => !Object.hasOwn(shell, name));
      sizes[wanted.name] = own.reduce((sum, [, size]) => sum + size, 0);
      if (round > 0) {
        const kept = (times[wanted.name] ??= { paint: [], ready: [] });
        kept.paint.push(paint);
        kept.ready.push(ready);
      }
      await context.close();
    }
  }
  const bytes = Object.values(shell);
  return { pages: times, sizes, shell: bytes.reduce((sum, size) => sum + size, 0), files: bytes.length };
}

/** What everybody loads, whatever the page: what signing in and an address without a page have in common. */
async function shellFiles(browser: Browser, asked: Asked): Promise<Record<string, number>> {
  const [signIn, nothing] = await Promise.all([filesOf(browser, { ...asked, token: "" }, "/", "input"), filesOf(browser, asked, "/nothing-is-here", "h1")]);
  return Object.fromEntries(Object.entries(signIn).filter(([name]) => Object.hasOwn(nothing, name)));
}

async function filesOf(browser: Browser, asked: Asked, path: string, selector: string): Promise<Record<string, number>> {
  const { page, context } = await freshTab(browser, asked);
  await page.goto(`${asked.origin}/studio${path}`);
  await page.locator(selector).first().waitFor();
  const found = await loadedFiles(page);
  await context.close();
  return found;
}

/** A step in a page that is open: the milliseconds of each. */
async function timeSteps(browser: Browser, asked: Asked, wanted: Page, selector: string, keys: readonly string[]): Promise<number[]> {
  const { page, context } = await freshTab(browser, asked, wanted);
  await visit(page, `${asked.origin}/studio${wanted.path}`);
  await page.waitForTimeout(1000);
  const took = await timeKeys(page, selector, keys, STEPS);
  await context.close();
  return took;
}

async function main(): Promise<void> {
  const asked = JSON.parse(readFileSync(0, "utf8")) as Asked;
  const browser = await chromium.launch({ executablePath: asked.browser, args: ["--no-sandbox"] });
  try {
    const pages = await pagesOf(asked);
    const [evaluation, test] = [pages.find(({ name }) => name === "Evaluation")!, pages.find(({ name }) => name === "Test")!];
    const result = {
      ...(await measurePages(browser, asked, pages)),
      canvases: {} as Record<string, unknown>,
      threshold: await timeSteps(browser, asked, evaluation, "[role=slider]", ["ArrowRight"]),
      form: await timeSteps(browser, asked, test, ".tform input[inputmode=decimal]", ["41", "42"]),
      list: await measureList(browser, asked),
    };
    for (const [count, name] of Object.entries(asked.canvases)) result.canvases[count] = await measureCanvas(browser, asked, name);
    writeFileSync(process.argv[2]!, JSON.stringify(result));
  } finally {
    await browser.close();
  }
}

await main();
