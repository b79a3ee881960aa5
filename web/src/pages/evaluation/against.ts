/** What a page compares with, as the address says it: `model/Name/3`, or `run/Experiment/id/Evaluate/0`. */

export type Against =
  | { kind: "model"; name: string; version: string }
  | { kind: "run"; experiment: string; run: string; module: string; place: number };

export function readAgainst(text: string | null): Against | null {
  const parts = (text ?? "").split("/").map(decode);
  const [kind, ...names] = parts;
  if (names.some((name) => !name)) return null;
  if (kind === "model" && names.length === 2) return { kind, name: names[0]!, version: names[1]! };
  const place = Number(names[3]);
  if (kind !== "run" || names.length !== 4 || !Number.isInteger(place) || place < 0 || place > 1) return null;
  return { kind, experiment: names[0]!, run: names[1]!, module: names[2]!, place };
}

export function writeAgainst(against: Against): string {
  const parts =
    against.kind === "model"
      ? [against.kind, against.name, against.version]
      : [against.kind, against.experiment, against.run, against.module, String(against.place)];
  return parts.map(encodeURIComponent).join("/");
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}
