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
import { OrderPicker, type UnsureRows } from "./OrderPicker";
import { cellsOf, numbersOf, onlyRows, PART, placeOf, readParts, withRows } from "./rows";
import { RowShown } from "./RowShown";
import { useSave } from "./useSave";

interface LabellerProps {
  name: string;
  summary: TableSummary;
  column: string;
  classes: string[];
  onClasses: (classes: string[]) => void;
}

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
  const [chosen, setChosen] = useState<UnsureRows | null>(null);
  const table = chosen?.table ?? read.data;
  const labelAt = table?.columns.findIndex((each) => each.name === column) ?? -1;
  const open = useMemo(() => openRows(table, labelAt), [table, labelAt]);
  useEffect(() => act({ kind: "queue", queue: open }), [open]);
  const restored = useRef(false);
  const [lost, setLost] = useState(0);
  const [known, setKnown] = useState<TableRows | null | undefined>();
  const [failed, setFailed] = useState<unknown>(null);
  useEffect(() => {
    if (restored.current) return;
    restored.current = true;
    if (kept.length === 0) return setKnown(null);
    // Their rows may be anywhere in the dataset: those that a model was unsure of are.
    readParts(name, kept.map(({ row }) => row)).then((found) => {
      const valid = stillValid(kept, found, column);
      setLost(valid.lost);
      setKnown(onlyRows(found, [...valid.labels.keys()]));
      act({ kind: "restore", labels: valid.labels });
    }, setFailed);
  }, [kept, name, column]);
  // The rows that have labels from before are looked at as well as those of now.
  const seenRows = useMemo(() => (known !== undefined && table ? withRows(table, known) : undefined), [known, table]);
  useEffect(() => {
    if (seenRows) keepLabels(place, printed(state.labels, seenRows, column));
  }, [place, state.labels, seenRows, column]);
  const save = useSave(name, column, seenRows, (rows) => act({ kind: "written", rows }));
  const order = (found: UnsureRows | null) => {
    if (seenRows) setKnown(onlyRows(seenRows, [...state.labels.keys()]));
    setChosen(found);
  };
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

  if (read.error ?? failed) return <ErrorMessage error={read.error ?? failed} />;
  if (!table) return <Loading rows={6} />;
  const row = state.queue[state.at];
  const shape = guessImage(table.columns.map((each) => ({ name: each.name, isNumber: kindOf(each) === "number" })), column);
  const seen = state.queue.length === 0 ? 1 : state.at / state.queue.length;
  return (
    <>
      <div className="row w label-bar">
        <OrderPicker dataset={name} column={labelAt < 0 ? null : column} onOrder={order} />
        <div className="grow">
          <progress className="tall" value={seen} aria-label="Rows seen" />
          <p className="t12 dim">
            {figure(state.at)} of {figure(state.queue.length)} rows without a label seen
            {chosen && `, of ${figure(chosen.of)} that the model scored: the least sure ones`}
            {!chosen && summary.rowsKept > PART && `, of rows ${figure(part * PART + 1)} to ${figure(Math.min(summary.rowsKept, (part + 1) * PART))}`}
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
          {!chosen && (part + 1) * PART < summary.rowsKept && (
            <Button size="s" disabled={state.labels.size > 0} onClick={() => setPart(part + 1)}>
              Go on with the next rows
            </Button>
          )}
          {state.labels.size > 0 && " Write the labels now."}
        </Message>
      ) : (
        <div className="label-stage">
          <RowShown table={table} row={placeOf(table, row)} number={row} label={column} shape={shape} />
          <ClassButtons classes={classes} given={state.labels.get(row)} onGive={(label) => act({ kind: "label", label })} onSkip={() => act({ kind: "skip" })} onBack={() => act({ kind: "back" })} onClasses={onClasses} />
        </div>
      )}
    </>
  );
}

/** The numbers of the rows that have no label yet. */
function openRows(table: TableRows | undefined, labelAt: number): number[] {
  if (!table) return [];
  return numbersOf(table).filter((row) => labelAt < 0 || cellsOf(table, row)?.[labelAt] === null);
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
