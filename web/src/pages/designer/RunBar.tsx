import { Button } from "../../parts/Button";
import { Icon } from "../../parts/Icon";
import { RunStrip } from "../../parts/RunStrip";
import { isGoing } from "../../parts/State";
import { lasting, when } from "../../parts/times";
import type { Run } from "./api";
import { stateOf } from "./graph";

interface RunBarProps {
  run: Run | undefined;
  errors: number;
  goToError: () => void;
  goToFailed: (title: string) => void;
  cancel: () => void;
}

const WORDS: Record<string, string> = { Running: "Running", Queued: "Waiting for its turn", NotStarted: "Waiting for its turn", Finished: "Finished", Failed: "Failed", Cancelled: "Cancelled" };

/** How the last run stands, a block a module; and how much there is to mend before the next. */
export function RunBar({ run, errors, goToError, goToFailed, cancel }: RunBarProps) {
  const going = run && isGoing(run.Status.StatusCode);
  const failed = run?.Modules.find(({ StatusCode }) => StatusCode === "Failed");
  if (!run && errors === 0) return null;
  const code = run?.Status.StatusCode ?? "";
  const tone = going ? "run" : code === "Failed" ? "fail" : "wait";
  return (
    <div className="rs">
      {run && (
        <>
          <span className={`st ${tone}`} role="status">
            <Icon name={going ? "running" : code === "Failed" ? "failed" : code === "Finished" ? "done" : "cancelled"} />
            <span>
              {WORDS[code] ?? code}
              {!going && run.Status.EndTime && `, ${when(run.Status.EndTime)}`}
            </span>
          </span>
          <RunStrip states={run.Modules.map((module) => (going && module.StatusCode === "NotStarted" ? "waiting" : stateOf(module)))} />
          <span className="t12 nowrap">{progress(run)}</span>
          {run.Modules.length === 0 && run.Status.StatusDetail && <span className="t12 cut">{run.Status.StatusDetail}</span>}
        </>
      )}
      {failed && (
        <>
          <span className="vr" />
          <span className="st fail">
            <Icon name="failed" />
            <span className="cut">Failed: {failed.Title}</span>
          </span>
          <button type="button" className="link plain t12 nowrap" onClick={() => goToFailed(failed.Title)}>
            Go to it
          </button>
        </>
      )}
      {errors > 0 && (
        <>
          {run && <span className="vr" />}
          <span className="st warn">
            <Icon name="warn" />
            <span className="nowrap">{errors === 1 ? "1 thing to mend" : `${errors} things to mend`}</span>
          </span>
          <button type="button" className="link plain t12 nowrap" onClick={goToError}>
            Go to the first
          </button>
        </>
      )}
      {going && (
        <Button kind="quiet" size="s" icon="stop" className="end" onClick={cancel}>
          Cancel run
        </Button>
      )}
    </div>
  );
}

function progress(run: Run): string {
  const ended = run.Modules.filter(({ StatusCode }) => StatusCode === "Finished").length;
  const { StartTime, EndTime } = run.Status;
  const seconds = StartTime ? (new Date(EndTime ?? Date.now()).getTime() - new Date(StartTime).getTime()) / 1000 : undefined;
  const took = seconds === undefined || seconds < 0 ? "" : `, ${lasting(seconds)}`;
  return `${ended} of ${run.Modules.length} modules ended${took}`;
}
