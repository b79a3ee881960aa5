import { useMemo, useState } from "react";
import type { Cell, DistantModel, Model } from "../../../scoring";
import { Button } from "../../parts/Button";
import { TextField } from "../../parts/Field";
import { Message } from "../../parts/Message";
import { Sheet } from "../../parts/Sheet";
import { shown } from "./answers";
import { readPasted } from "./paste";
import { useSettled, whenThere } from "./useSettled";

const MAX_ROWS = 200;

interface PasteSheetProps {
  open: boolean;
  close: () => void;
  columns: readonly string[];
  model: Model | DistantModel | null;
  /** Take a row into the form. */
  take: (row: Record<string, string | null>) => void;
}

/** Rows pasted from a file or a spreadsheet: scored in this browser, and each can be taken into the form. */
export function PasteSheet({ open, close, columns, model, take }: PasteSheetProps) {
  const [text, setText] = useState("");
  const table = useMemo(() => readPasted(text, columns), [text, columns]);
  const missing = columns.filter((name) => !table.names.includes(name));
  const rows = table.rows.slice(0, MAX_ROWS).map((cells) => rowOf(table.names, cells));
  return (
    <Sheet open={open} close={close} title="Paste rows" sub="CSV, or copied from a spreadsheet; the first line names the columns.">
      <TextField label="Rows" rows={8} value={text} onChange={(event) => setText(event.target.value)} />
      {table.names.length > 0 && missing.length > 0 && (
        <Message kind="warn">{`Not in the first line, so missing: ${missing.slice(0, 8).join(", ")}${missing.length > 8 ? " …" : ""}.`}</Message>
      )}
      {rows.length > 0 && (
        <table className="tbl">
          <thead>
            <tr>
              <th scope="col">Row</th>
              <th scope="col">Scores in this browser</th>
              <th>
                <span className="sr">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row, place) => (
              <tr key={place}>
                <td className="cut">{table.rows[place]!.join(", ")}</td>
                <td className="nowrap">
                  <RowScore model={model} row={row} />
                </td>
                <td>
                  <Button size="s" kind="quiet" onClick={() => take(row)}>
                    Take it
                  </Button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {table.rows.length > MAX_ROWS && <p className="t12 faint">{`The first ${MAX_ROWS} of ${table.rows.length} rows. For all, drop a file below.`}</p>}
    </Sheet>
  );
}

function rowOf(names: readonly string[], cells: readonly string[]): Record<string, string | null> {
  return Object.fromEntries(names.map((name, place) => [name, cells[place] || null]));
}

function RowScore({ model, row }: { model: Model | DistantModel | null; row: Record<string, string | null> }) {
  const text = JSON.stringify(row);
  // By its text: the rows are made anew each time the sheet is drawn.
  const found = useMemo(() => scored(model, JSON.parse(text) as Record<string, string | null>), [model, text]);
  return useSettled(found) ?? "…";
}

function scored(model: Model | DistantModel | null, row: Record<string, string | null>): string | Promise<string> {
  if (model === null) return "–";
  try {
    const said = whenThere<Cell[][], string>(model.scores([row]), ([cells = []]) => cells.map((cell) => shown(cell, 4)).join(" · "));
    return said instanceof Promise ? said.catch(refusal) : said;
  } catch (error) {
    return refusal(error);
  }
}

function refusal(error: unknown): string {
  return error instanceof Error ? error.message.replace(/^Row 1, /, "") : String(error);
}
