import { ReactFlowProvider, useReactFlow } from "@xyflow/react";
import { type KeyboardEvent, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useLocation } from "wouter";
import { moduleInPath } from "../../api/address";
import { refresh, useLive } from "../../api/poll";
import { Button, IconButton } from "../../parts/Button";
import { ErrorMessage } from "../../parts/Message";
import { isGoing as isGoingState } from "../../parts/State";
import { useToast } from "../../parts/Toast";
import { useKeys } from "../../shell/keyboard";
import { ActionsContext } from "./actions";
import { cancelRun, E, type Run, startRun } from "./api";
import { Canvas } from "./Canvas";
import { copyText, paste, readClip } from "./clipboard";
import { ConflictMessage } from "./ConflictMessage";
import { refusal } from "./connecting";
import { ConnectList } from "./ConnectList";
import type { ExperimentDocument, Point, PortRef } from "./document";
import * as edits from "./edits";
import { ExperimentPanel } from "./ExperimentPanel";
import { moduleId, titleOf } from "./graph";
import { layOut, placesOf } from "./layout";
import type { Palette } from "./palette";
import { PaletteSide } from "./PaletteSide";
import { Panel } from "./Panel";
import { removePicked } from "./picks";
import { RunBar } from "./RunBar";
import { TopLine } from "./TopLine";
import { type DraftState, useDraft } from "./useDraft";
import { type Editor, useEditor } from "./useEditor";
import { useFindings } from "./useFindings";
import { useNarrow } from "./useNarrow";
import type { Finding } from "./validate";
import { VersionsSheet } from "./VersionsSheet";
import { neighbour } from "./walking";
import "./designer.css";

const isGoing = (run: Run | undefined) => isGoingState(run?.Status.StatusCode);

/** The Designer of one experiment. */
export function Designer(props: { name: string; run: string | undefined; palette: Palette }) {
  return (
    <ReactFlowProvider>
      <Loading {...props} />
    </ReactFlowProvider>
  );
}

function Loading({ name, run, palette }: { name: string; run: string | undefined; palette: Palette }) {
  const editor = useEditor();
  const [ready, setReady] = useState(false);
  const draft = useDraft(name, ready ? editor.document : undefined);
  const { loaded } = draft;
  const { reset } = editor;
  useEffect(() => {
    if (!loaded) return;
    reset(loaded.document);
    setReady(true);
  }, [loaded, reset]);
  if (draft.failure) {
    return (
      <div className="page">
        <ErrorMessage error={draft.failure} />
      </div>
    );
  }
  return ready ? <Drawing name={name} wanted={run} palette={palette} editor={editor} draft={draft} /> : null;
}

interface DrawingProps {
  name: string;
  /** The id of the run to show; the latest one if left out. */
  wanted: string | undefined;
  palette: Palette;
  editor: Editor;
  draft: DraftState;
}

function Drawing({ name, wanted, palette, editor, draft }: DrawingProps) {
  const { document, edit, picked, pick } = editor;
  const findings = useFindings(name, palette, document);
  const errors = findings.filter(({ severity }) => severity === "error");
  const [failure, setFailure] = useState<unknown>();
  const [starting, setStarting] = useState(false);
  const [joining, setJoining] = useState<string>();
  const [renaming, setRenaming] = useState(false);
  const [versions, setVersions] = useState(false);
  const narrow = useNarrow();
  const toast = useToast();
  const [, go] = useLocation();
  const flow = useReactFlow();
  const { run, askAgain } = useRun(name, wanted, draft.version !== undefined);
  const places = useMemo(() => placesOf(palette, document), [palette, document]);
  const live = useMemo(() => {
    const counts = new Map<string, number>();
    for (const { severity, module } of findings) if (module && severity === "error") counts.set(module, (counts.get(module) ?? 0) + 1);
    return { modules: new Map(run?.Modules.map((module) => [module.Title, module])), curves: run?.Curves ?? {}, errors: counts };
  }, [findings, run]);
  const titles = useMemo(() => [...picked].flatMap((id) => titleOf(id) ?? []), [picked]);
  const only = titles.length === 1 && picked.size === 1 ? titles[0] : undefined;

  const show = useCallback(
    (title: string) => {
      pick([moduleId(title)]);
      const at = placesOf(palette, editor.document).get(title);
      if (at) void flow.setCenter(at[0] + 102, at[1] + 60, { zoom: Math.max(0.8, flow.getZoom()), duration: 180 });
    },
    [pick, palette, editor.document, flow],
  );
  const goTo = useCallback(
    ({ module, property }: Finding) => {
      if (!module) return;
      show(module);
      setTimeout(() => {
        const field = property === undefined ? undefined : [...window.document.querySelectorAll<HTMLElement>("#panel [data-property]")].find((each) => each.dataset["property"] === property);
        (field?.querySelector<HTMLElement>("input, select, textarea, button") ?? window.document.querySelector<HTMLElement>("#panel button"))?.focus();
      }, 80);
    },
    [show],
  );
  const actions = useMemo(
    () => ({
      mend: (title: string) => goTo({ severity: "error", message: "", module: title }),
      setComment: (place: number, text: string) =>
        edit((now) => {
          const comment = now.comments[place];
          return comment ? edits.setComment(now, place, text.trim() === "" ? undefined : { ...comment, text }) : now;
        }, "Write a comment"),
    }),
    [goTo, edit],
  );
  const connect = useCallback(
    (from: PortRef, to: PortRef) => {
      const why = refusal(palette, document, from, to);
      if (why) toast(why);
      else edit((now) => edits.connect(now, from, to), `Connect ${from[0]} and ${to[0]}`);
    },
    [palette, document, edit, toast],
  );
  const refuse = useCallback((from: PortRef, to: PortRef) => toast(refusal(palette, document, from, to) ?? "These ports do not fit."), [palette, document, toast]);
  const middle = (): Point => {
    const box = window.document.querySelector(".cv")?.getBoundingClientRect();
    const at = flow.screenToFlowPosition({ x: (box?.left ?? 0) + (box?.width ?? 800) / 2, y: (box?.top ?? 0) + (box?.height ?? 600) / 2 });
    return [Math.round(at.x - 102), Math.round(at.y - 27)];
  };
  const add = (module: string, at?: Point) => {
    const spot = at ?? (only ? below(places, only) : freeSpot(places, middle()));
    const [next, title] = edits.addModule(withPlaces(document, places), { module }, spot);
    const joined = at || !only ? next : joinedTo(palette, next, only, title);
    edit(() => joined, `Add ${title}`);
    pick([moduleId(title)]);
  };
  const remove = () => {
    if (picked.size === 0) return;
    edit((now) => removePicked(now, picked), picked.size > 1 ? `Delete ${picked.size} things` : "Delete");
    pick([]);
    toast(picked.size > 1 ? `${picked.size} things deleted` : `${titles[0] ?? "It"} is deleted`, editor.undo);
  };
  const tidy = () => {
    edit((now) => edits.move(now, layOut(palette, now)), "Tidy up");
    setTimeout(() => void flow.fitView({ padding: 0.12, maxZoom: 1, duration: 180 }), 30);
  };
  const comment = () => {
    const [x, y] = middle();
    edit((now) => ({ ...now, comments: [...now.comments, { text: "", at: [x, y] as Point }] }), "Add a comment");
  };
  const start = async () => {
    if (starting || isGoing(run)) return;
    setStarting(true);
    setFailure(undefined);
    try {
      if (draft.isDraft || !draft.version) await draft.save(document);
      await startRun(name);
      if (wanted !== undefined) go(`/experiments/${encodeURIComponent(name)}`);
      askAgain();
      void refresh("/workspaces/{workspace}/experiments");
    } catch (error) {
      setFailure(error);
    } finally {
      setStarting(false);
    }
  };
  const insert = useCallback(
    (text: string) => {
      const clip = readClip(text);
      if (!clip) return false;
      const first = [...places.values()][0] ?? [0, 0];
      const at: Point = [first[0] + 40, Math.max(0, ...[...places.values()].map(([, y]) => y)) + 92];
      const [next, pasted] = paste(withPlaces(document, places), clip, at);
      edit(() => next, `Paste ${pasted.length} modules`);
      pick(pasted.map(moduleId));
      return true;
    },
    [document, places, edit, pick],
  );
  useClipboard(document, titles, insert, remove);

  const walk = (event: KeyboardEvent, arrow: "ArrowUp" | "ArrowDown" | "ArrowLeft" | "ArrowRight") => {
    if (titles.length === 0) return;
    event.preventDefault();
    if (event.shiftKey) {
      const [x, y] = { ArrowUp: [0, -20], ArrowDown: [0, 20], ArrowLeft: [-20, 0], ArrowRight: [20, 0] }[arrow] as [number, number];
      const moved = new Map(titles.map((title) => [title, [(places.get(title)?.[0] ?? 0) + x, (places.get(title)?.[1] ?? 0) + y] as const]));
      edit((now) => edits.move(withPlaces(now, places), moved), "Move", `move ${titles.join()}`);
      return;
    }
    const next = neighbour(document, places, titles[0] as string, arrow);
    if (!next) return;
    show(next);
    setTimeout(() => window.document.querySelector<HTMLElement>(`[data-id="${CSS.escape(moduleId(next))}"]`)?.focus(), 0);
  };
  const onKeys = (event: KeyboardEvent) => {
    if ((event.target as HTMLElement).matches("textarea, input")) return;
    if (event.key.startsWith("Arrow")) walk(event, event.key as "ArrowUp");
    if (event.key === "Enter" && only) {
      event.preventDefault();
      window.document.querySelector<HTMLElement>("#panel .pb :is(input, select, textarea, button)")?.focus();
    }
  };
  useKeys(
    narrow
      ? { r: () => void start() }
      : {
          a: (event) => {
            event.preventDefault();
            window.document.querySelector<HTMLElement>(".pal input")?.focus();
          },
          c: () => only && setJoining(only),
          r: () => void start(),
          t: tidy,
          m: comment,
          0: () => void flow.fitView({ padding: 0.12, maxZoom: 1, duration: 180 }),
          "+": () => void flow.zoomIn(),
          "-": () => void flow.zoomOut(),
          ".": () => goToFirst(),
          F2: () => only && setRenaming(true),
          Delete: remove,
          Backspace: remove,
          Escape: () => pick([]),
          "ctrl+z": (event) => {
            if ((event.target as HTMLElement).matches("textarea, input")) return;
            event.preventDefault();
            editor.undo();
          },
          "ctrl+shift+z": (event) => {
            event.preventDefault();
            editor.redo();
          },
          "ctrl+y": (event) => {
            event.preventDefault();
            editor.redo();
          },
          "ctrl+a": (event) => {
            if ((event.target as HTMLElement).matches("textarea, input")) return;
            event.preventDefault();
            pick(Object.keys(document.modules).map(moduleId));
          },
          "ctrl+d": (event) => {
            event.preventDefault();
            insert(copyText(document, new Set(titles)));
          },
        },
  );
  const goToFirst = () => {
    const failed = run?.Modules.find(({ StatusCode }) => StatusCode === "Failed")?.Title;
    const first = errors[0];
    if (failed && document.modules[failed]) show(failed);
    else if (first) goTo(first);
  };
  const settle = (which: "mine" | "theirs") => {
    const settled = draft.settle(which);
    edit(() => settled, which === "mine" ? "Keep mine" : "Take the other");
  };
  const blocked = errors.length > 0 ? "Mend what is wrong first" : Object.keys(document.modules).length === 0 ? "Add a module first" : undefined;
  return (
    <ActionsContext value={actions}>
      <div className="designer">
        <TopLine
          name={name}
          draft={draft}
          editor={editor}
          run={run}
          blocked={blocked}
          starting={starting || isGoing(run)}
          start={() => void start()}
          showVersions={() => setVersions(true)}
          setUp={() => go(`/experiments/${encodeURIComponent(name)}/webservice`)}
        />
        <RunBar
          run={run}
          errors={errors.length}
          goToError={() => errors[0] && goTo(errors[0])}
          goToFailed={show}
          cancel={() => run && void cancelRun(name, run.RunId).then(askAgain, setFailure)}
        />
        {failure !== undefined && (
          <div className="says">
            <ErrorMessage error={failure}>
              <Button size="s" onClick={() => setFailure(undefined)}>
                Close
              </Button>
            </ErrorMessage>
          </div>
        )}
        {draft.saving.kind === "conflict" && (
          <ConflictMessage mine={document} theirs={draft.saving.theirs} settle={settle} />
        )}
        <div className="dz">
          {!narrow && <PaletteSide palette={palette} add={(module) => add(module)} />}
          <div className="cvw">
            <Canvas name={name} palette={palette} editor={editor} live={live} places={places} fixed={narrow} connect={connect} refuse={refuse} add={add} onKeys={onKeys} />
            {Object.keys(document.modules).length === 0 && (
              <div className="hello">
                <h2>An empty canvas</h2>
                <p className="dim">Start with data: drag ‘Import Data’ or ‘Enter Data Manually’ here, or click it.</p>
                <Button icon="imp" onClick={() => add("Import Data")}>
                  Import Data
                </Button>
              </div>
            )}
            {joining !== undefined && <ConnectList palette={palette} document={document} title={joining} connect={connect} close={() => setJoining(undefined)} />}
            <div className="zoom pop" role="toolbar" aria-label="Canvas">
              <IconButton kind="quiet" icon="minus" label="Zoom out, −" onClick={() => void flow.zoomOut({ duration: 120 })} />
              <IconButton kind="quiet" icon="plus" label="Zoom in, +" onClick={() => void flow.zoomIn({ duration: 120 })} />
              <IconButton kind="quiet" icon="fit" label="Show all, 0" onClick={() => void flow.fitView({ padding: 0.12, maxZoom: 1, duration: 180 })} />
              {!narrow && <IconButton kind="quiet" icon="tidy" label="Tidy up, T" onClick={tidy} />}
              {!narrow && <IconButton kind="quiet" icon="note" label="Add a comment, M" onClick={comment} />}
            </div>
          </div>
          {only !== undefined && document.modules[only] ? (
            <Panel
              key={only}
              title={only}
              experiment={name}
              palette={palette}
              editor={editor}
              findings={findings}
              run={live.modules.get(only)}
              runId={run?.RunId}
              inRun={moduleInPath(only, run?.Modules ?? [])}
              renaming={renaming}
              setRenaming={setRenaming}
              close={() => pick([])}
              remove={remove}
            />
          ) : (
            !narrow && <ExperimentPanel editor={editor} findings={findings} goTo={goTo} />
          )}
        </div>
        <VersionsSheet
          open={versions}
          close={() => setVersions(false)}
          experiment={name}
          palette={palette}
          document={document}
          restore={(restored, version) => {
            edit(() => restored, `Restore version ${version}`);
            setVersions(false);
            toast(`Version ${version} is on the canvas; the draft has it`, editor.undo);
          }}
        />
      </div>
    </ActionsContext>
  );
}

/** The run that is wanted, or the latest one; asked for each second while it goes on. */
function useRun(experiment: string, wanted: string | undefined, isSaved: boolean): { run: Run | undefined; askAgain: () => void } {
  const path = { experiment };
  const latest = useLive<{ RunId: string }[]>(`${E}/runs`, { path, query: { limit: 1 }, enabled: isSaved });
  const id = wanted ?? latest.data?.[0]?.RunId;
  const found = useLive<Run>(`${E}/runs/{run}`, { path: { experiment, run: id ?? "" }, enabled: id !== undefined, going: isGoing });
  const { refetch } = latest;
  const run = found.data?.RunId === id ? found.data : undefined;
  return { run, askAgain: useCallback(() => void refetch().then(() => refresh(`${E}/runs`)), [refetch]) };
}

/** Ctrl C, X and V: through the clipboard, so that modules go from one experiment to another. */
function useClipboard(document: ExperimentDocument, titles: readonly string[], insert: (text: string) => boolean, remove: () => void): void {
  const latest = useRef({ document, titles, insert, remove });
  latest.current = { document, titles, insert, remove };
  useEffect(() => {
    const isText = (event: Event) => (event.target as HTMLElement | null)?.matches?.("input, textarea, select") ?? false;
    const copy = (event: ClipboardEvent) => {
      const now = latest.current;
      if (isText(event) || now.titles.length === 0 || String(getSelection())) return;
      event.clipboardData?.setData("text/plain", copyText(now.document, new Set(now.titles)));
      event.preventDefault();
      if (event.type === "cut") now.remove();
    };
    const put = (event: ClipboardEvent) => {
      if (!isText(event) && latest.current.insert(event.clipboardData?.getData("text/plain") ?? "")) event.preventDefault();
    };
    window.document.addEventListener("copy", copy);
    window.document.addEventListener("cut", copy);
    window.document.addEventListener("paste", put);
    return () => {
      window.document.removeEventListener("copy", copy);
      window.document.removeEventListener("cut", copy);
      window.document.removeEventListener("paste", put);
    };
  }, []);
}

/** With a place for every module, so that the next one does not move the others. */
function withPlaces(document: ExperimentDocument, places: ReadonlyMap<string, Point>): ExperimentDocument {
  return { ...document, layout: Object.fromEntries(places) };
}

function below(places: ReadonlyMap<string, Point>, title: string): Point {
  const [x, y] = places.get(title) ?? [0, 0];
  return freeSpot(places, [x, y + 96]);
}

function freeSpot(places: ReadonlyMap<string, Point>, [x, y]: Point): Point {
  let at: Point = [x, y];
  while ([...places.values()].some(([left, top]) => Math.abs(left - at[0]) < 214 && Math.abs(top - at[1]) < 64)) at = [at[0] + 230, at[1]];
  return at;
}

/** A module added while another is picked goes on from it: its first free output into the first input that fits. */
function joinedTo(palette: Palette, document: ExperimentDocument, from: string, to: string): ExperimentDocument {
  const outputs = palette.get(document.modules[from]?.module ?? "")?.outputs ?? [];
  const inputs = palette.get(document.modules[to]?.module ?? "")?.inputs ?? [];
  for (const input of inputs) {
    const output = outputs.find(({ type }) => type === input.type);
    if (output) return edits.connect(document, [from, output.name], [to, input.name]);
  }
  return document;
}
