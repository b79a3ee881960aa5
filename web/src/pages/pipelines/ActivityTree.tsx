import { Fragment, useState } from "react";
import { Button } from "../../parts/Button";
import { State } from "../../parts/State";
import { lasting } from "../../parts/times";
import type { ActivityRow } from "./tree";

/** The deepest step that is still shown to the right of the one before. */
const DEEPEST = 6;

function toneOf(status: string): string {
  if (/^(failed|timedout)$/i.test(status)) return "ff";
  if (/^(inprogress|running|queued)$/i.test(status)) return "fr";
  return /^succeeded$/i.test(status) ? "fk" : "fm";
}

/** The activities of a run: state, time, its place in the run's time, and what came of it. */
export function ActivityTree({ label, rows }: { label: string; rows: readonly ActivityRow[] }) {
  const [open, setOpen] = useState<string>();
  return (
    <div className="scroll" tabIndex={0} role="group" aria-label={label}>
      <table className="tb acts-tree">
        <thead>
          <tr>
            <th scope="col">Activity</th>
            <th scope="col">State</th>
            <th scope="col" className="num">
              Time
            </th>
            <th scope="col" className="when">
              When
            </th>
            <th scope="col">Result, or what it waits for</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => {
            const { run } = row;
            const details = Object.keys(run.output).length > 0 ? run.output : undefined;
            const isOpen = open === run.activityRunId;
            return (
              <Fragment key={run.activityRunId}>
                <tr>
                  <th scope="row" className={`d${Math.min(row.depth, DEEPEST)}`}>
                    <span className="cut name" title={run.activityName}>
                      {run.activityName}
                      <small className="dim">{run.activityType}</small>
                    </span>
                  </th>
                  <td>
                    <State state={run.status} />
                  </td>
                  <td className="num">{run.durationInMs === null ? "" : lasting(run.durationInMs / 1000)}</td>
                  <td className="when">
                    <Bar row={row} />
                  </td>
                  <td className="came-of">
                    <Came row={row} />
                    {details && (
                      <Button kind="quiet" size="s" aria-expanded={isOpen} aria-label={`Output of ${run.activityName}`} onClick={() => setOpen(isOpen ? undefined : run.activityRunId)}>
                        Output
                      </Button>
                    )}
                  </td>
                </tr>
                {isOpen && (
                  <tr>
                    <td colSpan={5} className="wrap">
                      <pre className="code" tabIndex={0} aria-label={`Output of ${run.activityName}`}>
                        {JSON.stringify(details, null, 2)}
                      </pre>
                    </td>
                  </tr>
                )}
              </Fragment>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function Bar({ row: { run, from, to } }: { row: ActivityRow }) {
  if (from === undefined || to === undefined) return null;
  const percent = (share: number) => `${(100 * share).toFixed(2)}%`;
  return (
    <svg className="gantt" width="100%" height="12" aria-hidden="true">
      <rect className="fl" y="5.5" width="100%" height="1" />
      <rect className={toneOf(run.status)} x={percent(from)} width={percent(Math.max(to - from, 0.01))} height="12" rx="3" />
    </svg>
  );
}

/** Why it failed or is tried again, what it waits for, or which try it is. */
function Came({ row: { run, waits } }: { row: ActivityRow }) {
  const { message } = run.error as { message?: string };
  const tries = run.retryAttempt === null ? "" : `try ${run.retryAttempt + 1}`;
  const words = [tries, message ?? ""].filter(Boolean).join(": ") || waits;
  if (!words) return null;
  return <span className={message ? "bad why" : "dim why"}>{words}</span>;
}
