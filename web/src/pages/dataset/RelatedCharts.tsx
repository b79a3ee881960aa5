import { useMemo } from "react";
import { useLive } from "../../api/poll";
import { figure } from "../../charts/figures";
import { Swatch } from "../../charts/Mark";
import { StackedHistogram } from "../../charts/StackedHistogram";
import { Select } from "../../parts/Field";
import { Loading } from "../../parts/Loading";
import { ErrorMessage } from "../../parts/Message";
import { classColumns, classesOf, countsByClass } from "./byClass";
import { PairChart } from "./PairChart";
import { type ColumnSummary, kindOf, type TableRows, type TableSource } from "./table";

const ROWS = 1000;

interface RelatedChartsProps {
  column: ColumnSummary;
  columns: readonly ColumnSummary[];
  source: TableSource;
  query: Record<string, string>;
  second: string | null;
  onSecond: (name: string | null) => void;
  by: string | null;
  onBy: (name: string | null) => void;
}

/** A column by the classes of another one, and against another one: of the first rows that are shown. */
export function RelatedCharts({ column, columns, source, query, second, onSecond, by, onBy }: RelatedChartsProps) {
  const isWanted = second !== null || by !== null;
  const { where } = query;
  const read = useLive<TableRows>(source.rows, { path: source.path, query: { offset: 0, limit: ROWS, ...(where && { where }) }, once: true, enabled: isWanted });
  const others = columns.filter((each) => each.name !== column.name);
  const classes = classColumns(others);
  const colours = by === column.name ? null : by;
  const table = read.data;
  return (
    <>
      <div className="against row w g8">
        <Select
          label="Against"
          value={second ?? ""}
          options={[["", "Choose a column"], ...others.map(({ name }): [string, string] => [name, name])]}
          onChange={(event) => onSecond(event.target.value || null)}
        />
        {classes.length > 0 && (
          <Select
            label="Colour by classes of"
            value={colours ?? ""}
            options={[["", "One colour"], ...classes.map((name): [string, string] => [name, name])]}
            onChange={(event) => onBy(event.target.value || null)}
          />
        )}
      </div>
      {isWanted && read.error && <ErrorMessage error={read.error} />}
      {isWanted && !read.error && !table && <Loading rows={4} />}
      {table && colours !== null && <Colours table={table} by={colours} />}
      {table && colours !== null && <ByClass table={table} column={column} by={colours} />}
      {table && second !== null && <PairChart table={table} first={column.name} second={second} by={colours} />}
      {table && isWanted && <p className="t11 faint">{rowsNote(table)}</p>}
    </>
  );
}

function rowsNote({ values, matching = 0, rows }: TableRows): string {
  const chosen = matching < rows ? `${figure(matching)} chosen rows` : `${figure(rows)} rows`;
  return values.length < matching ? `The first ${figure(values.length)} of ${chosen}` : `All ${chosen}`;
}

function Colours({ table, by }: { table: TableRows; by: string }) {
  const { series } = useMemo(() => classesOf(table, by), [table, by]);
  return (
    <ul className="legend" aria-label={`Classes of ${by}`}>
      {series.map(({ name, tone }) => (
        <li key={name} className="row g4">
          <Swatch tone={tone} />
          <span className="cut" title={name}>
            {name}
          </span>
        </li>
      ))}
    </ul>
  );
}

function ByClass({ table, column, by }: { table: TableRows; column: ColumnSummary; by: string }) {
  const edges = column.histogram?.edges;
  const found = useMemo(() => (edges && edges.length > 2 ? countsByClass(table, column.name, by, edges) : null), [table, column.name, by, edges]);
  if (found === null || edges === undefined) return kindOf(column) === "text" ? <PairChart table={table} first={column.name} second={by} by={null} /> : null;
  return <StackedHistogram name={`Histogram of ${column.name} by ${by}`} edges={edges} series={found.series} counts={found.counts} />;
}
