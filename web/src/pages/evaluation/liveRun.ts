import type { LiveLoss } from "./LiveLoss";
import type { RunCurve } from "./read";

/** What the page needs of a run's state. */
export interface RunState {
  RunId: string;
  Status: { StatusCode: string; StartTime?: string | null };
  Modules: { Title: string; Module: string; StatusCode: string; Seconds: number | null }[];
  Curves?: Record<string, RunCurve>;
}

const ENDED = new Set(["Finished", "Failed", "Cancelled"]);

export function isGoing({ Status }: RunState): boolean {
  return !ENDED.has(Status.StatusCode);
}

/** The loss of the learner that a run trains now; undefined if none shows its loss. */
export function liveLoss(run: RunState): LiveLoss | undefined {
  const shown = Object.entries(run.Curves ?? {}).filter(([, curve]) => (curve.loss ?? []).length > 0);
  const training = shown.find(([title]) => run.Modules.find((each) => each.Title === title)?.StatusCode === "Running");
  const [title, curve] = training ?? shown.at(-1) ?? [];
  if (title === undefined || curve?.loss === undefined) return undefined;
  const module = run.Modules.find((each) => each.Title === title);
  const done = curve.done ?? curve.loss.length;
  const running = training !== undefined;
  const seconds = module?.Seconds ?? null;
  const left = running && seconds !== null && curve.total && done > 0 ? (seconds / done) * (curve.total - done) : undefined;
  return { name: title, unit: curve.unit, loss: curve.loss, step: curve.step, done, total: curve.total, running, secondsLeft: left };
}

/** A curve's points; a long one has some of its losses only, and `step` the number of each. */
export function lossPoints(loss: readonly number[], step?: readonly number[]): { x: number; y: number }[] {
  return loss.map((y, place) => ({ x: step?.[place] ?? place + 1, y }));
}
