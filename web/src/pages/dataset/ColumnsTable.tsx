import { figure, percent } from "../../charts/figures";
import { SparkBars } from "../../charts/Sparkline";
import { Icon } from "../../parts/Icon";
import { KIND_ICONS } from "./RowsTable";
import { type ColumnSummary, kindOf } from "./table";
import { cellText, columnFigure, typeWords } from "./words";

interface ColumnsTableProps {
  columns: readonly ColumnSummary[];
  rows: number;
  picked: string | null;
  onPick: (name: string, second: boolean) => void;
}

/** A row a column, for tables that are wide. */
export function ColumnsTable({ columns, rows, picked, onPick }: ColumnsTableProps) {
  return (
    <div className="scroll data-scroll" tabIndex={0} role="region" aria-label="Columns">
      <table className="tb">
        <thead>
          <tr>
            {["Column", "Type", "Distribution", "Missing", "Unique", "Mean or most frequent", "Minimum", "Maximum"].map((name, place) => (
              <th key={name} scope="col" className={place > 2 && place !== 5 ? "num" : ""}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {columns.map((column) => (
            <tr key={column.name} className={column.name === picked ? "on" : ""}>
              <th scope="row" className="name-cell">
                <button type="button" className="plain-pick" onClick={(event) => onPick(column.name, event.shiftKey)}>
                  <Icon name={KIND_ICONS[kindOf(column)]} size="s" />
                  <span className="cut" title={column.name}>
                    {column.name}
                  </span>
                </button>
              </th>
              <td className="dim">{typeWords(column.type)}</td>
              <td>
                <SparkBars
                  counts={column.histogram?.counts ?? column.top?.map(({ count }) => count) ?? []}
                  name={`Histogram of ${column.name}`}
                  height={22}
                />
              </td>
              <td className={column.missing ? "num" : "num faint"}>{column.missing ? percent(column.missing / Math.max(1, rows)) : "none"}</td>
              <td className="num">{figure(column.unique)}</td>
              <td className="cut most">{kindOf(column) === "number" ? figure(column.mean) : cellText(column.top?.[0]?.value)}</td>
              <td className="num">{columnFigure(column.min, kindOf(column))}</td>
              <td className="num">{columnFigure(column.max, kindOf(column))}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
