/** The canvas of a large experiment: frames per second while it is panned, and while a module is dragged. */

import type { Browser, Page } from "playwright-core";
import { type Asked, freshTab, visit } from "./browser.ts";
import { countFrames, type Frames } from "./frames.ts";

/** Pan with the whole graph in the picture, then at the size at which one reads it, and drag a module there. */
export async function measureCanvas(browser: Browser, asked: Asked, experiment: string): Promise<Record<"overview" | "pan" | "drag", Frames>> {
  const { page, context } = await freshTab(browser, asked, { selector: ".react-flow__node", count: 20 });
  await visit(page, `${asked.origin}/studio/experiments/${encodeURIComponent(experiment)}`);
  await page.waitForTimeout(1500);
  const box = (await page.locator(".cv").boundingBox())!;
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await page.mouse.move(x, y);
  const pan = (number: number) => page.mouse.wheel(Math.sin(number / 25) * 24, Math.cos(number / 25) * 24);
  const overview = await countFrames(page, pan);
  await goNear(page);
  await page.mouse.move(x, y);
  const near = await countFrames(page, pan);
  await goNear(page);
  const node = (await page.locator(".react-flow__node:has(.sel)").first().boundingBox())!;
  const at = { x: node.x + node.width / 2, y: node.y + 20 };
  await page.mouse.move(at.x, at.y);
  await page.mouse.down();
  const drag = await countFrames(page, (number) => page.mouse.move(at.x + Math.sin(number / 20) * 120, at.y + Math.sin(number / 13) * 80));
  await page.mouse.up();
  await context.close();
  return { overview, pan: near, drag };
}

/** From the first module to the one below it, at a size at which it can be read. */
async function goNear(page: Page): Promise<void> {
  await page.keyboard.press("0");
  await page.waitForTimeout(500);
  await page.locator(".react-flow__node").first().click();
  await page.keyboard.press("ArrowDown");
  await page.waitForTimeout(1000);
}
