/** How a new experiment begins: its name, and the dataset on its canvas. */

import { EMPTY, type ExperimentDocument } from "../designer/document";

const ODD = /[/\\?#%]/;

/** A name for an experiment on a dataset: the file's, without its ending and what names cannot have. */
export function nameFor(dataset = ""): string {
  return dataset.replace(/\.[^./\\]{1,8}$/, "").replace(new RegExp(ODD, "g"), " ").trim().slice(0, 120);
}

/** What is wrong with a name, as the app would say once it is saved; undefined if nothing is. */
export function nameProblem(name: string): string | undefined {
  const odd = ODD.exec(name)?.[0];
  if (odd) return `A name cannot have '${odd}', which addresses use.`;
  return /^\.\.?$/.test(name) ? `A name cannot be '${name}', which addresses use.` : undefined;
}

/** A document with the one module that reads the dataset. */
export function begunWith(dataset: string): ExperimentDocument {
  const properties = { "Path to container, directory or blob": dataset };
  return { ...EMPTY, modules: { "Import Data": { module: "Import Data", properties } } };
}
