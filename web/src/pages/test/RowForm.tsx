import { useId, useMemo } from "react";
import { columnCurve } from "./curves";
import { FieldCurve } from "./FieldCurve";
import { type Fields, type FormColumn, rangeText, remark, rowOf } from "./form";
import { useSettled } from "./useSettled";
import type { DistantModel, Model } from "../../../scoring";

interface RowFormProps {
  columns: readonly FormColumn[];
  fields: Fields;
  change: (name: string, text: string) => void;
  /** The columns whose cells were refused, with what is wrong. */
  wrong: ReadonlyMap<string, string>;
  /** The scorer and the place of the score to draw, once there is one; curves need it. */
  scorer: Drawn | null;
}

interface Drawn {
  model: Model | DistantModel;
  main: number;
  score: number;
}

/** A field for each column, and under it how the score moves with this column alone. */
export function RowForm({ columns, fields, change, wrong, scorer }: RowFormProps) {
  return (
    <div className="tform">
      {columns.map((column) => (
        <div key={column.Name} className="f tf">
          <ColumnField column={column} text={fields[column.Name] ?? ""} change={change} wrong={wrong.get(column.Name)} />
          {scorer && <ColumnCurve column={column} fields={fields} {...scorer} />}
        </div>
      ))}
    </div>
  );
}

interface ColumnFieldProps {
  column: FormColumn;
  text: string;
  change: (name: string, text: string) => void;
  wrong: string | undefined;
}

function ColumnField({ column, text, change, wrong }: ColumnFieldProps) {
  const id = useId();
  const said = wrong ?? remark(column, text);
  const common = {
    id,
    className: `in${wrong ? " bad" : ""}`,
    value: text,
    "aria-invalid": wrong ? true : undefined,
    "aria-describedby": `${id}n`,
  };
  const isChoice = column.Kind === "boolean" || (column.Kind === "category" && column.ValueCount <= 12);
  const values = column.Kind === "boolean" ? ["true", "false"] : column.Values;
  return (
    <>
      <div className="row">
        <label htmlFor={id} className="cut" title={column.Name}>
          {column.Name}
        </label>
        <span id={`${id}n`} className={`t11 end cut ${wrong ? "bad-text" : "faint"}`} title={said ?? undefined}>
          {said ?? (column.Used ? rangeText(column) : "not used by the model")}
        </span>
      </div>
      {isChoice ? (
        <select {...common} onChange={(event) => change(column.Name, event.target.value)}>
          <option value="">missing</option>
          {text !== "" && !values.includes(text) && <option>{text}</option>}
          {values.map((value) => (
            <option key={value}>{value}</option>
          ))}
        </select>
      ) : (
        <input
          {...common}
          inputMode={column.Kind === "number" || column.Kind === "integer" ? "decimal" : "text"}
          autoComplete="off"
          spellCheck={false}
          placeholder="missing"
          list={column.Kind === "category" ? `${id}v` : undefined}
          onChange={(event) => change(column.Name, event.target.value)}
        />
      )}
      {!isChoice && column.Kind === "category" && (
        <datalist id={`${id}v`}>
          {column.Values.map((value) => (
            <option key={value} value={value} />
          ))}
        </datalist>
      )}
    </>
  );
}

function ColumnCurve({ column, fields, model, main, score }: Drawn & { column: FormColumn; fields: Fields }) {
  const found = useMemo(() => curveNow(model, fields, column, main), [model, fields, column, main]);
  const curve = useSettled(found);
  if (curve === null) return null;
  const x = Number(fields[column.Name]);
  const at = { x: fields[column.Name] && Number.isFinite(x) ? x : null, score };
  return <FieldCurve curve={curve} isProbability={/^(?:two-class|multiclass|anomaly)/.test(model.task)} at={at} />;
}

function curveNow(model: Drawn["model"], fields: Fields, column: FormColumn, main: number) {
  const curve = columnCurve(model, rowOf(fields), column, main);
  // The row may have changed meanwhile to one with a cell that cannot be read.
  return curve instanceof Promise ? curve.catch(() => null) : curve;
}
