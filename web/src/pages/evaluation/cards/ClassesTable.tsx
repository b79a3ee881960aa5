import { useMemo } from "react";
import { ChartCard } from "../../../charts/ChartCard";
import { figure, fixed } from "../../../charts/figures";
import { Swatch } from "../../../charts/Mark";
import { classesOf } from "../classes";
import { type Side, sideName } from "../Side";

const SHOWN = 200;

/** Rows, precision, recall and the most frequent mistake of each class; the weakest class first. */
export function ClassesTable({ sides }: { sides: readonly Side[] }) {
  const rows = useMemo(
    () => sides.flatMap((side) => classesOf(side.model).map((each) => ({ side, ...each }))).sort((a, b) => a.f1 - b.f1),
    [sides],
  );
  return (
    <ChartCard
      title="Classes"
      note="weakest first"
      drawn={false}
      table={() => ({
        columns: ["model", "class", "rows", "precision", "recall", "f1", "most often taken for", "rows so"],
        rows: rows.map(({ side, label, takenFor, ...each }) => [
          sideName(side), label, each.rows, each.precision, each.recall, each.f1, takenFor?.label, takenFor?.rows,
        ]),
      })}
    >
      <div className="chart-table wide" tabIndex={0} role="region" aria-label="Classes, weakest first">
        <table className="tb mt">
          <thead>
            <tr>
              <th scope="col">Class</th>
              <th scope="col" className="num">Rows</th>
              <th scope="col" className="num">Precision</th>
              <th scope="col" className="num">Recall</th>
              <th scope="col">Taken for</th>
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, SHOWN).map((row) => (
              <tr key={`${row.side.tone} ${row.label}`}>
                <th scope="row" title={row.label}>
                  {sides.length > 1 && <Swatch tone={row.side.tone} />} {row.label}
                </th>
                <td className="num">{figure(row.rows)}</td>
                <td className="num">{fixed(row.precision)}</td>
                <td className="num">{fixed(row.recall)}</td>
                <td className="dim">{row.takenFor ? `${row.takenFor.label} in ${figure(row.takenFor.rows)}` : "nothing else"}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </ChartCard>
  );
}
