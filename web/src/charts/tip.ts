/** What a chart says of one of its marks, to the mouse and to the keyboard. */

export interface Tip {
  x: number;
  y: number;
  /** The figure, what it is, and on how many rows it was measured. */
  value: string;
  what: string;
  rows?: string | undefined;
}

/** The position of the tip nearest to a place, of which x counts more; -1 if there is none. */
export function nearestTip(tips: readonly Tip[], x: number, y: number, weightOfY = 0.2): number {
  let least = Infinity;
  let found = -1;
  tips.forEach((tip, place) => {
    const distance = (tip.x - x) ** 2 + weightOfY * (tip.y - y) ** 2;
    if (distance < least) [least, found] = [distance, place];
  });
  return found;
}

/** Where a key leads from a tip; null if the key is none of the chart's. -1 shows none. */
export function nextTip(key: string, place: number, count: number): number | null {
  if (count === 0) return null;
  switch (key) {
    case "ArrowRight":
      return Math.min(count - 1, place + 1);
    case "ArrowLeft":
      return Math.max(0, place - 1);
    case "Home":
      return 0;
    case "End":
      return count - 1;
    case "Escape":
      return place < 0 ? null : -1;
    default:
      return null;
  }
}
