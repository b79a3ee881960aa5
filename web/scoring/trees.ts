import { NotScoredHere } from "./errors";
import type { Attribute } from "./onnx";
import { type Tensor, zeros } from "./tensor";

const SUM = 1;
const MEMBER = 6;
type Rule = (x: number, split: number) => boolean;
/** The rules of a node by the numbers of ai.onnx.ml 5. */
const RULES: readonly Rule[] = [
  (x, split) => x <= split,
  (x, split) => x < split,
  (x, split) => x >= split,
  (x, split) => x > split,
  (x, split) => x === split,
  (x, split) => x !== split,
];

/** An ensemble of trees (TreeEnsemble of ai.onnx.ml 5): the sum, for each row, of the weights of the leaves it comes to. */
export function treeEnsemble(attributes: Map<string, Attribute>): (rows: Tensor) => Tensor {
  const list = (name: string) => Int32Array.from(attributes.get(name)?.integers ?? []);
  const numbers = (name: string) => attributes.get(name)?.tensor?.data ?? new Float64Array();
  const feature = list("nodes_featureids");
  const [trueIds, falseIds] = [list("nodes_truenodeids"), list("nodes_falsenodeids")];
  const [trueLeaf, falseLeaf] = [list("nodes_trueleafs"), list("nodes_falseleafs")];
  const missingTrue = list("nodes_missing_value_tracks_true");
  const [splits, modes] = [numbers("nodes_splits"), numbers("nodes_modes")];
  const [targets, weights, roots] = [list("leaf_targetids"), numbers("leaf_weights"), list("tree_roots")];
  const width = attributes.get("n_targets")?.number ?? 1;
  if ((attributes.get("aggregate_function")?.number ?? SUM) !== SUM || attributes.get("post_transform")?.number) {
    throw new NotScoredHere("The graph's trees are joined in another way than by sums.");
  }
  const members = memberships(modes, numbers("membership_values"));
  checkTables(feature.length, [trueIds, falseIds, splits, modes], [trueLeaf, falseLeaf], targets, weights, width, roots);

  const leaf = (data: Float64Array, row: number, columns: number, root: number): number => {
    let at = root;
    // No tree is deeper than it has nodes: a tree that leads back into itself ends here.
    for (let steps = 0; steps <= feature.length; steps++) {
      const x = data[row * columns + feature[at]!]!;
      const mode = modes[at]!;
      const holds =
        x !== x && missingTrue[at] === 1 ? true : mode === MEMBER ? members[at]!.has(x) : RULES[mode]!(x, splits[at]!);
      const ends = holds ? trueLeaf[at] : falseLeaf[at];
      at = holds ? trueIds[at]! : falseIds[at]!;
      if (ends === 1) return at;
    }
    throw new NotScoredHere("A tree of the graph has no end.");
  };

  return (rows) => {
    const [count, columns] = rows.shape as [number, number];
    if (feature.some((column) => column >= columns)) throw new NotScoredHere("A tree asks for a column that is not there.");
    const result = zeros("double", [count, width]);
    for (let row = 0; row < count; row++) {
      for (const root of roots) {
        const found = leaf(rows.data, row, columns, root);
        const place = row * width + targets[found]!;
        result.data[place] = result.data[place]! + weights[found]!;
      }
    }
    return result;
  };
}

/** The sets that nodes ask for membership in: they follow one another, each ended by NaN. */
function memberships(modes: Float64Array, values: Float64Array): (Set<number> | undefined)[] {
  let at = 0;
  return Array.from(modes, (mode) => {
    if (mode !== MEMBER) return undefined;
    const found = new Set<number>();
    for (; at < values.length && values[at]! === values[at]!; at++) found.add(values[at]!);
    at++;
    return found;
  });
}

function checkTables(
  nodes: number,
  tables: readonly (Int32Array | Float64Array)[],
  leaves: readonly Int32Array[],
  targets: Int32Array,
  weights: Float64Array,
  width: number,
  roots: Int32Array,
): void {
  const [trueIds, falseIds, , modes] = tables as [Int32Array, Int32Array, Float64Array, Float64Array];
  const within = (ids: Int32Array, ends: Int32Array) =>
    ids.every((id, at) => id >= 0 && id < (ends[at] === 1 ? weights.length : nodes));
  const fits =
    [...tables, ...leaves].every((table) => table.length === nodes) &&
    within(trueIds, leaves[0]!) &&
    within(falseIds, leaves[1]!) &&
    modes.every((mode) => mode >= 0 && mode <= MEMBER && Number.isInteger(mode)) &&
    targets.length === weights.length &&
    targets.every((target) => target >= 0 && target < width) &&
    roots.every((root) => root >= 0 && root < nodes);
  if (!fits) throw new NotScoredHere("A tree of the graph leads outside of its tables.");
}
