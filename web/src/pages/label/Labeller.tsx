import { useCallback, useEffect, useMemo, useReducer, useRef, useState } from "react";
import { useLive } from "../../api/poll";
import { figure } from "../../charts/figures";
import { Button } from "../../parts/Button";
import { Loading } from "../../parts/Loading";
import { ErrorMessage, Message } from "../../parts/Message";
import { kindOf, type TableRows, type TableSummary } from "../dataset/table";
import { ClassButtons } from "./ClassButtons";
import { guessImage } from "./image";
import { findLabels, keepLabels, printed, stillValid } from "./keptLabels";
import { classOfKey, startLabelling, step } from "./labelling";
import { OrderPicker } from "./OrderPicker";
import { RowShown } from "./RowShown";
import { useSave } from "./useSave";

interface LabellerProps {
  name: string;
  summary: TableSummary;
  column: string;
  classes: string[];
  onClasses: (classes: string[]) => void;
}

const PART = 1000;

/** One row at a time: keys give it a class, and the labels are written as a new version of the dataset. */
export function Labeller({ name, summary, column, classes, onClasses }: LabellerProps) {
  const place = `${name}\n${column}`;
  const [kept] = useState(() => findLabels(place));
  const [part, setPart] = useState(() => Math.floor((kept[0]?.row ?? 0) / PART));
  const read = useLive<TableRows>("/workspaces/{workspace}/datasets/{dataset}/rows", {
    path: { dataset: name },
    query: { offset: part * PART, limit: PART },
    once: true,
  });
  const [state, act] = useReducer(step, startLabelling([]));
  const table = read.data;
  const labelAt = table?.columns.findIndex((each) => each.name === column) ?? -1;
  const open = useMemo(() => openRows(table, labelAt), [table, labelAt]);
  const [order, setOrder] = useState<readonly number[] | null>(null);
  useEffect(() => setOrder(null), [table]);
  useEffect(() => act({ kind: "queue", queue: order ?? open }), [open, order]);
  const restored = useRef(false);
  const [lost, setLost] = useState(0);
  useEffect(() => {
    if (!table || restored.current) return;
    restored.current = true;
    const valid = stillValid(kept, table, column);
    setLost(valid.lost);
    act({ kind: "restore", labels: valid.labels });
  }, [table, kept, column]);
  useEffect(() => {
    if (table && restored.current) keepLabels(place, printed(state.labels, table, column));
  }, [place, state.labels, table, column]);
  const save = useSave(name, column, table, PART, (rows) => act({ kind: "written", rows }));
  const write = useCallback(() => save.write(state.labels), [save, state.labels]);

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.target instanceof HTMLElement && event.target.closest("input, select, textarea")) return;
      const ctrl = event.ctrlKey || event.metaKey;
      const did = handleKey(event.key, ctrl, classes, act, write);
      if (did) event.preventDefault();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [classes, write]);

  if (read.error) return <ErrorMessage error={read.error} />;
  if (!table) return <Loading rows={6} />;
  const row = state.queue[state.at];
  const shape = guessImage(table.columns.map((each) => ({ name: each.name, isNumber: kindOf(each) === "number" })), column);
  const seen = state.queue.length === 0 ? 1 : state.at / state.queue.length;
  return (
    <>
      <div className="row w label-bar">
        <OrderPicker table={table} rows={open} onOrder={setOrder} />
        <div className="grow">
          <progress className="tall" value={seen} aria-label="Rows seen" />
          <p className="t12 dim">
            {figure(state.at)} of {figure(state.queue.length)} rows without a label seen
            {summary.rowsKept > PART && `, of rows ${figure(part * PART + 1)} to ${figure(Math.min(summary.rowsKept, (part + 1) * PART))}`}
          </p>
        </div>
        <Button icon="undo" disabled={state.history.length === 0} onClick={() => act({ kind: "undo" })}>
          Undo
        </Button>
        <Button kind="main" busy={save.busy} disabled={state.labels.size === 0} onClick={write}>
          {state.labels.size === 0 ? "Nothing to write" : `Write ${figure(state.labels.size)} ${state.labels.size === 1 ? "label" : "labels"}`}
        </Button>
      </div>
      {save.message && <Message kind="ok">{save.message}</Message>}
      {save.changed ? (
        <Message kind="warn">
          Somebody changed {name} since you opened it. Your {figure(state.labels.size)} labels are kept here.{" "}
          <Button size="s" onClick={() => save.again(state.labels)}>
            Read it anew and write them
          </Button>
        </Message>
      ) : (
        save.error != null && <ErrorMessage error={save.error} />
      )}
      {(save.lost > 0 || lost > 0) && (
        <Message kind="warn">
          {figure(save.lost + lost)} labels were left out: their rows are different now, or somebody else gave them another label.
        </Message>
      )}
      {row === undefined ? (
        <Message kind="ok">
          {open.length === 0 ? "All of these rows have a label." : "That was the last of these rows."}{" "}
          {(part + 1) * PART < summary.rowsKept && (
            <Button size="s" disabled={state.labels.size > 0} onClick={() => setPart(part + 1)}>
              Go on with the next rows
            </Button>
          )}
          {state.labels.size > 0 && " Write the labels now."}
        </Message>
      ) : (
        <div className="label-stage">
          <RowShown table={table} row={row - table.offset} number={row} label={column} shape={shape} />
          <ClassButtons classes={classes} given={state.labels.get(row)} onGive={(label) => act({ kind: "label", label })} onSkip={() => act({ kind: "skip" })} onBack={() => act({ kind: "back" })} onClasses={onClasses} />
        </div>
      )}
    </>
  );
}

/** The numbers of the rows that have no label yet. */
function openRows(table: TableRows | undefined, labelAt: number): number[] {
  if (!table) return [];
  return table.values.flatMap((row, place) => (labelAt >= 0 && row[labelAt] !== null ? [] : [table.offset + place]));
}

type Act = (given: Parameters<typeof step>[1]) => void;

function handleKey(key: string, ctrl: boolean, classes: readonly string[], act: Act, write: () => void): boolean {
  if (ctrl && key.toLowerCase() === "s") write();
  else if ((ctrl && key.toLowerCase() === "z") || (!ctrl && key.toLowerCase() === "z")) act({ kind: "undo" });
  else if (ctrl) return false;
  else if (key === "ArrowRight" || key.toLowerCase() === "s") act({ kind: "skip" });
  else if (key === "ArrowLeft" || key.toLowerCase() === "b") act({ kind: "back" });
  else {
    const label = classOfKey(classes, key);
    if (label === undefined) return false;
    act({ kind: "label", label });
  }
  return true;
}
