import { useMemo, useState } from "react";
import { useLive } from "../../api/poll";
import { figure } from "../../charts/figures";
import { IconButton } from "../../parts/Button";
import { Empty } from "../../parts/Empty";
import { Field, Select } from "../../parts/Field";
import { Icon } from "../../parts/Icon";
import { ErrorMessage } from "../../parts/Message";
import { Segments } from "../../parts/Tabs";
import { ColumnPanel } from "./ColumnPanel";
import { ColumnsTable } from "./ColumnsTable";
import { type Condition, whereOf } from "./conditions";
import { DownloadRows } from "./DownloadRows";
import { FilterBar } from "./FilterBar";
import { RowsTable } from "./RowsTable";
import type { TableRows, TableSource, TableSummary } from "./table";
import { tableWarnings } from "./words";
import "./dataset.css";

const PAGE_ROWS = 20;
const PAGE_COLUMNS = 25;

/** A table to look at: its rows in pages, its columns, and one column or two beside it. */
export function TableView({ title, summary, source }: { title: string; summary: TableSummary; source: TableSource }) {
  const [view, setView] = useState<"rows" | "columns">("rows");
  const [offset, setOffset] = useState(0);
  const [part, setPart] = useState(0);
  const [sort, setSort] = useState("");
  const [find, setFind] = useState("");
  const [conditions, setConditions] = useState<Condition[]>([]);
  const [by, setBy] = useState<string | null>(null);
  const query = useMemo(() => ({ ...(sort && { sort }), ...whereOf(conditions) }), [sort, conditions]);
  const known = summary.columns.slice(0, summary.columnsKept);
  const [picked, setPicked] = useState<string | null>(known[0]?.name ?? null);
  const [second, setSecond] = useState<string | null>(null);
  const found = useMemo(() => {
    const text = find.trim().toLowerCase();
    return known.map((column, place) => ({ column, place })).filter(({ column }) => column.name.toLowerCase().includes(text));
  }, [known, find]);
  const first = Math.min(part * PAGE_COLUMNS, Math.max(0, found.length - 1));
  const shown = found.slice(first, first + PAGE_COLUMNS);
  const read = useLive<TableRows>(source.rows, {
    path: source.path,
    query: { offset, limit: PAGE_ROWS, ...query },
    once: true,
    enabled: summary.rows > 0 && known.length > 0,
  });
  const pick = (name: string, other: boolean) => {
    if (other && picked !== null && name !== picked) setSecond(name);
    else {
      setPicked(name);
      if (name === second) setSecond(null);
    }
  };
  const column = known.find(({ name }) => name === picked);
  if (summary.rows === 0) {
    return (
      <>
        <h2 className="sr">Rows</h2>
        <Empty title="No rows">
          This table has {figure(summary.columnCount)} columns and no rows. Look at what the file or the modules before it leave out.
        </Empty>
      </>
    );
  }
  const matching = conditions.length === 0 ? summary.rowsKept : (read.data?.matching ?? 0);
  const last = Math.min(offset + PAGE_ROWS, matching);
  return (
    <>
      <Warnings summary={summary} onPick={(name) => pick(name, false)} />
      <div className="row w data-bar">
        <Segments label="What to look at" value={view} choose={setView} options={[["rows", "Rows"], ["columns", "Columns"]]} />
        <div className="w260">
          <Field label="Find a column" labelHidden size="s" icon="search" placeholder="Find a column" value={find} onChange={(event) => { setFind(event.target.value); setPart(0); }} />
        </div>
        <Parts count={found.length} first={first} onPart={setPart} part={Math.floor(first / PAGE_COLUMNS)} />
        {view === "rows" && (
          <div className="row g4 end">
            <span className="t12 dim">
              {matching === 0 ? "No row" : `Rows ${figure(offset + 1)} to ${figure(last)}`} of {conditions.length > 0 && `${figure(matching)} chosen of `}
              {figure(summary.rows)}
            </span>
            <IconButton size="s" icon="left" label="Rows before" disabled={offset === 0} onClick={() => setOffset(Math.max(0, offset - PAGE_ROWS))} />
            <IconButton size="s" icon="right" label="Next rows" disabled={last >= matching} onClick={() => setOffset(offset + PAGE_ROWS)} />
            <DownloadRows title={title} source={source} query={query} />
          </div>
        )}
      </div>
      {view === "rows" && (
        <FilterBar
          columns={known}
          picked={picked}
          conditions={conditions}
          onConditions={(next) => {
            setConditions(next);
            setOffset(0);
          }}
        />
      )}
      {read.error && <ErrorMessage error={read.error} />}
      <div className="dsg">
        <section className="card" aria-label="Table">
          {view === "columns" ? (
            <ColumnsTable columns={shown.map((each) => each.column)} rows={summary.rows} picked={picked} onPick={pick} />
          ) : (
            <RowsTable
              columns={shown}
              rows={summary.rows}
              total={matching}
              numbers={read.data?.numbers}
              offset={read.data?.offset ?? offset}
              pageRows={PAGE_ROWS}
              values={read.data?.values ?? (offset === 0 && !query.sort && !query.where ? summary.preview.slice(0, PAGE_ROWS) : [])}
              picked={picked}
              second={second}
              onPick={pick}
              onOffset={setOffset}
            />
          )}
          <footer>
            <Icon name="info" size="s" />
            <span>Statistics are of all rows. Choose a heading for its column; Shift chooses a second one to see both.</span>
            {summary.rowsKept < summary.rows && <span className="end">The first {figure(summary.rowsKept)} rows are kept</span>}
          </footer>
        </section>
        {column && (
          <ColumnPanel
            column={column}
            columns={known}
            rows={summary.rows}
            source={source}
            query={query}
            by={by}
            onBy={setBy}
            second={second}
            onSecond={setSecond}
            sort={sort}
            onSort={(next) => {
              setSort(next);
              setOffset(0);
            }}
          />
        )}
      </div>
    </>
  );
}

function Warnings({ summary, onPick }: { summary: TableSummary; onPick: (column: string) => void }) {
  const warnings = tableWarnings(summary);
  if (warnings.length === 0) return null;
  return (
    <ul className="warns" aria-label="Warnings of the profile">
      {warnings.map(({ column, text }, place) => (
        <li key={place}>
          <Icon name="warn" size="s" />
          <span className="cut" title={column ? `${column} ${text}` : text}>
            {column && <b>{column}</b>} {text}
          </span>
          {column && (
            <button type="button" className="link" aria-label={`Show ${column}`} onClick={() => onPick(column)}>
              Show
            </button>
          )}
        </li>
      ))}
    </ul>
  );
}

/** Which columns are shown, where there are too many for one table. */
function Parts({ count, first, part, onPart }: { count: number; first: number; part: number; onPart: (part: number) => void }) {
  if (count <= PAGE_COLUMNS) return null;
  const options = Array.from({ length: Math.ceil(count / PAGE_COLUMNS) }, (_, place): [string, string] => [
    String(place),
    `Columns ${place * PAGE_COLUMNS + 1} to ${Math.min(count, (place + 1) * PAGE_COLUMNS)} of ${count}`,
  ]);
  return (
    <div className="row g4">
      <Select label="Columns shown" labelHidden size="s" options={options} value={String(part)} onChange={(event) => onPart(Number(event.target.value))} />
      <IconButton size="s" icon="left" label="Columns before" disabled={part === 0} onClick={() => onPart(part - 1)} />
      <IconButton size="s" icon="right" label="Next columns" disabled={first + PAGE_COLUMNS >= count} onClick={() => onPart(part + 1)} />
    </div>
  );
}
