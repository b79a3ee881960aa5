import { readArchive } from "./archive";
import { type Cell, numberCell } from "./cells";
import { type Column, Encoder, type EncoderDocument } from "./encoder";
import { BadModelFile, NotScoredHere } from "./errors";
import { compileGraph } from "./graph";
import { type Manifest, scoredCells, scoreWidth } from "./scores";

export { type Cell, writeCell } from "./cells";
export type { Column } from "./encoder";
export { BadModelFile, CellError, NotScoredHere } from "./errors";

const VERSIONS = [2, 3];

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
 * Read a trained model (`.ilearner`) and make it ready to score.
 *
 * Throws
 * ------
 * BadModelFile if it is no intact model; NotScoredHere, with the reason, if only the web service scores it.
 */
export async function load(content: Uint8Array | ArrayBuffer): Promise<Model> {
  const members = await readArchive(content instanceof Uint8Array ? content : new Uint8Array(content));
  const manifest = json(members, "manifest.json") as Manifest;
  if (!VERSIONS.includes(manifest.formatVersion)) {
    throw new NotScoredHere(`The model file has version ${manifest.formatVersion}; this page reads ${VERSIONS.join(" and ")}.`);
  }
  if (manifest.runtime !== "onnx") {
    throw new NotScoredHere(`${manifest.learner} is scored by scikit-learn, which runs in the web service only.`);
  }
  const graph = members.get("model.onnx");
  if (!graph) throw new BadModelFile("The model file has no graph.");
  try {
    return assemble(manifest, new Encoder(json(members, "encoder.json") as EncoderDocument), graph);
  } catch (error) {
    // What the file says of itself is not of the form that it should have.
    throw error instanceof TypeError || error instanceof RangeError ? new BadModelFile("The model file is damaged.") : error;
  }
}

function assemble(manifest: Manifest, encoder: Encoder, content: Uint8Array): Model {
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

function json(members: Map<string, Uint8Array>, name: string): unknown {
  const content = members.get(name);
  if (!content) throw new BadModelFile(`The model file has no ${name}.`);
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(content));
  } catch {
    throw new BadModelFile(`${name} of the model file is damaged.`);
  }
}
