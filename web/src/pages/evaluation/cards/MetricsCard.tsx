import { Fragment } from "react";
import { ChartCard } from "../../../charts/ChartCard";
import { figure, fixed, signed } from "../../../charts/figures";
import { Swatch } from "../../../charts/Mark";
import { type Side, sideName } from "../Side";

export interface MetricRow {
  name: string;
  values: readonly (number | null)[];
  lessIsBetter?: boolean;
  digits?: number;
}

interface MetricsCardProps {
  sides: readonly Side[];
  rows: number | null;
  groups: readonly { title?: string; rows: readonly MetricRow[] }[];
  footer?: string | undefined;
}

/** Figures side by side, their difference, and the mark of the model that does better. */
export function MetricsCard({ sides, rows, groups, footer }: MetricsCardProps) {
  const two = sides.length > 1;
  return (
    <ChartCard
      title="Metrics"
      note={rows === null ? undefined : `${figure(rows)} rows`}
      drawn={false}
      footer={footer}
      table={() => ({
        columns: ["metric", ...sides.map(sideName)],
        rows: groups.flatMap((group) => group.rows.map((row) => [row.name, ...row.values])),
      })}
    >
      <table className="tb mt">
        <thead>
          <tr>
            <th scope="col">
              <span className="sr">Metric</span>
            </th>
            {sides.map((side) => (
              <th key={side.tone} scope="col" className="num">
                <Swatch tone={side.tone} /> <span className="mt-name" title={sideName(side)}>{sideName(side)}</span>
              </th>
            ))}
            {two && (
              <th scope="col" className="num">
                Difference
              </th>
            )}
            {two && (
              <th scope="col">
                <span className="sr">Better</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {groups.map((group, place) => (
            <Fragment key={place}>
              {group.title && (
                <tr className="cap">
                  <th colSpan={two ? 5 : 2} scope="colgroup">
                    {group.title}
                  </th>
                </tr>
              )}
              {group.rows.map((row) => (
                <Row key={row.name} row={row} sides={sides} />
              ))}
            </Fragment>
          ))}
        </tbody>
      </table>
    </ChartCard>
  );
}

function Row({ row, sides }: { row: MetricRow; sides: readonly Side[] }) {
  const [a, b] = row.values;
  const known = typeof a === "number" && typeof b === "number" && Number.isFinite(a) && Number.isFinite(b);
  const digits = row.digits ?? 3;
  const better = known ? betterOf(a, b, row.lessIsBetter ?? false) : null;
  return (
    <tr>
      <th scope="row">{row.name}</th>
      {row.values.map((value, place) => (
        <td key={place} className="num">
          {text(value, digits)}
        </td>
      ))}
      {sides.length > 1 && <td className="num dim">{known ? signed(a - b, digits) : "–"}</td>}
      {sides.length > 1 && (
        <td className="bt">
          {better !== null && (
            <>
              <Swatch tone={better + 1} />
              <span className="sr">{sideName(sides[better]!)} is better</span>
            </>
          )}
        </td>
      )}
    </tr>
  );
}

/** 0 or 1 for the better side, null if they are equal. */
export function betterOf(a: number, b: number, lessIsBetter: boolean): 0 | 1 | null {
  if (a === b) return null;
  return a > b !== lessIsBetter ? 0 : 1;
}

function text(value: number | null, digits: number): string {
  if (value !== null && Number.isInteger(value) && Math.abs(value) > 1) return figure(value);
  if (value === null || (Math.abs(value) < 1000 && (value === 0 || Math.abs(value) >= 0.001))) return fixed(value, digits);
  return figure(value);
}
