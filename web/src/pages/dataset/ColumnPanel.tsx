import type { ComponentProps } from "react";
import { BarChart } from "../../charts/BarChart";
import { ChartCard } from "../../charts/ChartCard";
import { figure } from "../../charts/figures";
import { Histogram } from "../../charts/Histogram";
import { Button } from "../../parts/Button";
import { RelatedCharts } from "./RelatedCharts";
import { type ColumnSummary, kindOf } from "./table";
import { cellText, columnFigure, typeWords } from "./words";

interface ColumnPanelProps extends ComponentProps<typeof RelatedCharts> {
  rows: number;
  sort: string;
  onSort: (sort: string) => void;
}

/** All that is known of one column, and of it against another one. */
export function ColumnPanel({ column, rows, sort, onSort, ...related }: ColumnPanelProps) {
  return (
    <div className="colp">
      <ChartCard title={column.name} note={typeWords(column.type)} table={() => distribution(column)}>
        <div className="col g12">
          <Distribution column={column} />
          <dl className="stats">
            {statistics(column, rows).map(([name, value]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd className="cut" title={value}>
                  {value}
                </dd>
              </div>
            ))}
          </dl>
          <div className="row g4">
            <Button size="s" aria-pressed={sort === column.name} onClick={() => onSort(sort === column.name ? "" : column.name)}>
              Smallest first
            </Button>
            <Button size="s" aria-pressed={sort === `-${column.name}`} onClick={() => onSort(sort === `-${column.name}` ? "" : `-${column.name}`)}>
              Largest first
            </Button>
          </div>
          <RelatedCharts column={column} {...related} />
        </div>
      </ChartCard>
    </div>
  );
}

function Distribution({ column }: { column: ColumnSummary }) {
  const { histogram, top = [] } = column;
  if (histogram && histogram.counts.length > 1) {
    return (
      <Histogram
        name={`Histogram of ${column.name}, from ${figure(column.min)} to ${figure(column.max)}`}
        edges={histogram.edges}
        counts={histogram.counts}
        height={170}
        x={kindOf(column) === "time" ? { text: (value) => columnFigure(value, "time").slice(0, 10), most: 2 } : {}}
      />
    );
  }
  if (top.length === 0) return <p className="t12 faint">No values to draw.</p>;
  return (
    <BarChart
      name={`Most frequent values of ${column.name}: ${cellText(top[0]?.value)} in ${figure(top[0]?.count)} rows`}
      bars={top.map(({ value, count }) => ({ label: cellText(value), values: [count] }))}
      series={[{ name: "Rows", tone: 1 }]}
    />
  );
}

function distribution(column: ColumnSummary) {
  const { histogram, top = [] } = column;
  if (histogram) {
    return {
      columns: ["from", "to", "rows"],
      rows: histogram.counts.map((count, place) => [histogram.edges[place], histogram.edges[place + 1], count]),
    };
  }
  return { columns: ["value", "rows"], rows: top.map(({ value, count }) => [value, count]) };
}

function statistics(column: ColumnSummary, rows: number): [string, string][] {
  const kind = kindOf(column);
  const counts: [string, string][] = [
    ["Missing", figure(column.missing)],
    ["Unique", figure(column.unique)],
    ["Rows", figure(rows)],
  ];
  if (kind === "text") return counts;
  const at = (name: string, value: number | null | undefined): [string, string] => [name, columnFigure(value, kind)];
  return [
    at("Mean", column.mean),
    at("Median", column.median),
    ["Std", figure(column.std)],
    at("Minimum", column.min),
    at("Maximum", column.max),
    ...counts,
  ].slice(0, 9) as [string, string][];
}
