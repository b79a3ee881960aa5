/** The list of a web service's many endpoints: frames per second while it scrolls, and finding one by its name. */

import type { Browser } from "playwright-core";
import { type Asked, freshTab, visit } from "./browser.ts";
import { countFrames, type Frames } from "./frames.ts";

interface ListFigures extends Frames {
  /** Rows that were scrolled past, and the most that stood in the page at once. */
  passed: number;
  drawn: number;
  /** Milliseconds from the last letter of a name to its row. */
  found: number;
}

const SECONDS = 10;
const WANTED = "e1234";

export async function measureList(browser: Browser, asked: Asked): Promise<ListFigures> {
  const { page, context } = await freshTab(browser, asked, { selector: ".many [role=row] a" });
  await visit(page, `${asked.origin}/studio/services/${asked.service}`);
  const list = page.locator(".many");
  const box = (await list.boundingBox())!;
  await page.mouse.move(box.x + box.width / 2, Math.min(700, box.y + box.height / 2));
  let drawn = 0;
  const frames = await countFrames(
    page,
    async (number) => {
      await page.mouse.wheel(0, 1200);
      if (number % 30 === 0) drawn = Math.max(drawn, await list.locator("[role=row]").count());
    },
    SECONDS,
  );
  const passed = Number(await list.locator("[role=row]").last().getAttribute("aria-rowindex")) - 1;
  const field = page.getByRole("searchbox", { name: "Search endpoints" });
  await field.fill(WANTED);
  const started = performance.now();
  await list.getByRole("link", { name: WANTED, exact: true }).waitFor();
  const found = performance.now() - started;
  await context.close();
  return { ...frames, passed, drawn, found };
}
