import type { ReactNode } from "react";
import { Button } from "./Button";

export interface Column<T> {
  /** Its head; an empty one is read out as `label`. */
  name: string;
  label?: string;
  cell: (row: T) => ReactNode;
  /** Figures stand right. */
  figure?: boolean;
  /** The column that names the row. */
  heads?: boolean;
}

interface TableProps<T> {
  /** What the table lists, for screen readers. */
  label: string;
  columns: readonly Column<T>[];
  rows: readonly T[];
  rowKey: (row: T) => string;
  className?: string;
}

/** A table of a page of rows; the row's name is a link, its actions stand at its end. */
export function Table<T>({ label, columns, rows, rowKey, className = "" }: TableProps<T>) {
  return (
    <div className="scroll pt4" tabIndex={0} role="group" aria-label={label}>
      <table className={`tb ${className}`}>
        <thead>
          <tr>
            {columns.map(({ name, label: spoken, figure }) => (
              <th key={name || spoken} scope="col" className={figure ? "num" : undefined}>
                {name || <span className="sr">{spoken}</span>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={rowKey(row)}>
              {columns.map(({ name, label: spoken, cell, figure, heads }) =>
                heads ? (
                  <th key={name || spoken} scope="row">
                    {cell(row)}
                  </th>
                ) : (
                  <td key={name || spoken} className={figure ? "num" : undefined}>
                    {cell(row)}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface PagesProps {
  /** What is shown: "1 to 50". */
  shown: string;
  previous?: (() => void) | undefined;
  next?: (() => void) | undefined;
  busy?: boolean;
}

/** Previous and next page, below a table. */
export function Pages({ shown, previous, next, busy = false }: PagesProps) {
  return (
    <div className="pages">
      <span className="t12 dim">{shown}</span>
      <span className="row g4 end">
        <Button size="s" icon="left" disabled={!previous} onClick={previous}>
          Previous
        </Button>
        <Button size="s" disabled={!next} busy={busy} onClick={next}>
          Next
        </Button>
      </span>
    </div>
  );
}
