import { memo, useId, useMemo } from "react";
import { FieldCurve } from "./FieldCurve";
import { type Fields, type FormColumn, rangeText, remark } from "./form";
import type { Curves } from "./useCurves";

interface RowFormProps {
  columns: readonly FormColumn[];
  fields: Fields;
  change: (name: string, text: string) => void;
  /** The columns whose cells were refused, with what is wrong. */
  wrong: ReadonlyMap<string, string>;
  /** The curves, once there are any. */
  curves: Curves | null;
}

/** A field for each column, and under it how the score moves with this column alone; a keystroke draws its field only. */
export function RowForm({ columns, fields, change, wrong, curves }: RowFormProps) {
  return (
    <div className="tform">
      {columns.map((column) => (
        <div key={column.Name} className="f tf">
          <ColumnField column={column} text={fields[column.Name] ?? ""} change={change} wrong={wrong.get(column.Name)} />
          {curves && <ColumnCurve name={column.Name} curves={curves} />}
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

const ColumnField = memo(function ColumnField({ column, text, change, wrong }: ColumnFieldProps) {
  const id = useId();
  const said = wrong ?? remark(column, text);
  const range = useMemo(() => rangeText(column), [column]);
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
          {said ?? (column.Used ? range : "not used by the model")}
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
});

const ColumnCurve = memo(function ColumnCurve({ name, curves: { curves, model, row, score } }: { name: string; curves: Curves }) {
  const curve = curves.get(name);
  if (curve === undefined) return null;
  const x = Number(row[name]);
  const at = { x: row[name] && Number.isFinite(x) ? x : null, score };
  return <FieldCurve curve={curve} isProbability={/^(?:two-class|multiclass|anomaly)/.test(model.task)} at={at} />;
});
