/** What is drawn, with undo and redo, and what is picked. */

import { useCallback, useMemo, useState } from "react";
import { EMPTY, type ExperimentDocument } from "./document";
import { begin, type History, redo, step, undo } from "./history";

export type Edit = (change: (document: ExperimentDocument) => ExperimentDocument, label: string, key?: string) => void;

export interface Editor {
  document: ExperimentDocument;
  history: History;
  edit: Edit;
  undo: () => void;
  redo: () => void;
  /** Begin again with another document, after loading. */
  reset: (document: ExperimentDocument) => void;
  /** The ids of what is picked on the canvas. */
  picked: ReadonlySet<string>;
  pick: (ids: Iterable<string>) => void;
}

export function useEditor(): Editor {
  const [history, setHistory] = useState(() => begin(EMPTY));
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set());
  const edit = useCallback<Edit>((change, label, key) => setHistory((now) => step(now, change(now.now.document), label, key)), []);
  const pick = useCallback((ids: Iterable<string>) => {
    setPicked((now) => {
      const next = new Set(ids);
      return next.size === now.size && [...next].every((id) => now.has(id)) ? now : next;
    });
  }, []);
  const walk = useMemo(
    () => ({
      undo: () => setHistory(undo),
      redo: () => setHistory(redo),
      reset: (document: ExperimentDocument) => setHistory(begin(document)),
    }),
    [],
  );
  return { document: history.now.document, history, edit, picked, pick, ...walk };
}
