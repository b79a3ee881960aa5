import type { Cell } from "./cells";
import { BadModelFile, GraphNotScoredHere, NotScoredHere } from "./errors";
import { readParts } from "./files";
import { compileGraph } from "./graph";
import { type ModelFacts, readShell, type Row, type Shell } from "./model";
import type { Engine } from "./onnxRuntime";

export { type Cell, writeCell } from "./cells";
export type { Column } from "./encoder";
export { BadModelFile, CellError, GraphNotScoredHere, NotScoredHere } from "./errors";
export type { ModelFacts, Row } from "./model";
export { type Compute, type Engine, onnxRuntime } from "./onnxRuntime";

/** A trained model, ready to score rows in this browser. */
export interface Model extends ModelFacts {
  /**
   * The results of rows, each with a cell for every output. CellError for a cell that is not of its column's type;
   * NotScoredHere for a row that only the web service scores.
   */
  score(rows: readonly Row[]): Cell[][];
  /** The scores alone, without the columns shown before them. */
  scores(rows: readonly Row[]): Cell[][];
}

/** A trained model whose graph something else computes, so that its results come later; errors as those of `Model`. */
export interface DistantModel extends ModelFacts {
  score(rows: readonly Row[]): Promise<Cell[][]>;
  scores(rows: readonly Row[]): Promise<Cell[][]>;
}

/**
 * Read a trained model (`.ilearner`) or a scorer file, and make it ready to score.
 *
 * Throws
 * ------
 * BadModelFile if it is no intact model; NotScoredHere, with the reason, if only the web service scores it:
 * GraphNotScoredHere if `loadWith` could.
 */
export async function load(content: Uint8Array | ArrayBuffer): Promise<Model> {
  const { shell, graph } = await open(content);
  const compiled = readable(() => known(() => compileGraph(graph)));
  const run = (rows: readonly Row[]) => {
    const encoded = shell.encode(rows);
    return { encoded, numbers: rows.length ? compiled.run(encoded.matrix, rows.length).data : new Float64Array() };
  };
  return {
    ...facts(shell),
    score: (rows) => finished(run(rows), shell.results),
    scores: (rows) => finished(run(rows), shell.scores),
  };
}

/**
 * The same with another engine for the graph, such as `onnxRuntime(ort)`: for models that were trained elsewhere.
 *
 * Throws
 * ------
 * BadModelFile if it is no intact model; NotScoredHere if its rows are read by the web service only; what the engine
 * throws if it does not take the graph.
 */
export async function loadWith(content: Uint8Array | ArrayBuffer, engine: Engine): Promise<DistantModel> {
  const { shell, graph } = await open(content);
  const compute = await engine(graph);
  const run = async (rows: readonly Row[]) => {
    const encoded = shell.encode(rows);
    return { encoded, numbers: rows.length ? await compute(encoded.matrix, rows.length) : new Float64Array() };
  };
  return {
    ...facts(shell),
    score: async (rows) => finished(await run(rows), shell.results),
    scores: async (rows) => finished(await run(rows), shell.scores),
  };
}

interface Ran {
  encoded: ReturnType<Shell["encode"]>;
  numbers: Float64Array;
}

function finished({ numbers, encoded }: Ran, part: Shell["results"]): Cell[][] {
  return part(numbers, encoded);
}

function facts({ task, learner, inputs, outputs }: Shell): ModelFacts {
  return { task, learner, inputs, outputs };
}

async function open(content: Uint8Array | ArrayBuffer): Promise<{ shell: Shell; graph: Uint8Array }> {
  const parts = await readParts(content instanceof Uint8Array ? content : new Uint8Array(content));
  return { shell: readable(() => readShell(parts)), graph: parts.graph };
}

/** What is read; an error if what the file says of itself is not of the form that it should have. */
function readable<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof TypeError || error instanceof RangeError ? new BadModelFile("The model is damaged.") : error;
  }
}

function known<T>(compile: () => T): T {
  try {
    return compile();
  } catch (error) {
    throw error instanceof NotScoredHere ? new GraphNotScoredHere(error.message) : error;
  }
}
