import { BadModelFile } from "./errors";

/** From the encoded matrix (rows × columns, row after row) to the numbers that the graph gives for each row. */
export type Compute = (matrix: Float64Array, rows: number) => Promise<Float64Array>;

/** What computes the graphs of ONNX models. */
export type Engine = (graph: Uint8Array) => Promise<Compute>;

/** What of `onnxruntime-web/wasm` (or `onnxruntime-node`) is used; this package does not depend on either. */
export interface OnnxRuntime {
  InferenceSession: {
    create(graph: Uint8Array, options: { executionProviders: string[] }): Promise<Session>;
  };
  Tensor: new (type: "float64", data: Float64Array, shape: readonly number[]) => unknown;
}

interface Session {
  run(feeds: Record<string, never>, fetches: readonly string[]): Promise<Record<string, { data: unknown }>>;
}

const INPUT = "encoded";
const OUTPUT = "scores";

/** The engine that computes graphs by ONNX Runtime, whatever they are made of. */
export function onnxRuntime(ort: OnnxRuntime, provider = "wasm"): Engine {
  return async (graph) => {
    const session = await ort.InferenceSession.create(graph, { executionProviders: [provider] });
    return async (matrix, rows) => {
      const encoded = new ort.Tensor("float64", matrix, [rows, matrix.length / rows]) as never;
      const numbers = (await session.run({ [INPUT]: encoded }, [OUTPUT]))[OUTPUT]?.data;
      if (!(numbers instanceof Float64Array)) throw new BadModelFile("The graph gives no scores in double precision.");
      return numbers;
    };
  };
}
