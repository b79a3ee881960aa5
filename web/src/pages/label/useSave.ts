import { useRef, useState } from "react";
import { call } from "../../api/client";
import { ApiError } from "../../api/errors";
import { refresh } from "../../api/poll";
import type { TableRows } from "../dataset/table";
import { printed, stillValid } from "./keptLabels";
import { readParts } from "./rows";

const LABELS = "/workspaces/{workspace}/datasets/{dataset}/labels";

interface Saving {
  busy: boolean;
  message: string;
  error: unknown;
  /** The dataset was changed by somebody else. */
  changed: boolean;
  /** How many rows were different then or labelled by somebody else, so that their labels were left out. */
  lost: number;
  write: (labels: ReadonlyMap<number, string>) => void;
  again: (labels: ReadonlyMap<number, string>) => void;
}

/** Writes labels as a new version, unless somebody changed the dataset since it was read. */
export function useSave(name: string, column: string, read: TableRows | undefined, onWritten: (rows: number[]) => void): Saving {
  const [state, setState] = useState({ busy: false, message: "", error: null as unknown, changed: false, lost: 0 });
  const own = useRef<string | undefined>(undefined);

  async function put(labels: ReadonlyMap<number, string>, etag: string) {
    const body = { Column: column, Labels: Object.fromEntries(labels) };
    const answer = await call<{ Labelled: number; Etag: string }>("PUT", LABELS, { path: { dataset: name }, body, headers: { "if-match": etag } });
    own.current = answer.body.Etag;
    onWritten([...labels.keys()]);
    setState({ busy: false, message: `${answer.body.Labelled} ${answer.body.Labelled === 1 ? "label is" : "labels are"} in ${name}.`, error: null, changed: false, lost: 0 });
    void refresh("/workspaces/{workspace}/data", "/workspaces/{workspace}/datasets/{dataset}/summary");
  }

  function run(act: () => Promise<void>) {
    setState((before) => ({ ...before, busy: true, message: "", error: null }));
    act().catch((error: unknown) => {
      const changed = error instanceof ApiError && error.status === 412;
      setState({ busy: false, message: "", error, changed, lost: 0 });
    });
  }

  return {
    ...state,
    write: (labels) => {
      const etag = own.current ?? read?.etag;
      if (labels.size > 0 && etag !== undefined && !state.busy) run(() => put(labels, etag));
    },
    again: (labels) =>
      run(async () => {
        if (read === undefined) return;
        const now = await readParts(name, [...labels.keys()]);
        const { labels: kept, lost } = stillValid(printed(labels, read, column), now, column);
        if (now.etag === undefined) return;
        if (kept.size > 0) await put(kept, now.etag);
        own.current ??= now.etag;
        if (lost > 0) onWritten([...labels.keys()]);
        setState((before) => ({ ...before, busy: false, changed: false, lost }));
      }),
  };
}
