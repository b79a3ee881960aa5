import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { call, get } from "../../api/client";
import { SparkBars } from "../../charts/Sparkline";
import { Button } from "../../parts/Button";
import { Icon, type IconName } from "../../parts/Icon";
import { Chip, Segments } from "../../parts/Tabs";
import { E, type OutputColumn } from "./api";
import { readSelection, RULES, type Selection, writeSelection } from "./columns";
import { type ExperimentDocument, isSame, type PortRef, toJson } from "./document";
import { nearest } from "./nearest";

interface ColumnPickerProps {
  label: string;
  value: unknown;
  /** The input whose columns are picked from. */
  port: PortRef | undefined;
  document: ExperimentDocument;
  experiment: string;
  /** What does not apply here is said by the app's own message. */
  error: string | undefined;
  change: (value: unknown) => void;
}

const SHOWN = 200;
const NONE: OutputColumn[] = [];

interface Known {
  known: string;
  note: string;
  columns: OutputColumn[];
  run: string | null;
}

const isNumber = ({ type }: OutputColumn) => /double|int|float|number|numeric/i.test(type);

/** The columns at an input, with what a run knows of their values. */
async function readColumns(experiment: string, document: ExperimentDocument, to: PortRef): Promise<Known> {
  const query = { module: to[0], port: to[1] };
  const { body } = await call<Known>("POST", `${E}/columns`, { path: { experiment }, query, body: toJson(document) });
  const from = document.connections.find((connection) => isSame(connection.to, to))?.from;
  if (body.run === null || !from) return body;
  const path = { experiment, run: body.run, module: from[0], port: from[1] };
  const output = await get<{ columns?: OutputColumn[] }>(`${E}/runs/{run}/outputs/{module}/{port}`, { path }).catch(() => undefined);
  const facts = new Map(output?.columns?.map((column) => [column.name, column]));
  return { ...body, columns: body.columns.map((column) => ({ ...facts.get(column.name), ...column })) };
}

/** Columns, by name from those at the port, or by a rule. */
export function ColumnPicker({ label, value, port, document, experiment, error, change }: ColumnPickerProps) {
  const selection = readSelection(value);
  const [open, setOpen] = useState(false);
  const found = useQuery({
    queryKey: ["columns", experiment, port, document.connections, document.modules],
    queryFn: () => readColumns(experiment, document, port as PortRef),
    enabled: port !== undefined,
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    retry: false,
  });
  const columns = found.data?.columns ?? NONE;
  const known = useMemo(() => new Set(columns.map(({ name }) => name)), [columns]);
  const isExact = /^(run|profile|document)$/.test(found.data?.known ?? "") && known.size > 0;
  const picked = selection.kind === "names" ? selection.names : selection.kind === "rule" ? selection.except : [];
  const missing = isExact ? picked.filter((name) => !known.has(name) && !/^\d+$/.test(name)) : [];
  const meant = missing[0] === undefined ? undefined : nearest(missing[0], columns.map(({ name }) => name));
  const write = (next: Exclude<Selection, { kind: "other" }>) => change(writeSelection(next));
  const setNames = (names: string[]) => write(selection.kind === "rule" ? { ...selection, except: names } : { kind: "names", names });
  const toggle = (name: string) => setNames(picked.includes(name) ? picked.filter((each) => each !== name) : [...picked, name]);
  return (
    <div className="f" role="group" aria-label={label}>
      <div className="row">
        <span className="lab">{label}</span>
        <span className="faint t11 end">{selection.kind === "rule" ? "by rule" : picked.length > 1 ? "in the order picked" : ""}</span>
      </div>
      {missing[0] !== undefined && meant !== undefined && (
        <div className="msg fail" role="alert">
          <Icon name="failed" />
          <div className="col g4 grow">
            <p>
              <b>There is no column ‘{missing[0]}’</b> among the {columns.length} at this port.
            </p>
            <span>
              <Button size="s" onClick={() => setNames(picked.map((name) => (name === missing[0] ? meant : name)))}>
                Use {meant}
              </Button>
            </span>
          </div>
        </div>
      )}
      {selection.kind === "other" ? (
        <p className="t12 dim">A list of rules from the original; edit it under JSON, or pick anew here.</p>
      ) : (
        <Chips names={picked} rule={selection.kind === "rule" ? selection.select : undefined} missing={missing} remove={toggle} />
      )}
      {error && missing.length === 0 && (
        <span className="err">
          <Icon name="failed" size="s" />
          {error}
        </span>
      )}
      {open ? (
        <div className="pick">
          <Segments
            label="How columns are picked"
            fill
            value={selection.kind === "rule" ? "rule" : "names"}
            options={[
              ["names", "By name"],
              ["rule", "By rule"],
            ]}
            choose={(kind) => write(kind === "rule" ? { kind: "rule", select: "all", except: [] } : { kind: "names", names: [] })}
          />
          {selection.kind === "rule" && (
            <select className="in sm" aria-label="Rule" value={selection.select} onChange={(event) => write({ ...selection, select: event.target.value })}>
              {RULES.map(([rule, words]) => (
                <option key={rule} value={rule}>
                  {words}
                </option>
              ))}
            </select>
          )}
          {selection.kind === "rule" && <span className="t11 faint">except those picked below</span>}
          <ColumnList columns={columns} picked={picked} near={meant} toggle={toggle} busy={found.isFetching} note={found.data?.note ?? ""} />
          <div className="row pickf">
            <span className="t12">
              <b>{picked.length}</b> {selection.kind === "rule" ? "left out" : `of ${columns.length} picked`}
              {missing.length > 0 && <span className="bad">, {missing.length} not found</span>}
            </span>
            <Button size="s" kind="quiet" className="end" onClick={() => setNames([])}>
              Clear
            </Button>
            <Button size="s" onClick={() => setOpen(false)}>
              Done
            </Button>
          </div>
        </div>
      ) : (
        <Button size="s" icon="cols" onClick={() => setOpen(true)}>
          Pick columns
        </Button>
      )}
    </div>
  );
}

function Chips({ names, rule, missing, remove }: { names: string[]; rule: string | undefined; missing: string[]; remove: (name: string) => void }) {
  if (names.length === 0 && !rule) return null;
  return (
    <ul className="chips">
      {rule && <li className="rule">{RULES.find(([name]) => name === rule)?.[1] ?? rule}</li>}
      {names.slice(0, SHOWN).map((name) => (
        <li key={name} className={missing.includes(name) ? "bad" : undefined} title={name}>
          {missing.includes(name) && <Icon name="failed" size="s" />}
          <span className="cut">{rule ? `not ${name}` : name}</span>
          <button type="button" aria-label={`Take ${name} out`} onClick={() => remove(name)}>
            <Icon name="x" size="s" />
          </button>
        </li>
      ))}
      {names.length > SHOWN && <li>and {names.length - SHOWN} more</li>}
    </ul>
  );
}

interface ColumnListProps {
  columns: OutputColumn[];
  picked: string[];
  near: string | undefined;
  toggle: (name: string) => void;
  busy: boolean;
  note: string;
}

function ColumnList({ columns, picked, near, toggle, busy, note }: ColumnListProps) {
  const [search, setSearch] = useState("");
  const [only, setOnly] = useState<"all" | "numbers" | "texts">("all");
  const fits = (column: OutputColumn) =>
    column.name.toLowerCase().includes(search.toLowerCase()) && (only === "all" || isNumber(column) === (only === "numbers"));
  const shown = columns.filter(fits);
  const numbers = columns.filter(isNumber).length;
  const free = search.trim();
  return (
    <>
      <label className="inw">
        <Icon name="search" size="s" />
        <input
          className="in sm"
          placeholder={busy ? "Asking for the columns …" : columns.length > 0 ? `${columns.length} columns at this port` : "A column's name"}
          aria-label="Search columns"
          value={search}
          onChange={(event) => setSearch(event.target.value)}
          onKeyDown={(event) => {
            const name = shown[0]?.name ?? free;
            if (event.key !== "Enter" || !name) return;
            toggle(name);
            setSearch("");
          }}
        />
      </label>
      {columns.length > 0 ? (
        <div className="row g4 w">
          <Chip on={only === "all"} count={columns.length} toggle={() => setOnly("all")}>
            All
          </Chip>
          <Chip on={only === "numbers"} count={numbers} toggle={() => setOnly("numbers")}>
            Numbers
          </Chip>
          <Chip on={only === "texts"} count={columns.length - numbers} toggle={() => setOnly("texts")}>
            Text
          </Chip>
        </div>
      ) : (
        !busy && <p className="t12 dim">{note} Type a name and press Enter.</p>
      )}
      <ul className="pickl">
        {shown.slice(0, SHOWN).map((column) => (
          <li key={column.name} className={column.name === near ? "hint" : undefined}>
            <label>
              <input type="checkbox" className="box" checked={picked.includes(column.name)} onChange={() => toggle(column.name)} />
              <Icon name={iconOfType(column)} size="s" />
              <span className="grow cut" title={column.name}>
                {column.name}
              </span>
              {column.name === near ? <span className="tag near">nearest name</span> : column.unique !== undefined && <small>{column.unique.toLocaleString("en")} values</small>}
              <SparkBars counts={barsOf(column)} name="" on={picked.includes(column.name)} width={46} height={16} />
            </label>
          </li>
        ))}
        {shown.length > SHOWN && <li className="t12 dim">and {shown.length - SHOWN} more; search for them</li>}
        {free && shown.length === 0 && (
          <li>
            <button type="button" className="b quiet sm" onClick={() => toggle(free)}>
              Add ‘{free}’
            </button>
          </li>
        )}
      </ul>
    </>
  );
}

function iconOfType(column: OutputColumn): IconName {
  return isNumber(column) ? "tnum" : /date|time/i.test(column.type) ? "clock" : /bool/i.test(column.type) ? "done" : "ttext";
}

function barsOf({ histogram, top }: OutputColumn): number[] {
  return histogram?.counts ?? top?.map(({ count }) => count) ?? [];
}
