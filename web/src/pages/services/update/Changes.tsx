import { useMemo, useState } from "react";
import { fixed } from "../../../charts/figures";
import { Scatter } from "../../../charts/Scatter";
import { Button } from "../../../parts/Button";
import { Message } from "../../../parts/Message";
import { changesSentence, type Details, scorePairs } from "./changes";

const MOST_COLUMNS = 4;

/** What would change: the count in words, both scores of each row, and the rows that change sides. */
export function Changes({ details, rows }: { details: Details; rows: number }) {
  const [shown, setShown] = useState(false);
  const sentence = changesSentence(details, rows);
  return (
    <>
      {details.Labels.length === 2 && details.Pairs.InUse.length > 0 && <Pairs details={details} />}
      {sentence && (
        <Message>
          <b>{sentence.lead}</b> {sentence.rest}{" "}
          {details.Rows.length > 0 && (
            <Button kind="quiet" size="s" aria-expanded={shown} onClick={() => setShown(!shown)}>
              {shown ? "Hide these rows" : "See these rows"}
            </Button>
          )}
        </Message>
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
              <td>{String(row.Truth ?? "–")}</td>
              <td>
                {row.InUse.Label} <small className="faint">{fixed(row.InUse.Score)}</small>
              </td>
              <td>
                <span className={row.New.Label === String(row.Truth) ? "up" : "down"}>{row.New.Label}</span> <small className="faint">{fixed(row.New.Score)}</small>
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
