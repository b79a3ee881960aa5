import type { ExperimentDocument, PortRef } from "./document";
import { disconnect, remove, removeService, setComment } from "./edits";
import { titleOf } from "./graph";

const LISTS = { input: "webServiceInputs", output: "webServiceOutputs", parameter: "webServiceParameters" } as const;

/** Delete what is picked on the canvas: modules, connections, web service ports and comments. */
export function removePicked(document: ExperimentDocument, picked: ReadonlySet<string>): ExperimentDocument {
  let next = document;
  const numbered: [string, number][] = [];
  for (const id of picked) {
    if (id.startsWith("e:")) next = disconnect(next, JSON.parse(id.slice(2)) as PortRef);
    const found = /^(input|output|parameter|comment):(\d+)$/.exec(id);
    if (found) numbered.push([found[1] as string, Number(found[2])]);
  }
  // From the last to the first, so that the numbers of the others stay right.
  for (const [kind, place] of numbered.sort((one, other) => other[1] - one[1])) {
    next = kind === "comment" ? setComment(next, place, undefined) : removeService(next, LISTS[kind as keyof typeof LISTS], place);
  }
  return remove(next, new Set([...picked].flatMap((id) => titleOf(id) ?? [])));
}
