/** What is wrong with the document: at once by the Studio's own check, a moment later by the app's, with its hints. */

import { useEffect, useMemo, useState } from "react";
import { validateDocument } from "./api";
import type { ExperimentDocument } from "./document";
import type { Palette } from "./palette";
import { type Finding, validate } from "./validate";

const ASK_AFTER_MS = 400;

export function useFindings(experiment: string, palette: Palette, document: ExperimentDocument): readonly Finding[] {
  const own = useMemo(() => validate(palette, document), [palette, document]);
  const [told, setTold] = useState<{ document: ExperimentDocument; findings: Finding[] }>();
  useEffect(() => {
    if (Object.keys(document.modules).length === 0) return;
    const asking = new AbortController();
    const timer = setTimeout(() => {
      validateDocument(experiment, document, asking.signal).then(
        (findings) => setTold({ document, findings }),
        // Offline, or typed on: the Studio's own check stands.
        () => undefined,
      );
    }, ASK_AFTER_MS);
    return () => {
      clearTimeout(timer);
      asking.abort();
    };
  }, [experiment, document]);
  if (Object.keys(document.modules).length === 0) return [];
  return told?.document === document ? told.findings : own;
}
