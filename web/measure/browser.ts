/** Tabs as a visitor opens them: nothing cached, signed in, and a clock that tells when the page is there. */

import type { Browser, BrowserContext, Page } from "playwright-core";

export interface Asked {
  browser: string;
  origin: string;
  workspace: string;
  token: string;
  /** The web service whose default endpoint is tested, and which has the many endpoints. */
  service: string;
  /** An experiment whose last run evaluated its model. */
  experiment: string;
  /** The experiments to draw, by how many modules they have. */
  canvases: Record<string, string>;
  endpoints: number;
}

/** How a page says that it is there: so many elements of a selector, shown, and nothing that still loads. */
export interface There {
  selector: string;
  count?: number;
}

declare global {
  interface Window {
    readyAt?: number;
  }
}

/** A tab that has visited nothing yet. */
export async function freshTab(browser: Browser, asked: Asked, there?: There): Promise<{ page: Page; context: BrowserContext }> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  if (asked.token) {
    await page.addInitScript(({ workspace, token }) => sessionStorage.setItem("perennial.session", JSON.stringify({ workspace, token })), {
      workspace: asked.workspace,
      token: asked.token,
    });
  }
  if (there) await page.addInitScript(watch, there);
  return { page, context };
}

/** Note when the page is there and has been painted: looked at before each frame. */
function watch({ selector, count = 1 }: There): void {
  const look = () => {
    const found = [...document.querySelectorAll<HTMLElement>(selector)];
    const isThere = found.length >= count && !document.querySelector("[aria-busy=true]") && getComputedStyle(found.at(-1) as Element).visibility === "visible";
    if (!isThere) requestAnimationFrame(look);
    // The task after the frame: it has been drawn by then.
    else requestAnimationFrame(() => setTimeout(() => (window.readyAt = performance.now()), 0));
  };
  requestAnimationFrame(look);
}

/** Milliseconds from the start of a visit to the first paint and until the page is there. */
export async function visit(page: Page, address: string): Promise<{ paint: number; ready: number }> {
  await page.goto(address);
  await page.waitForFunction(() => window.readyAt !== undefined).catch(async (error: unknown) => {
    throw new Error(`${address} was not there: ${String(error)}\n${(await page.locator("body").innerText()).slice(0, 2000)}`);
  });
  return page.evaluate(() => ({
    paint: performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? Number.NaN,
    ready: window.readyAt ?? Number.NaN,
  }));
}

/** The bytes, compressed as sent, of the scripts and styles that the page has loaded, by name. */
export async function loadedFiles(page: Page): Promise<Record<string, number>> {
  const found = await page.evaluate(() =>
    (performance.getEntriesByType("resource") as PerformanceResourceTiming[])
      .filter(({ name }) => /\.(js|css)$/.test(name))
      .map(({ name, encodedBodySize }) => [name, encodedBodySize] as const),
  );
  return Object.fromEntries(found);
}
