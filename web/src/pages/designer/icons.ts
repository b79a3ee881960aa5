import type { IconName } from "../../parts/Icon";
import type { Module } from "./palette";

const NAMES: readonly [RegExp, IconName][] = [
  [/^import data|^enter data/i, "imp"],
  [/^export data/i, "out"],
  [/^trained model$/i, "cube"],
  [/missing/i, "gaps"],
  [/normalize|clip/i, "norm"],
  [/bins|histogram|statistic|summarize/i, "bins"],
  [/indicator|label/i, "tcat"],
  [/metadata/i, "pen"],
  [/split|partition|sample/i, "split"],
  [/select columns|feature/i, "cols"],
  [/^train|^tune|cross validate/i, "train"],
  [/^score|^assign|^apply transformation/i, "score"],
  [/^evaluate/i, "evalm"],
  [/tree|forest|jungle/i, "tree"],
  [/cluster|means|anomaly|component/i, "clust"],
  [/neural/i, "graph"],
  [/regression|perceptron|machine/i, "sigm"],
  [/text|n-gram|hashing|dirichlet/i, "ttext"],
  [/script|sql|scikit/i, "code"],
  [/math/i, "tnum"],
];

/** The picture of a module, by what it does. */
export function iconOf(module: Module | undefined): IconName {
  return (module && NAMES.find(([words]) => words.test(module.name))?.[1]) ?? "table";
}
