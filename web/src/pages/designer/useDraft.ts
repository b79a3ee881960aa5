/**
 * The document of an experiment while it is drawn: loaded from its draft or its last version, saved as a draft by
 * itself. A draft that somebody else changed meanwhile is never overwritten: both stay until one decides.
 */

import { useCallback, useEffect, useRef, useState } from "react";
import type { Answer } from "../../api/client";
import { ApiError } from "../../api/errors";
import { type Draft, deleteDraft, readDraft, readExperiment, saveDraft, saveExperiment, type SavedExperiment } from "./api";
import { EMPTY, type ExperimentDocument, readDocument, toJson } from "./document";

const SAVE_AFTER_MS = 800;
const AGAIN_MS = 8000;

export type Saving =
  | { kind: "saved"; at: number | undefined }
  | { kind: "waiting" | "saving" }
  | { kind: "failed"; error: unknown }
  | { kind: "conflict"; theirs: Draft };

export interface Loaded {
  document: ExperimentDocument;
  /** The version that the document began with; null before the first. */
  basedOn: number | null;
  /** What the experiment is called by now that had this name. */
  renamedTo: string | null;
}

interface Kept {
  etag: string | undefined;
  basedOn: number | null;
  /** The document that the app has, as draft or version. */
  text: string;
}

const textOf = (document: ExperimentDocument) => JSON.stringify(toJson(document));

/** The ETag of a draft; what was not saved yet has none that a change could name. */
function etagOf({ body, etag }: Answer<Draft>): string | undefined {
  return body.updatedAt === null ? undefined : etag;
}

/** The last version: what was not saved yet is that version itself, and what began at none has none. */
async function versionOf(experiment: string, { basedOn, updatedAt, document }: Draft): Promise<SavedExperiment | undefined> {
  if (basedOn === null) return undefined;
  if (updatedAt === null) return { Version: basedOn, Document: document };
  return readExperiment(experiment).catch((error: unknown) => {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  });
}

export interface DraftState {
  loaded: Loaded | undefined;
  failure: unknown;
  /** The last version that was saved. */
  version: SavedExperiment | undefined;
  saving: Saving;
  isDraft: boolean;
  /** Save it as a version of the experiment, which takes the draft away. */
  save: (document: ExperimentDocument) => Promise<SavedExperiment>;
  /** Settle a conflict: keep what is here, or take the other; returns the document to show. */
  settle: (which: "mine" | "theirs") => ExperimentDocument;
}

/** Load an experiment to draw, and keep what is drawn. */
export function useDraft(experiment: string, current: ExperimentDocument | undefined): DraftState {
  const [loaded, setLoaded] = useState<Loaded>();
  const [failure, setFailure] = useState<unknown>();
  const [version, setVersion] = useState<SavedExperiment>();
  const [saving, setSaving] = useState<Saving>({ kind: "saved", at: undefined });
  const [attempt, setAttempt] = useState(0);
  const kept = useRef<Kept>({ etag: undefined, basedOn: null, text: "" });
  const busy = useRef(false);

  useEffect(() => {
    let gone = false;
    const load = async () => {
      const draft = await readDraft(experiment);
      const saved = await versionOf(experiment, draft.body);
      if (gone) return;
      const document = readDocument(draft.body.document);
      const { basedOn, renamedTo } = draft.body;
      kept.current = { etag: etagOf(draft), basedOn, text: textOf(document) };
      setVersion(saved);
      setLoaded({ document, basedOn, renamedTo });
    };
    load().catch((error: unknown) => !gone && setFailure(error));
    return () => {
      gone = true;
    };
  }, [experiment]);

  useEffect(() => {
    if (!loaded || !current || saving.kind === "conflict" || busy.current) return;
    if (textOf(current) === kept.current.text) return;
    setSaving({ kind: "waiting" });
    const timer = setTimeout(async () => {
      busy.current = true;
      let again = AGAIN_MS;
      setSaving({ kind: "saving" });
      try {
        const text = textOf(current);
        const { etag } = await saveDraft(experiment, current, kept.current.basedOn, kept.current.etag);
        kept.current = { ...kept.current, etag, text };
        setSaving({ kind: "saved", at: Date.now() });
        again = 0;
      } catch (error) {
        if (error instanceof ApiError && error.status === 412) {
          const theirs = await readDraft(experiment).catch(() => undefined);
          kept.current.etag = theirs && etagOf(theirs);
          if (theirs && theirs.body.updatedAt !== null) setSaving({ kind: "conflict", theirs: theirs.body });
          else again = 0;
        } else setSaving({ kind: "failed", error });
      } finally {
        busy.current = false;
        // What was typed while it was being saved is next; after an error, not before a while.
        setTimeout(() => setAttempt((now) => now + 1), again);
      }
    }, SAVE_AFTER_MS);
    return () => clearTimeout(timer);
    // `saving` only decides whether to begin, and changes because of this effect.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [current, loaded, experiment, attempt]);

  const save = useCallback(
    async (document: ExperimentDocument) => {
      const saved = await saveExperiment(experiment, document);
      if (kept.current.etag !== undefined) await deleteDraft(experiment);
      kept.current = { etag: undefined, basedOn: saved.Version, text: textOf(document) };
      setVersion({ ...saved, Document: toJson(document) });
      setSaving({ kind: "saved", at: Date.now() });
      return saved;
    },
    [experiment],
  );

  const settle = useCallback(
    (which: "mine" | "theirs") => {
      const theirs = saving.kind === "conflict" ? readDocument(saving.theirs.document) : EMPTY;
      if (which === "theirs") kept.current.text = textOf(theirs);
      setSaving({ kind: "saved", at: undefined });
      setAttempt((now) => now + 1);
      return which === "theirs" ? theirs : (current ?? EMPTY);
    },
    [saving, current],
  );

  const isDraft = current !== undefined && textOf(current) !== (version ? textOf(readDocument(version.Document)) : "");
  return { loaded, failure, version, saving, isDraft, save, settle };
}
