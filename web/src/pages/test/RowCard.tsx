import { useCallback, useState } from "react";
import type { Cell } from "../../../scoring";
import { Button } from "../../parts/Button";
import { Card } from "../../parts/Card";
import { type Fields, fieldsOf, type FormColumn } from "./form";
import { RowForm } from "./RowForm";
import type { Curves } from "./useCurves";

interface RowCardProps {
  columns: readonly FormColumn[];
  isTwoClass: boolean;
  typical: Record<string, Cell>;
  samples: readonly Record<string, Cell>[];
  fields: Fields;
  setFields: (change: Fields | ((before: Fields) => Fields)) => void;
  wrong: ReadonlyMap<string, string>;
  curves: Curves | null;
  busy: boolean;
  onPaste: () => void;
  onScore: () => void;
}

/** The row to type, and where else one may come from. */
export function RowCard({ columns, isTwoClass, typical, samples, fields, setFields, wrong, curves, busy, onPaste, onScore }: RowCardProps) {
  const [sample, setSample] = useState(0);
  const change = useCallback((name: string, text: string) => setFields((before) => ({ ...before, [name]: text })), [setFields]);
  return (
    <Card
      title="A row"
      note={`${columns.length} columns, the label is not asked for`}
      padded
      actions={
        <div className="row g4 w">
          {samples.length > 0 && (
            <Button
              size="s"
              icon="dice"
              onClick={() => {
                setFields(fieldsOf(columns, samples[sample % samples.length]!));
                setSample(sample + 1);
              }}
            >
              Another row
            </Button>
          )}
          <Button size="s" kind="quiet" onClick={() => setFields(fieldsOf(columns, typical))}>
            Typical row
          </Button>
          <Button size="s" kind="quiet" onClick={onPaste}>
            Paste
          </Button>
          <Button size="s" kind="main" icon="play" busy={busy} onClick={onScore}>
            Score
          </Button>
        </div>
      }
      footer={
        curves
          ? `Under each field whose range is known: how the score moves with this column alone.${isTwoClass ? " The dotted line is the threshold of 0.5." : ""}`
          : "Curves under the fields need a model in this browser."
      }
    >
      <RowForm columns={columns} fields={fields} change={change} wrong={wrong} curves={curves} />
    </Card>
  );
}
