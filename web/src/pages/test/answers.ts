import type { Cell, DistantModel, Model, Row } from "../../../scoring";
import { whenThere } from "./useSettled";

/** What came of a row, by column; `ms` is how long it took. */
export interface Answer {
  columns: string[];
  cells: Cell[];
  ms: number;
}

/** A table in a response of `…/execute`. */
interface ResultTable {
  value: { ColumnNames: string[]; ColumnTypes: string[]; Values: (string | null)[][] };
}

/** The body of `…/execute`. */
export interface ExecuteResponse {
  Results: Record<string, ResultTable>;
}

const NUMERIC = new Set(["Double", "Int32", "Int64"]);

/** The scored columns of a response's row: those that are no columns of the row itself. */
export function serviceAnswer(response: ExecuteResponse, inputs: ReadonlySet<string>, ms: number): Answer {
  const answer: Answer = { columns: [], cells: [], ms };
  for (const { value } of Object.values(response.Results)) {
    value.ColumnNames.forEach((name, place) => {
      if (inputs.has(name)) return;
      const text = value.Values[0]?.[place] ?? null;
      answer.columns.push(name);
      answer.cells.push(text !== null && NUMERIC.has(value.ColumnTypes[place] ?? "") ? Number(text) : text);
    });
  }
  return answer;
}

/** The answer of the scorer in this browser, at once or from ONNX Runtime a moment later. */
export function browserAnswer(model: Model | DistantModel, row: Row): Answer | Promise<Answer> {
  const start = performance.now();
  return whenThere(model.scores([row]), ([cells = []]) => {
    const columns = model.outputs.slice(-cells.length).map(({ name }) => name);
    return { columns, cells, ms: performance.now() - start };
  });
}

/** How far two answers are apart: the largest difference of their numbers, or false if a text differs. */
export function difference(one: Answer, other: Answer): number | false {
  let most = 0;
  for (const [place, name] of one.columns.entries()) {
    const at = other.columns.indexOf(name);
    if (at < 0) continue;
    const [a, b] = [one.cells[place] ?? null, other.cells[at] ?? null];
    if (typeof a === "number" && typeof b === "number") most = Math.max(most, Math.abs(a - b));
    else if (String(a) !== String(b)) return false;
  }
  return most;
}

/** Whether a difference is that of the last digits: of double precision, or of single, as most graphs from elsewhere. */
export function agrees(found: number | false, score: number, isSingle = false): boolean {
  return found !== false && found <= (isSingle ? 1e-5 : 1e-9) * Math.max(1, Math.abs(score));
}

/** A cell as a person reads it. */
export function shown(cell: Cell, digits = 9): string {
  if (cell === null) return "missing";
  if (typeof cell !== "number") return String(cell);
  return Number.isInteger(cell) ? cell.toLocaleString("en") : String(Number.parseFloat(cell.toPrecision(digits)));
}
