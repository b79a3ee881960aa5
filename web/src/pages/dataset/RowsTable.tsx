import { type KeyboardEvent, memo, useState } from "react";
import { SparkBars } from "../../charts/Sparkline";
import { Icon, type IconName } from "../../parts/Icon";
import { type Cursor, moved } from "./cursor";
import { type Cell, type ColumnSummary, type Kind, kindOf } from "./table";
import { cellText, missingWords, rangeWords } from "./words";

export const KIND_ICONS: Record<Kind, IconName> = { number: "tnum", text: "ttext", flag: "done", time: "clock" };

interface RowsTableProps {
  /** The shown columns, and where each is in a row of `values`. */
  columns: readonly { column: ColumnSummary; place: number }[];
  rows: number;
  offset: number;
  pageRows: number;
  values: readonly (readonly Cell[])[];
  picked: string | null;
  second: string | null;
  onPick: (name: string, second: boolean) => void;
  onOffset: (offset: number) => void;
  total: number;
  /** The numbers of the rows in the table, from 0, where they are not in its order or not all. */
  numbers: readonly number[] | undefined;
}

/** Rows with a small chart of each column above it; arrows go from cell to cell and turn the pages. */
export function RowsTable({ columns, rows, offset, pageRows, values, picked, second, onPick, onOffset, total, numbers }: RowsTableProps) {
  const [cursor, setCursor] = useState<Cursor | null>(null);
  function onKey(event: KeyboardEvent) {
    if (event.target !== event.currentTarget) return;
    const here = cursor ?? { row: offset, column: 0 };
    const name = columns[here.column]?.column.name;
    if (event.key === "Enter" && name !== undefined) {
      event.preventDefault();
      onPick(name, event.shiftKey);
      return;
    }
    const next = moved(here, event.key, event.ctrlKey, { rows: total, columns: columns.length, pageRows });
    if (next === null) return;
    event.preventDefault();
    event.stopPropagation();
    setCursor(next);
    if (next.row < offset || next.row >= offset + pageRows) onOffset(Math.floor(next.row / pageRows) * pageRows);
    if (next.column !== here.column) {
      event.currentTarget.querySelectorAll("thead th")[next.column + 1]?.scrollIntoView({ block: "nearest", inline: "nearest" });
    }
  }
  const at = cursor && columns[cursor.column];
  return (
    <div className="scroll data-scroll" tabIndex={0} role="region" aria-label="Rows" onKeyDown={onKey}>
      <span className="sr" aria-live="polite">
        {at && cursor ? `${at.column.name}, row ${(numbers?.[cursor.row - offset] ?? cursor.row) + 1}: ${cellText(values[cursor.row - offset]?.[at.place])}` : ""}
      </span>
      <table className="tb dtb">
        <thead>
          <tr>
            <th className="rn" scope="col">
              <span className="sr">Row</span>
            </th>
            {columns.map(({ column }) => (
              <ColumnHead
                key={column.name}
                column={column}
                rows={rows}
                on={column.name === picked || column.name === second}
                onPick={onPick}
              />
            ))}
          </tr>
        </thead>
        <tbody>
          {values.map((row, place) => (
            <tr key={offset + place}>
              <th className="rn" scope="row">
                {((numbers?.[place] ?? offset + place) + 1).toLocaleString("en")}
              </th>
              {columns.map(({ column, place: at }, position) => (
                <DataCell
                  key={column.name}
                  cell={row[at]}
                  on={column.name === picked}
                  here={cursor?.row === offset + place && cursor.column === position}
                />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface ColumnHeadProps {
  column: ColumnSummary;
  rows: number;
  on: boolean;
  onPick: (name: string, second: boolean) => void;
}

const ColumnHead = memo(function ColumnHead({ column, rows, on, onPick }: ColumnHeadProps) {
  const counts = column.histogram?.counts ?? column.top?.map(({ count }) => count) ?? [];
  return (
    <th scope="col" className={on ? "on" : ""}>
      <button type="button" className="ck" aria-pressed={on} onClick={(event) => onPick(column.name, event.shiftKey)}>
        <span className="row g6">
          <Icon name={KIND_ICONS[kindOf(column)]} size="s" />
          <b className="cut" title={column.name}>
            {column.name}
          </b>
        </span>
        <SparkBars counts={counts} name={`Histogram of ${column.name}`} on={on} />
        <span className="t11 faint cut">{rangeWords(column, rows)}</span>
        <span className={column.missing ? "t11 miss" : "t11 faint"}>
          {column.missing ? <Icon name="warn" size="s" /> : null}
          {missingWords(column, rows)}
        </span>
      </button>
    </th>
  );
});

function DataCell({ cell, on, here }: { cell: Cell | undefined; on: boolean; here: boolean }) {
  const style = [typeof cell === "number" ? "num" : "", on ? "on" : "", here ? "here" : ""].filter(Boolean).join(" ");
  const text = cellText(cell);
  return (
    <td className={style} title={text.length > 24 ? text : undefined}>
      {cell === null || cell === undefined ? <span className="gone">missing</span> : text}
    </td>
  );
}
