/** The modules that experiments are made of, as `GET /schemas/palette.json` describes them. */

export type PortType = "Dataset" | "Untrained model" | "Trained model" | "Transformation";

export interface Port {
  name: string;
  type: PortType;
  optional: boolean;
}

export type Kind = "text" | "integer" | "number" | "boolean" | "choice" | "columns" | "range" | "estimator";

export interface Property {
  name: string;
  kind: Kind;
  default: unknown;
  minimum: number | null;
  maximum: number | null;
  above: number | null;
  choices: string[];
  optional: boolean;
  secret: boolean;
  when: { property: string; values: unknown[] } | null;
}

export interface Module {
  name: string;
  group: string;
  summary: string;
  effect: string;
  inputs: Port[];
  outputs: Port[];
  properties: Property[];
  notes: string[];
}

export type Palette = ReadonlyMap<string, Module>;

/** The palette by the modules' names, in its order. */
export function readPalette(modules: readonly Module[]): Palette {
  return new Map(modules.map((module) => [module.name, module]));
}

/** Modules by group; with a search those whose name, group or summary has every word of it, names first. */
export function findModules(palette: Palette, search: string): [string, Module[]][] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const groups = new Map<string, Module[]>();
  for (const module of palette.values()) {
    const text = `${module.name} ${module.group} ${module.summary}`.toLowerCase();
    if (!words.every((word) => text.includes(word))) continue;
    groups.set(module.group, [...(groups.get(module.group) ?? []), module]);
  }
  const isNamed = ({ name }: Module) => words.every((word) => name.toLowerCase().includes(word));
  const rank = ([, modules]: [string, Module[]]) => (modules.some(isNamed) ? 0 : 1);
  const found = [...groups];
  if (words.length === 0) return found;
  for (const [, modules] of found) modules.sort((one, other) => Number(isNamed(other)) - Number(isNamed(one)));
  return found.sort((one, other) => rank(one) - rank(other));
}
