import { type Cell, numberCell } from "./cells";
import { type Column, Encoder } from "./encoder";
import { BadModelFile } from "./errors";
import { type ModelParts, readParts } from "./files";
import { compileGraph } from "./graph";
import { scoredCells, scoreWidth } from "./scores";

export { type Cell, writeCell } from "./cells";
export type { Column } from "./encoder";
export { BadModelFile, CellError, NotScoredHere } from "./errors";

/** A row as an object by column names; names that the model does not know are ignored. */
export type Row = Record<string, Cell | undefined>;

/** A trained model, ready to score rows in this browser. */
export interface Model {
  task: string;
  learner: string;
  /** The columns that a row has. */
  inputs: Column[];
  /** The columns of a result: those shown before the scores, then the scores. */
  outputs: { name: string; type: string }[];
  /**
   * The results of rows, each with a cell for every output. CellError for a cell that is not of its column's type;
   * NotScoredHere for a row that only the web service scores.
   */
  score(rows: readonly Row[]): Cell[][];
  /** The scores alone, without the columns shown before them. */
  scores(rows: readonly Row[]): Cell[][];
}

/**
 * Read a trained model (`.ilearner`) or a scorer file, and make it ready to score.
 *
 * Throws
 * ------
 * BadModelFile if it is no intact model; NotScoredHere, with the reason, if only the web service scores it.
 */
export async function load(content: Uint8Array | ArrayBuffer): Promise<Model> {
  const parts = await readParts(content instanceof Uint8Array ? content : new Uint8Array(content));
  try {
    return assemble(parts);
  } catch (error) {
    // What the file says of itself is not of the form that it should have.
    throw error instanceof TypeError || error instanceof RangeError ? new BadModelFile("The model is damaged.") : error;
  }
}

function assemble({ manifest, encoder: document, graph: content }: ModelParts): Model {
  const encoder = new Encoder(document);
  const graph = compileGraph(content);
  const width = scoreWidth(manifest);
  const scored = scoredCells(manifest);

  const run = (rows: readonly Row[]) => {
    const given = rows.map((row) => encoder.sources.map((column) => row[column.name] ?? null));
    const { matrix, cells } = encoder.encode(given);
    const result = rows.length ? graph.run(matrix, rows.length) : null;
    const columns = result ? result.data.length / rows.length : width;
    if (columns < width) throw new BadModelFile(`The graph gives ${columns} scores for a row, not ${width}.`);
    return rows.map((_, row) => ({ cells: cells[row]!, scores: result!.data.subarray(row * columns, (row + 1) * columns) }));
  };

  return {
    task: manifest.task,
    learner: manifest.learner,
    inputs: encoder.sources,
    outputs: [...encoder.shown.map((item) => item.column), ...manifest.outputs],
    scores: (rows) => run(rows).map(({ scores }) => scored(scores.subarray(0, width))),
    score: (rows) =>
      run(rows).map(({ cells, scores }) => {
        let computed = width;
        const shown = encoder.shown.map(({ column, plan }) =>
          plan === null ? numberCell(scores[computed++] ?? NaN, column.type) : (cells[plan] ?? null),
        );
        return [...shown, ...scored(scores.subarray(0, width))];
      }),
  };
}
