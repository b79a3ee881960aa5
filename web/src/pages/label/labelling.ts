/** What one does while labelling: which row is shown, which labels were given, and how to take them back. */

export interface Given {
  row: number;
  label: string;
  /** The label that it replaced, given here before; undefined if there was none. */
  before: string | undefined;
}

export interface Labelling {
  /** The rows to label, in the order in which they are shown. */
  queue: readonly number[];
  /** The place in the queue; its length when all were seen. */
  at: number;
  /** Labels that are not written yet. */
  labels: ReadonlyMap<number, string>;
  history: readonly Given[];
}

export type Step =
  | { kind: "label"; label: string }
  | { kind: "skip" }
  | { kind: "back" }
  | { kind: "undo" }
  | { kind: "queue"; queue: readonly number[] }
  | { kind: "restore"; labels: ReadonlyMap<number, string> }
  | { kind: "written"; rows: readonly number[] };

export function startLabelling(queue: readonly number[]): Labelling {
  return { queue, at: 0, labels: new Map(), history: [] };
}

export function step(state: Labelling, given: Step): Labelling {
  switch (given.kind) {
    case "label":
      return label(state, given.label);
    case "skip":
      return { ...state, at: Math.min(state.queue.length, state.at + 1) };
    case "back":
      return { ...state, at: Math.max(0, state.at - 1) };
    case "undo":
      return undo(state);
    case "queue":
      return { ...state, queue: given.queue, at: 0 };
    case "restore":
      return { ...state, labels: new Map([...given.labels, ...state.labels]) };
    case "written": {
      const written = new Set(given.rows);
      // What is in the file is not taken back here; labels given while it was written stay.
      return {
        ...state,
        labels: new Map([...state.labels].filter(([row]) => !written.has(row))),
        history: state.history.filter(({ row }) => !written.has(row)),
      };
    }
  }
}

function label(state: Labelling, text: string): Labelling {
  const row = state.queue[state.at];
  if (row === undefined || text === "") return state;
  return {
    ...state,
    at: state.at + 1,
    labels: new Map(state.labels).set(row, text),
    history: [...state.history, { row, label: text, before: state.labels.get(row) }],
  };
}

function undo(state: Labelling): Labelling {
  const last = state.history.at(-1);
  if (last === undefined) return state;
  const labels = new Map(state.labels);
  if (last.before === undefined) labels.delete(last.row);
  else labels.set(last.row, last.before);
  const place = state.queue.indexOf(last.row);
  return { ...state, labels, history: state.history.slice(0, -1), at: place < 0 ? state.at : place };
}

/** The key of each class: its first letter if no other has it, and its number up to nine. */
export function classKeys(classes: readonly string[]): string[][] {
  const letters = classes.map((text) => [...text.toLowerCase()][0] ?? "");
  return classes.map((_, place) => {
    const letter = letters[place]!;
    const own = /^\p{L}$/u.test(letter) && !["s", "b", "z"].includes(letter) && letters.indexOf(letter) === letters.lastIndexOf(letter);
    const number = place < 9 ? [String(place + 1)] : [];
    return own ? [...number, letter] : number;
  });
}

/** The class that a key stands for; a digit that is a class itself stands for that class. */
export function classOfKey(classes: readonly string[], key: string): string | undefined {
  if (/^\d$/.test(key) && classes.some((text) => /^\d$/.test(text))) return classes.find((text) => text === key);
  return classes[classKeys(classes).findIndex((keys) => keys.includes(key.toLowerCase()))];
}
