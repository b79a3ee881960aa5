import { useMemo, useState } from "react";
import { figure, fixed } from "../../../charts/figures";
import { Scatter } from "../../../charts/Scatter";
import { Button } from "../../../parts/Button";
import { Message } from "../../../parts/Message";
import { changesSentence, type Details, scorePairs } from "./changes";
import { ComparedCharts } from "./ComparedCharts";
import { type Both, comparedChart } from "./comparedSides";

const MOST_COLUMNS = 4;

interface ChangesProps {
  details: Details;
  rows: number;
  /** The words for both models. */
  names: Both<string>;
}

/** What would change: both models drawn, the count in words, and the rows that change sides or move most. */
export function Changes({ details, rows, names }: ChangesProps) {
  const [shown, setShown] = useState(false);
  const sentence = changesSentence(details, rows);
  const chart = useMemo(() => comparedChart(details), [details]);
  const hasPairs = details.Labels.length === 2 && details.Pairs.InUse.length > 0;
  const more = details.Rows.length > 0 && (
    <Button kind="quiet" size="s" aria-expanded={shown} onClick={() => setShown(!shown)}>
      {shown ? "Hide these rows" : sentence ? "See these rows" : "See the rows whose prediction moves most"}
    </Button>
  );
  return (
    <>
      {(chart || hasPairs) && (
        <div className="pair">
          {chart && <ComparedCharts chart={chart} names={names} />}
          {hasPairs && <Pairs details={details} />}
        </div>
      )}
      {sentence ? (
        <Message>
          <b>{sentence.lead}</b> {sentence.rest} {more}
        </Message>
      ) : (
        more && <div>{more}</div>
      )}
      {shown && <ChangedRows details={details} />}
    </>
  );
}

function Pairs({ details }: { details: Details }) {
  const clouds = useMemo(() => {
    const { same, crossed } = scorePairs(details);
    return [
      { name: "same label", tone: 7, points: same },
      { name: "another label", tone: 3, points: crossed },
    ];
  }, [details]);
  const axis = (label: string) => ({ domain: [0, 1] as const, label });
  return (
    <figure>
      <figcaption className="t12 med">Same row, both versions</figcaption>
      <Scatter
        name={`Scores of both models: ${clouds[1]?.points.length ?? 0} of ${details.Pairs.InUse.length} rows change sides`}
        x={axis("Score by the model in use")}
        y={axis("Score by the new model")}
        clouds={clouds}
        height={240}
        references={[
          [{ x: 0, y: 0 }, { x: 1, y: 1 }],
          [{ x: details.Threshold, y: 0 }, { x: details.Threshold, y: 1 }],
          [{ x: 0, y: details.Threshold }, { x: 1, y: details.Threshold }],
        ]}
      />
    </figure>
  );
}

/** Whether the new model is right, or nearer to the truth. */
function isBetter({ Truth, New, InUse }: Details["Rows"][number]): boolean {
  if (typeof Truth !== "number") return New.Label === Truth;
  return Math.abs(New.Score - Truth) < Math.abs(InUse.Score - Truth);
}

function ChangedRows({ details }: { details: Details }) {
  const columns = Object.keys(details.Rows[0]?.Inputs ?? {}).slice(0, MOST_COLUMNS);
  return (
    <div className="scroll" tabIndex={0} role="group" aria-label="Rows that change sides">
      <table className="tb cmpt">
        <thead>
          <tr>
            <th scope="col" className="num">
              Row
            </th>
            <th scope="col">Truth</th>
            <th scope="col">In use</th>
            <th scope="col">New</th>
            {columns.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {details.Rows.map((row) => (
            <tr key={row.Row}>
              <th scope="row" className="num">
                {row.Row}
              </th>
              <td>{typeof row.Truth === "number" ? figure(row.Truth) : (row.Truth ?? "–")}</td>
              <td>
                {row.InUse.Label ?? figure(row.InUse.Score)} {row.InUse.Label !== null && <small className="faint">{fixed(row.InUse.Score)}</small>}
              </td>
              <td>
                <span className={isBetter(row) ? "up" : "down"}>{row.New.Label ?? figure(row.New.Score)}</span>{" "}
                {row.New.Label !== null && <small className="faint">{fixed(row.New.Score)}</small>}
              </td>
              {columns.map((name) => (
                <td key={name} className="dim">
                  {row.Inputs?.[name] ?? "–"}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
