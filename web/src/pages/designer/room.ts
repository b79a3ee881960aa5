/**
 * Room for modules that have grown by an error or a loss: what stands below goes down as far as it has to. The document
 * keeps the places it has, so the room closes when the module is mended.
 */

import { NODE_HEIGHT } from "./layout";
import type { Box } from "./routing";

const CLEAR = 20;
const BESIDE = 8;

export interface Room {
  /** Where what is kept at this height is shown. */
  down: (y: number) => number;
  /** Where what is shown at this height is kept. */
  up: (y: number) => number;
}

interface Step {
  /** Everything that is kept at this height or below … */
  from: number;
  /** … goes down by so much. */
  by: number;
}

/** The room that these modules need; each box has the place that is kept, and the height that is shown. */
export function makeRoom(boxes: readonly Box[]): Room {
  const steps: Step[] = [];
  const down = (y: number) => steps.reduce((sum, { from, by }) => (y >= from ? sum + by : sum), y);
  const grown = boxes.filter(({ height }) => height > NODE_HEIGHT).sort((one, other) => one.y - other.y);
  for (const box of grown) {
    const from = box.y + NODE_HEIGHT;
    const end = down(box.y) + box.height + CLEAR;
    const covered = boxes.filter(({ x, y, width }) => y >= from && x < box.x + box.width + BESIDE && x + width > box.x - BESIDE);
    const by = Math.max(0, ...covered.map(({ y }) => end - down(y)));
    if (by > 0) steps.push({ from, by });
  }
  steps.sort((one, other) => one.from - other.from);
  const up = (y: number) => {
    let left = y;
    for (const { from, by } of steps) {
      if (left < from) break;
      // What was put into the room itself stands at its upper edge.
      left = Math.max(from, left - by);
    }
    return left;
  };
  return { down, up };
}
