/** What can be mended with one press. */

import { findPort } from "./connecting";
import { type ExperimentDocument, isSame, type PortRef } from "./document";
import { toggleOutput } from "./edits";
import type { Palette } from "./palette";
import type { Finding } from "./validate";

/** The document without what was found: a trained model that the web service does not return yet. Undefined if it needs thought. */
export function mended(palette: Palette, document: ExperimentDocument, { severity, module, port }: Finding): ExperimentDocument | undefined {
  if (severity !== "warning" || module === undefined || port === undefined) return undefined;
  const from: PortRef = [module, port];
  if (findPort(palette, document, from, "outputs")?.type !== "Trained model") return undefined;
  return document.webServiceOutputs.some((output) => isSame(output.from, from)) ? undefined : toggleOutput(document, from);
}
