/** Work that waits until the browser has nothing else to do; Safari has no such call, and waits for a moment instead. */

const MOMENT_MS = 50;

/** Do something when the browser is idle, at the latest after `timeout` milliseconds; returns what takes it back. */
export function whenIdle(act: () => void, timeout: number): () => void {
  if (typeof requestIdleCallback !== "function") {
    const timer = setTimeout(act, MOMENT_MS);
    return () => clearTimeout(timer);
  }
  const asked = requestIdleCallback(act, { timeout });
  return () => cancelIdleCallback(asked);
}
