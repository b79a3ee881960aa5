import { type Cell, numberCell } from "./cells";
import { type Column, Encoder } from "./encoder";
import { BadModelFile } from "./errors";
import type { ModelParts } from "./files";
import { scoredCells, scoreWidth } from "./scores";

/** A row as an object by column names; names that the model does not know are ignored. */
export type Row = Record<string, Cell | undefined>;

/** What a model file says of its model. */
export interface ModelFacts {
  task: string;
  learner: string;
  /** The columns that a row has. */
  inputs: Column[];
  /** The columns of a result: those shown before the scores, then the scores. */
  outputs: { name: string; type: string }[];
}

/** Rows as the graph takes them, and the cells that are shown beside their scores. */
interface Encoded {
  matrix: Float64Array;
  cells: Cell[][];
}

/** All of a model but its graph: how rows become a matrix, and how the graph's numbers become cells. */
export interface Shell extends ModelFacts {
  encode(rows: readonly Row[]): Encoded;
  /** The results of rows from the graph's numbers, row after row: each with a cell for every output. */
  results(numbers: Float64Array, encoded: Encoded): Cell[][];
  /** The scores alone. */
  scores(numbers: Float64Array, encoded: Encoded): Cell[][];
}

export function readShell({ manifest, encoder: document }: ModelParts): Shell {
  const encoder = new Encoder(document);
  const width = scoreWidth(manifest);
  const scored = scoredCells(manifest);

  const byRow = (numbers: Float64Array, { cells }: Encoded) => {
    const columns = cells.length ? numbers.length / cells.length : width;
    if (columns < width) throw new BadModelFile(`The graph gives ${columns} scores for a row, not ${width}.`);
    return cells.map((_, row) => numbers.subarray(row * columns, (row + 1) * columns));
  };

  return {
    task: manifest.task,
    learner: manifest.learner,
    inputs: encoder.sources,
    outputs: [...encoder.shown.map((item) => item.column), ...manifest.outputs],
    encode: (rows) => encoder.encode(rows.map((row) => encoder.sources.map((column) => row[column.name] ?? null))),
    scores: (numbers, encoded) => byRow(numbers, encoded).map((found) => scored(found.subarray(0, width))),
    results: (numbers, encoded) =>
      byRow(numbers, encoded).map((found, row) => {
        let computed = width;
        const shown = encoder.shown.map(({ column, plan }) =>
          plan === null ? numberCell(found[computed++] ?? NaN, column.type) : (encoded.cells[row]![plan] ?? null),
        );
        return [...shown, ...scored(found.subarray(0, width))];
      }),
  };
}
