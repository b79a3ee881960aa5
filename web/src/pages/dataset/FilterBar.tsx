import { type FormEvent, useId, useState } from "react";
import { Button } from "../../parts/Button";
import { Field, Select } from "../../parts/Field";
import { Icon } from "../../parts/Icon";
import { comparisons, type Condition, conditionWords, knownValues, standsAlone, withCondition } from "./conditions";
import type { ColumnSummary } from "./table";

interface FilterBarProps {
  columns: readonly ColumnSummary[];
  /** The column that is looked at, which one most likely means. */
  picked: string | null;
  conditions: readonly Condition[];
  onConditions: (conditions: Condition[]) => void;
}

/** The conditions that hold, each taken away with a press, and a line to add one. */
export function FilterBar({ columns, picked, conditions, onConditions }: FilterBarProps) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <div className="row w g8 filter-chips">
        <Button size="s" icon="filter" aria-expanded={open} onClick={() => setOpen(!open)}>
          Filter rows
        </Button>
        {conditions.map((condition, place) => {
          const words = conditionWords(condition);
          return (
            <button
              key={words}
              type="button"
              className="chip xs"
              aria-label={`Take away: ${words}`}
              title={words}
              onClick={() => onConditions(conditions.filter((_, each) => each !== place))}
            >
              <span className="cut">{words}</span>
              <Icon name="x" size="s" />
            </button>
          );
        })}
        {conditions.length > 1 && (
          <Button size="s" kind="quiet" onClick={() => onConditions([])}>
            All rows
          </Button>
        )}
      </div>
      {open && <NewCondition key={picked} columns={columns} picked={picked} onAdd={(added) => onConditions(withCondition(conditions, added))} />}
    </>
  );
}

interface NewConditionProps {
  columns: readonly ColumnSummary[];
  picked: string | null;
  onAdd: (condition: Condition) => void;
}

function NewCondition({ columns, picked, onAdd }: NewConditionProps) {
  const [name, setName] = useState(picked ?? columns[0]?.name ?? "");
  const column = columns.find((each) => each.name === name);
  const choices = column ? comparisons(column) : [];
  const [is, setIs] = useState(choices[0]?.[0] ?? "=");
  const [value, setValue] = useState("");
  const list = useId();
  if (column === undefined) return null;
  const add = (event: FormEvent) => {
    event.preventDefault();
    onAdd({ column: name, is, ...(!standsAlone(is) && { value }) });
  };
  return (
    <form className="row w g8 new-condition" onSubmit={add} aria-label="New condition">
      <Select
        label="Column"
        labelHidden
        size="s"
        value={name}
        options={columns.map((each): [string, string] => [each.name, each.name])}
        onChange={(event) => {
          const next = columns.find((each) => each.name === event.target.value);
          setName(event.target.value);
          setIs((next && comparisons(next)[0]?.[0]) ?? "=");
          setValue("");
        }}
      />
      <Select label="Comparison" labelHidden size="s" value={is} options={choices} onChange={(event) => setIs(event.target.value)} />
      {!standsAlone(is) && (
        <Field label="Value" labelHidden size="s" placeholder="Value" autoComplete="off" list={list} value={value} onChange={(event) => setValue(event.target.value)} />
      )}
      <datalist id={list}>
        {knownValues(column).map((each) => (
          <option key={each} value={each} />
        ))}
      </datalist>
      <Button size="s" type="submit" icon="plus">
        Add
      </Button>
    </form>
  );
}
