import { type Cell, cellNumber, type ColumnType, NotOfType, READERS, strip, writeCell } from "./cells";
import { BadModelFile, CellError, NotScoredHere } from "./errors";
import { describeFormat, type Format, plainText } from "./formats";
import { type TextColumns, textCounter } from "./texts";

export interface Column {
  name: string;
  type: ColumnType;
  format?: Format;
}

interface Step {
  step: string;
  token?: string;
  type?: ColumnType;
  value?: Cell;
  old?: Cell;
  new?: Cell;
}

interface Plan {
  column: Column;
  source: Column;
  steps: Step[];
  missingTokens: string[];
}

interface Feature {
  name: string;
  categories: string[] | null;
}

/** `encoder.json` of a model file, in its current form. */
export interface EncoderDocument {
  plans: Plan[];
  slots: { plan: number; feature: Feature }[];
  shown: { column: Column; plan: number | null; position: number | null }[];
  texts?: TextColumns[];
}

type Read = (value: Cell) => Cell;
const MAX_SHOWN = 200;

/** Turns rows into the encoded matrix, and keeps the cells that are shown before the scores. */
export class Encoder {
  /** The columns that a caller sends, in order of first use. */
  readonly sources: Column[];
  readonly shown: EncoderDocument["shown"];
  readonly width: number;
  private readonly readers: { position: number; read: Read; column: Column }[];
  private readonly slots: { plan: number; encode: (cell: Cell) => number }[];
  private readonly texts: { plan: number; start: number; vector: (text: Cell) => Float64Array }[] = [];

  constructor(document: EncoderDocument) {
    if (!Array.isArray(document.plans)) {
      throw new NotScoredHere("The model was trained by the first version of the app; train it again.");
    }
    this.sources = [...new Map(document.plans.map((plan) => [plan.source.name, plan.source])).values()];
    this.readers = document.plans.map((plan) => ({
      position: this.sources.findIndex((column) => column.name === plan.source.name),
      read: reader(plan),
      column: { ...plan.source, type: plan.column.type },
    }));
    this.slots = document.slots.map(({ plan, feature }) => ({ plan, encode: coder(feature) }));
    this.shown = document.shown;
    let width = this.slots.length;
    for (const columns of document.texts ?? []) {
      const counter = textCounter(columns);
      this.texts.push({ plan: columns.plan, start: width, vector: (text) => counter.vector(text) });
      width += counter.width;
    }
    this.width = width;
    const plans = [...this.slots, ...this.texts].map((item) => item.plan);
    if (!plans.every((plan) => plan in this.readers)) throw new BadModelFile("The model's encoder leads outside of itself.");
  }

  /**
   * The encoded matrix of rows of cells in the order of `sources`, and for each row the finished cells of all plans.
   * An error names the first cell that cannot be read.
   */
  encode(rows: readonly (readonly Cell[])[]): { matrix: Float64Array; cells: Cell[][] } {
    const matrix = new Float64Array(rows.length * this.width);
    const cells = rows.map((row, index) => {
      const found = this.readers.map((item) => this.read(item, row[item.position] ?? null, index));
      const start = index * this.width;
      this.slots.forEach((slot, place) => (matrix[start + place] = slot.encode(found[slot.plan]!)));
      for (const text of this.texts) matrix.set(text.vector(found[text.plan]!), start + text.start);
      return found;
    });
    return { matrix, cells };
  }

  private read({ read, column }: { read: Read; column: Column }, value: Cell, row: number): Cell {
    try {
      return read(value);
    } catch (error) {
      if (!(error instanceof NotOfType)) throw error;
      const shown = represent(value);
      const text = shown.length <= MAX_SHOWN ? shown : `${shown.slice(0, MAX_SHOWN)}…`;
      const like = rewrites(column.format)
        ? `, neither plain nor as in training: ${describeFormat(column.format!)}`
        : "";
      const message = `Row ${row + 1}, column '${column.name}': ${text} is not a valid ${column.type}${like}.`;
      throw new CellError(row, column.name, message);
    }
  }
}

function reader(plan: Plan): Read {
  const tokens = new Set(plan.missingTokens);
  const format = plan.source.format;
  const typed = READERS[plan.source.type];
  if (!typed) throw new BadModelFile(`The model has a column of the type ${plan.source.type}.`);
  const plain = format && plan.source.type !== "String" ? plainText(format) : null;
  const steps = plan.steps.map(stepOf);
  return (value) => {
    let cell: Cell = null;
    if (!(typeof value === "string" && tokens.has(strip(value)))) {
      cell = typed(plain && typeof value === "string" ? plain(value) : value);
    }
    for (const step of steps) cell = step(cell);
    return cell;
  };
}

function stepOf(step: Step): Read {
  switch (step.step) {
    case "missing-if":
      return (cell) => (typeof cell === "string" && strip(cell) === step.token ? null : cell);
    case "cast":
      return (cell) => (cell === null ? null : READERS[step.type!](cell));
    case "fill":
      return (cell) => (cell === null ? (step.value ?? null) : cell);
    case "is-missing":
      return (cell) => cell === null;
    case "replace":
      return (cell) => (cell !== null && equal(cell, step.old ?? null) ? (step.new ?? null) : cell);
  }
  throw new NotScoredHere("Texts are cleaned by the web service only.");
}

/** Whether two cells are equal as Python compares them: True is 1. */
function equal(cell: Cell, other: Cell): boolean {
  if (typeof cell === "string" || typeof other === "string" || other === null) return cell === other;
  return Number(cell) === Number(other);
}

function coder(feature: Feature): (cell: Cell) => number {
  const { categories } = feature;
  if (categories === null) return cellNumber;
  const codes = new Map(categories.map((category, code) => [category, code]));
  return (cell) => (cell === null ? categories.length : (codes.get(writeCell(cell)) ?? categories.length + 1));
}

function rewrites(format: Format | undefined): boolean {
  return Boolean(format && (format.unit || format.thousands || (format.decimal ?? ".") !== "."));
}

/** A cell as Python's `repr` writes it, which is what the errors of the web service show. */
function represent(value: Cell): string {
  if (value === null) return "None";
  if (typeof value !== "string") return writeCell(value);
  const quote = value.includes("'") && !value.includes('"') ? '"' : "'";
  const escaped = value.replace(/\\/g, "\\\\").replace(/\n/g, "\\n").replace(/\r/g, "\\r").replace(/\t/g, "\\t");
  return `${quote}${quote === "'" ? escaped.replace(/'/g, "\\'") : escaped}${quote}`;
}
