/** Which rows of a long list stand in its window, with some more on both sides so that none is missing while it scrolls. */

const MORE = 12;

/**
 * The rows to draw: from the first up to, but without, the last.
 *
 * `top` is how far the list is scrolled and `height` what of it is seen, both in pixels like the height of a `row`.
 */
export function visibleRows(top: number, height: number, row: number, count: number): { first: number; last: number } {
  const first = Math.max(0, Math.floor(top / row) - MORE);
  const last = Math.min(count, Math.ceil((top + height) / row) + MORE);
  return { first: Math.min(first, last), last };
}
