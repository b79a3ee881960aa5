import { Link } from "wouter";
import { Icon } from "../../../parts/Icon";
import { State } from "../../../parts/State";
import { lasting } from "../../../parts/times";
import { stateOf } from "../graph";
import type { Part } from "./part";

/** What the module delivered in the run that is shown. */
export function Outputs({ experiment, inRun, run, runId, module }: Part) {
  if (!run || !runId) return <p className="dim">Nothing yet. Run the experiment to see what comes out here.</p>;
  const base = `/experiments/${encodeURIComponent(experiment)}/runs/${encodeURIComponent(runId)}`;
  const isEnded = run.StatusCode === "Finished";
  return (
    <>
      <h3>Last run</h3>
      <dl className="kv">
        <dt>State</dt>
        <dd>
          <State state={stateOf(run)} />
        </dd>
        <dt>Took</dt>
        <dd>{lasting(run.Seconds)}</dd>
        {run.Reason && (
          <>
            <dt>{run.Reused ? "Reused because" : "Ran because"}</dt>
            <dd>{run.Reason}</dd>
          </>
        )}
        {Object.entries(run.RowsIn).map(([port, rows]) => (
          <Rows key={`in ${port}`} label={`Rows in, ${port}`} rows={rows} />
        ))}
        {Object.entries(run.RowsOut).map(([port, rows]) => (
          <Rows key={`out ${port}`} label={`Rows out, ${port}`} rows={rows} />
        ))}
      </dl>
      {isEnded && (
        <ul className="links card">
          {(module?.outputs ?? []).map(({ name }) => (
            <li key={name}>
              <Link href={`${base}/data/${encodeURIComponent(inRun)}/${encodeURIComponent(name)}`}>
                <Icon name="eye" size="s" />
                Visualize {name}
              </Link>
            </li>
          ))}
          {/^(Evaluate|Cross Validate)/.test(module?.name ?? "") && (
            <li>
              <Link href={`${base}/evaluation/${encodeURIComponent(inRun)}`}>
                <Icon name="evalm" size="s" />
                Evaluation
              </Link>
            </li>
          )}
        </ul>
      )}
    </>
  );
}

function Rows({ label, rows }: { label: string; rows: number }) {
  return (
    <>
      <dt>{label}</dt>
      <dd>{rows.toLocaleString("en")}</dd>
    </>
  );
}
