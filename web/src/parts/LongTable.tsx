import { useEffect, useLayoutEffect, useRef, useState } from "react";
import type { Column } from "./Table";
import { visibleRows } from "./visibleRows";
import "./longTable.css";

export const ROW = 44;

interface LongTableProps<T> {
  /** What the table lists, for screen readers. */
  label: string;
  columns: readonly Column<T>[];
  /** Gives `.many-head` and `.many-row` below it their `grid-template-columns`. */
  className: string;
  /** The rows that have come so far. */
  rows: readonly T[];
  rowKey: (row: T) => string;
  /** How many there are in all; more than have come as long as `more` is asked for them. */
  count: number;
  /** Get further rows: asked for when the window comes near to the end of those that there are. */
  more: (() => void) | undefined;
}

/** A table of thousands of rows in a window that scrolls: only those that are seen are in the page. */
export function LongTable<T>({ label, columns, className, rows, rowKey, count, more }: LongTableProps<T>) {
  const box = useRef<HTMLDivElement>(null);
  const [seen, setSeen] = useState({ top: 0, height: 600 });
  const look = () => {
    const { scrollTop: top, clientHeight: height } = box.current ?? { scrollTop: 0, clientHeight: 600 };
    setSeen((before) => (before.top === top && before.height === height ? before : { top, height }));
  };
  useLayoutEffect(look, [count]);
  const { first, last } = visibleRows(seen.top, seen.height, ROW, count);
  const isShort = last > rows.length - seen.height / ROW;
  useEffect(() => {
    if (isShort) more?.();
  }, [isShort, more]);
  return (
    <div className={`many ${className}`} role="table" aria-label={label} aria-rowcount={count + 1}>
      <div role="rowgroup">
        <div role="row" className="many-head" aria-rowindex={1}>
          {columns.map(({ name, figure }) => (
            <span key={name} role="columnheader" className={figure ? "num" : undefined}>
              {name}
            </span>
          ))}
        </div>
      </div>
      <div ref={box} className="many-box" role="rowgroup" tabIndex={0} aria-label={label} onScroll={look}>
        <div style={{ height: count * ROW }} role="presentation">
          {Array.from({ length: last - first }, (_, place) => {
            const row = rows[first + place];
            return (
              <div
                key={row === undefined ? `waits ${first + place}` : rowKey(row)}
                role="row"
                className="many-row"
                aria-rowindex={first + place + 2}
                style={{ transform: `translateY(${(first + place) * ROW}px)`, height: ROW }}
              >
                {columns.map(({ name, cell, figure, heads }) => (
                  <span key={name} role={heads ? "rowheader" : "cell"} className={figure ? "num" : undefined}>
                    {row === undefined ? <span className="sk sk2" /> : cell(row)}
                  </span>
                ))}
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}
