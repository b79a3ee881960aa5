/** What journeys share: a browser's tab that is watched for errors, axe, pictures, and the app's API. */

import { readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Browser, BrowserContext, Locator, Page } from "playwright-core";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const PICTURES = join(import.meta.dirname, "..", "..", "docs", "pictures", "studio");

export interface App {
  url: string;
  workspace: string;
  token: string;
  /** The link that signs in. */
  link: string;
  /** Call the API as the workspace. */
  api: (method: string, path: string, body?: unknown) => Promise<unknown>;
  /** Have done what the app's timer does once a minute, without waiting for it. */
  tick: () => Promise<void>;
}

export interface Tools extends App {
  page: Page;
  /** Where the tutorial's files are, in `tutorial/`. */
  folder: string;
  /** A tab of its own, with another width or theme, signed in. */
  tab: (options?: TabOptions) => Promise<Page>;
  /** Fail unless axe finds nothing on the page. */
  axe: (page?: Page) => Promise<void>;
  /** Keep a picture of the page under docs/pictures/studio/, in both themes. */
  picture: (name: string, page?: Page) => Promise<void>;
}

export interface TabOptions {
  width?: number;
  height?: number;
  theme?: "light" | "dark";
}

export type Journey = (tools: Tools) => Promise<void>;

interface Watched {
  problems: string[];
  /** What the journey has the app refuse, in the words of the browser: "status of 412". */
  refusals: readonly string[];
  contexts: BrowserContext[];
}

/** Open a tab that is signed in; whatever it writes as an error is a problem of the journey. */
export async function openTab(browser: Browser, app: App, watched: Watched, options: TabOptions = {}): Promise<Page> {
  const { width = 1200, height = 650, theme = "light" } = options;
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: theme,
    permissions: ["clipboard-read", "clipboard-write"],
    reducedMotion: "reduce",
  });
  watched.contexts.push(context);
  const page = await context.newPage();
  page.on("console", (message) => {
    if (message.type() !== "error" || isWanted(message.text(), watched.refusals)) return;
    watched.problems.push(`${message.text()} ${message.location().url}`);
  });
  page.on("pageerror", (error) => watched.problems.push(String(error)));
  await page.goto(app.link);
  await page.getByRole("heading", { level: 1 }).waitFor();
  return page;
}

/** A browser writes each response of 4xx as an error: none is right but those that a journey provokes. */
function isWanted(text: string, refusals: readonly string[]): boolean {
  return text.startsWith("Failed to load resource") && refusals.some((refusal) => text.includes(refusal));
}

/** Run axe in the page and throw what it finds. */
export async function runAxe(page: Page): Promise<void> {
  // The policy forbids code from texts; the devtools protocol may add it all the same.
  await page.evaluate(AXE);
  const found = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: { run: () => Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> } };
    return (await axe.run()).violations.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map(({ html }) => html.slice(0, 160)).join(" | ")}`);
  });
  if (found.length > 0) throw new Error(`axe on ${page.url()}:\n  ${found.join("\n  ")}`);
}

/** Keep the page as `name-light.png` and `name-dark.png`, and leave it in its theme. */
export async function takePicture(page: Page, name: string): Promise<void> {
  await mkdir(PICTURES, { recursive: true });
  for (const theme of ["dark", "light"] as const) {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
    await page.waitForTimeout(80);
    await page.screenshot({ path: join(PICTURES, `${name}-${theme}.png`), animations: "disabled" });
  }
}

/** Let go of a file over a place, as from another window. */
export async function drop(page: Page, place: Locator, name: string, text: string): Promise<void> {
  const files = await page.evaluateHandle(
    ([name, text]) => {
      const data = new DataTransfer();
      data.items.add(new File([text], name));
      return data;
    },
    [name, text] as const,
  );
  await place.dispatchEvent("dragover", { dataTransfer: files });
  await place.dispatchEvent("drop", { dataTransfer: files });
}
