import { BadModelFile, NotScoredHere } from "./errors";
import { readGraph } from "./onnx";
import { compileNode, type Operation } from "./operators";
import { type Tensor, tensor } from "./tensor";

const INPUT = "encoded";
const OUTPUT = "scores";

interface Step {
  operation: Operation;
  inputs: number[];
  outputs: number[];
}

/** A function from the encoded matrix (rows × columns, row after row) to the scores (rows × scores). */
export interface CompiledGraph {
  run(matrix: Float64Array, rows: number): Tensor;
}

/** Compile a serialised ONNX model: names become places, attributes are read once. */
export function compileGraph(content: Uint8Array): CompiledGraph {
  const { nodes, constants } = readGraph(content);
  const places = new Map<string, number>([[INPUT, 0]]);
  const start: (Tensor | undefined)[] = [undefined];
  for (const [name, value] of constants) {
    places.set(name, start.length);
    start.push(value);
  }
  const steps: Step[] = nodes.map((node) => {
    const inputs = node.inputs.map((name) => (name === "" ? -1 : known(places, name)));
    const outputs = node.outputs.map((name) => {
      places.set(name, start.length);
      return start.push(undefined) - 1;
    });
    return { operation: compileNode(node), inputs, outputs };
  });
  const last = known(places, OUTPUT);
  return {
    run(matrix, rows) {
      const values = [...start];
      values[0] = tensor("double", [rows, rows ? matrix.length / rows : 0], matrix);
      for (const step of steps) {
        const found = step.operation(...(step.inputs.map((place) => values[place]) as Tensor[]));
        const results = Array.isArray(found) ? found : [found];
        step.outputs.forEach((place, index) => (values[place] = results[index]));
      }
      const scores = values[last];
      if (scores === undefined) throw new NotScoredHere("The graph gives no scores.");
      return scores;
    },
  };
}

function known(places: Map<string, number>, name: string): number {
  const place = places.get(name);
  if (place === undefined) throw new BadModelFile(`The graph reads '${name}' before it is made.`);
  return place;
}
