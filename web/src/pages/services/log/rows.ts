/** A page of the prediction log as the table shows it: what was answered, by whom, and what turned out to be right. */

import type { components } from "../../../api/schema";
import { figure } from "../../../charts/figures";

export type LogRows = components["schemas"]["LogPage"];
/** Settings as they are returned: none is missing. */
export type LogSettings = components["schemas"]["PredictionLog"] & { Share: number; RetentionDays: number };
export type LogCell = LogRows["Rows"][number][number];

export interface LogRow {
  key: string;
  id: string;
  at: string;
  output: string;
  deployment: string;
  version: string;
  mode: string;
  truth: LogCell;
  /** Whether the label that was answered is the truth; undefined while nobody knows, and for numbers. */
  right: boolean | undefined;
  scores: readonly (readonly [name: string, cell: LogCell])[];
  inputs: readonly (readonly [name: string, cell: LogCell])[];
}

const LABEL = "Scored Labels";

/** The rows of a page with their cells by what they are. */
export function readRows({ Columns, Rows }: Pick<LogRows, "Columns" | "Rows">): LogRow[] {
  const places = new Map(Columns.map(({ Name }, place) => [Name, place]));
  const under = (folder: string) => Columns.flatMap(({ Name }, place) => (Name.startsWith(folder) ? [[Name.slice(folder.length), place] as const] : []));
  const [inputs, scores] = [under("input/"), under("score/")];
  return Rows.map((cells, number) => {
    const cell = (name: string): LogCell => cells[places.get(name) ?? -1] ?? null;
    const text = (name: string) => String(cell(name) ?? "");
    const pick = (columns: typeof inputs) => columns.map(([name, place]) => [name, cells[place] ?? null] as const);
    const [truth, answered] = [cell("truth"), cell(`score/${LABEL}`)];
    return {
      key: `${text("at")} ${text("id")} ${text("output")} ${text("deployment")} ${number}`,
      id: text("id"),
      at: text("at"),
      output: text("output"),
      deployment: text("deployment"),
      version: text("version"),
      mode: text("mode"),
      truth,
      right: truth === null || typeof answered === "number" || answered === null ? undefined : String(truth) === String(answered),
      scores: pick(scores),
      inputs: pick(inputs),
    };
  });
}

/** A cell as a table shows it. */
export function cellText(cell: LogCell | undefined): string {
  if (cell === null || cell === undefined) return "–";
  return typeof cell === "number" ? figure(cell) : String(cell);
}

/** "1 row in 4, 90 days; customer is hashed": what the log keeps, in words. */
export function settingsWords(settings: LogSettings): string {
  const share = settings.Share === 1 ? "All rows are" : `${figure(settings.Share * 100)} % of the rows are`;
  const days = settings.RetentionDays === 1 ? "1 day" : `${settings.RetentionDays.toLocaleString("en")} days`;
  const changed = [of(settings.Hash, "hashed"), of(settings.LeaveOut, "left out")].filter(Boolean);
  return `${share} kept for ${days}${changed.length > 0 ? `; ${changed.join(", ")}` : ""}.`;
}

function of(columns: readonly string[], word: string): string {
  if (columns.length === 0) return "";
  const [first = ""] = columns;
  return columns.length > 1 ? `${columns.length} columns are ${word}` : `${first.length > 40 ? `${first.slice(0, 39)}…` : first} is ${word}`;
}
