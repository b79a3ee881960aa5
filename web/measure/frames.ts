/** Frames per second while something is done to a page, and how long one step takes. */

import type { Page } from "playwright-core";

declare global {
  interface Window {
    drawnFrames?: { times: number[]; stop: boolean };
  }
}

export interface Frames {
  /** Frames per second. */
  rate: number;
  /** The longest time between two of them, in milliseconds. */
  longest: number;
}

/** Do one step after another for some seconds and count the frames meanwhile. */
export async function countFrames(page: Page, step: (number: number) => Promise<void>, seconds = 3): Promise<Frames> {
  await page.evaluate(() => {
    const frames = (window.drawnFrames = { times: [] as number[], stop: false });
    const tick = (now: number) => {
      frames.times.push(now);
      if (!frames.stop) requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  });
  const end = performance.now() + seconds * 1000;
  for (let number = 0; performance.now() < end; number += 1) await step(number);
  const times = await page.evaluate(() => {
    const frames = window.drawnFrames!;
    frames.stop = true;
    return frames.times;
  });
  const gaps = times.slice(1).map((time, place) => time - times[place]!);
  return { rate: (gaps.length * 1000) / (times.at(-1)! - times[0]!), longest: Math.max(...gaps) };
}

/** Press a key so often on what is found; the milliseconds from each press until the task after its frame. */
export function timeKeys(page: Page, selector: string, keys: readonly string[], times: number): Promise<number[]> {
  return page.evaluate(
    async ({ selector, keys, times }) => {
      const target = document.querySelector<HTMLElement>(selector);
      if (target === null) throw new Error(`Nothing is found by ${selector}.`);
      target.focus();
      const drawn = () => new Promise<void>((done) => requestAnimationFrame(() => setTimeout(done, 0)));
      const took: number[] = [];
      for (let number = 0; number < times; number += 1) {
        const key = keys[number % keys.length]!;
        await drawn();
        const started = performance.now();
        if (target instanceof HTMLInputElement) {
          // React hears of a value only if the element's own setter was used.
          Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value")?.set?.call(target, key);
          target.dispatchEvent(new Event("input", { bubbles: true }));
        } else target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
        await drawn();
        took.push(performance.now() - started);
      }
      return took;
    },
    { selector, keys: [...keys], times },
  );
}
