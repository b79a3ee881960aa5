import { Icon, type IconName } from "./Icon";

type Tone = "ok" | "run" | "wait" | "fail" | "warn" | "skip-st";

/** Every state the app's own words name: a shape, a word and a colour. */
const STATES: Record<string, readonly [Tone, IconName, string]> = {
  finished: ["ok", "done", "Finished"],
  succeeded: ["ok", "done", "Succeeded"],
  answering: ["ok", "done", "Answering"],
  better: ["ok", "up", "better"],
  reused: ["ok", "reuse", "Reused"],
  passed: ["ok", "passed", "Passed"],
  running: ["run", "running", "Running"],
  inprogress: ["run", "running", "Running"],
  waiting: ["wait", "waiting", "Waiting"],
  notstarted: ["wait", "waiting", "Waiting"],
  queued: ["wait", "waiting", "Waiting"],
  failed: ["fail", "failed", "Failed"],
  timedout: ["fail", "failed", "Timed out"],
  cancelled: ["wait", "cancelled", "Cancelled"],
  cancelling: ["wait", "cancelled", "Cancelling"],
  skipped: ["skip-st", "skipped", "Skipped"],
  notrun: ["skip-st", "skipped", "Not run"],
  notpassed: ["warn", "kept", "Not passed"],
  worse: ["warn", "down", "worse"],
};

interface StateProps {
  /** As the API says it (`Finished`, `InProgress`, `NotStarted` …); others are shown as they are. */
  state: string;
  /** Another word than the state's own. */
  word?: string;
  pill?: boolean;
}

/** A state: icon and word, never colour alone. */
export function State({ state, word, pill = false }: StateProps) {
  const [tone, icon, own] = STATES[state.toLowerCase().replace(/[^a-z]/g, "")] ?? ["wait", "info", state];
  return (
    <span className={`st ${tone}${pill ? " pill" : ""}`}>
      <Icon name={icon} />
      <span>{word ?? own}</span>
    </span>
  );
}

/** Whether work in this state still changes, so that it is worth asking again soon. */
export function isGoing(state: string | undefined): boolean {
  return /^(running|inprogress|queued|waiting|notstarted|cancelling)$/i.test(state ?? "");
}
