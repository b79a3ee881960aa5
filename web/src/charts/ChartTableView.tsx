import type { ChartTable } from "./csv";
import { figure } from "./figures";

const SHOWN = 500;

/** The figures behind a chart, for those who read rather than look. */
export function ChartTableView({ title, table }: { title: string; table: ChartTable }) {
  const left = table.rows.length - SHOWN;
  return (
    <div className="chart-table" role="region" aria-label={`Table of ${title}`} tabIndex={0}>
      <table className="tb">
        <thead>
          <tr>
            {table.columns.map((column, place) => (
              <th key={place} scope="col" className={typeof table.rows[0]?.[place] === "number" ? "num" : undefined}>
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.slice(0, SHOWN).map((row, place) => (
            <tr key={place}>
              {row.map((cell, column) => (
                <td key={column} className={typeof cell === "number" ? "num" : ""}>
                  {typeof cell === "number" ? figure(cell, 6) : String(cell ?? "–")}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {left > 0 && <p className="t12 faint">{figure(left)} more rows are in the CSV file.</p>}
    </div>
  );
}
