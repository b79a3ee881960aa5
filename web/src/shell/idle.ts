/** Work that waits until the browser has nothing else to do; Safari has no such call, and waits for a moment instead. */

const MOMENT_MS = 50;
const TURN_MS = 8;

/**
 * Do something when the browser is idle, at the latest after `timeout` milliseconds; returns what takes it back.
 * `left` says how many milliseconds there are until the browser wants to go on.
 */
export function whenIdle(act: (left: () => number) => void, timeout: number): () => void {
  if (typeof requestIdleCallback !== "function") {
    const timer = setTimeout(() => {
      const end = performance.now() + TURN_MS;
      act(() => end - performance.now());
    }, MOMENT_MS);
    return () => clearTimeout(timer);
  }
  const asked = requestIdleCallback((deadline) => act(() => deadline.timeRemaining()), { timeout });
  return () => cancelIdleCallback(asked);
}

/** Do one job after another while the browser is idle, and tell when all are done; returns what stops it. */
export function inTurns(jobs: readonly (() => void)[], done: () => void, timeout: number): () => void {
  let next = 0;
  let takeBack = () => {};
  const turn = (left: () => number) => {
    // A browser without a frame to draw may grant fifty milliseconds, for which the next key would wait.
    const end = performance.now() + TURN_MS;
    // At least one, so that a busy page comes to an end as well.
    do jobs[next++]?.();
    while (next < jobs.length && left() > 1 && performance.now() < end);
    if (next < jobs.length) takeBack = whenIdle(turn, timeout);
    else done();
  };
  takeBack = whenIdle(turn, timeout);
  return () => takeBack();
}
