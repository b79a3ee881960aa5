import { ReactFlowProvider } from "@xyflow/react";
import { useCallback, useEffect, useMemo, useState } from "react";
import { Link, useLocation } from "wouter";
import { moduleInPath } from "../../api/address";
import { refresh } from "../../api/poll";
import { Button } from "../../parts/Button";
import { ErrorMessage, Message } from "../../parts/Message";
import { PageHead } from "../../parts/PageHead";
import { useToast } from "../../parts/Toast";
import { ActionsContext } from "./actions";
import { cancelRun, type Run, startRun } from "./api";
import { Canvas } from "./Canvas";
import { CanvasTools, Hello } from "./CanvasTools";
import { ConflictMessage } from "./ConflictMessage";
import { ConnectList } from "./ConnectList";
import { ExperimentPanel } from "./ExperimentPanel";
import { inRoom, type Live } from "./graph";
import { placesOf } from "./layout";
import { mended } from "./mending";
import type { Palette } from "./palette";
import { PaletteSide } from "./PaletteSide";
import { Panel } from "./panel/Panel";
import { RunBar } from "./RunBar";
import { TopLine } from "./TopLine";
import { useCanvasKeys } from "./useCanvasKeys";
import { useClipboard } from "./useClipboard";
import { type DraftState, useDraft } from "./useDraft";
import { useDrawing, withComment } from "./useDrawing";
import { type Editor, useEditor } from "./useEditor";
import { useFindings } from "./useFindings";
import { useNarrow } from "./useNarrow";
import { isGoing, useRun } from "./useRun";
import type { Finding } from "./validate";
import { VersionsSheet } from "./VersionsSheet";
import "./designer.css";

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
        <PageHead title={name} crumbs={[["Experiments", "/experiments"]]} />
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
  const { document, edit, pick } = editor;
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
  const { run, askAgain } = useRun(name, wanted, draft.version !== undefined);
  const places = useMemo(() => placesOf(palette, document), [palette, document]);
  const live = useMemo(() => liveOf(run, findings), [run, findings]);
  const { room, shown } = useMemo(() => inRoom(places, live), [places, live]);
  const drawing = useDrawing({ palette, editor, places, shown });
  const { only, show } = drawing;
  useClipboard(document, drawing.titles, drawing.insert, drawing.remove);

  const goTo = useCallback(
    ({ module, property }: Finding) => {
      if (!module) return;
      show(module);
      setTimeout(() => focusProperty(property), 80);
    },
    [show],
  );
  const actions = useMemo(
    () => ({
      mend: (title: string) => goTo({ severity: "error", message: "", module: title }),
      setComment: (place: number, text: string) => edit((now) => withComment(now, place, text), "Write a comment"),
      mended: (finding: Finding) => {
        const without = mended(palette, document, finding);
        return without && (() => edit(() => without, "Add a web service output"));
      },
    }),
    [goTo, edit, palette, document],
  );
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
  const goToFirst = () => {
    const failed = run?.Modules.find(({ StatusCode }) => StatusCode === "Failed")?.Title;
    if (failed && document.modules[failed]) show(failed);
    else if (errors[0]) goTo(errors[0]);
  };
  const onKeys = useCanvasKeys({
    editor,
    drawing,
    shown,
    narrow,
    start: () => void start(),
    join: setJoining,
    rename: () => setRenaming(true),
    goToFirst,
  });
  const settle = (which: "mine" | "theirs") => {
    const settled = draft.settle(which);
    edit(() => settled, which === "mine" ? "Keep mine" : "Take the other");
  };
  const placeholders = Object.values(document.modules).filter(({ module }) => module === "Placeholder").length;
  const blocked = errors.length > 0 ? "Mend what is wrong first" : placeholders > 0 ? "Put modules in the place of the placeholders first" : Object.keys(document.modules).length === 0 ? "Add a module first" : undefined;
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
          fail={setFailure}
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
        {draft.loaded?.renamedTo && Object.keys(document.modules).length === 0 && (
          <div className="says">
            <Message>
              What was called {name} is now called <Link href={`/experiments/${encodeURIComponent(draft.loaded.renamedTo)}`}>{draft.loaded.renamedTo}</Link>. What you draw here becomes a new experiment.
            </Message>
          </div>
        )}
        {draft.saving.kind === "conflict" && (
          <ConflictMessage mine={document} theirs={draft.saving.theirs} settle={settle} />
        )}
        <div className="dz">
          {!narrow && <PaletteSide palette={palette} add={(module) => drawing.add(module)} />}
          <div className="cvw">
            <Canvas name={name} palette={palette} editor={editor} live={live} places={places} shown={shown} room={room} fixed={narrow} connect={drawing.connect} refuse={drawing.refuse} add={drawing.add} onKeys={onKeys} />
            {Object.keys(document.modules).length === 0 && <Hello add={drawing.add} />}
            {joining !== undefined && <ConnectList palette={palette} document={document} title={joining} connect={drawing.connect} close={() => setJoining(undefined)} />}
            <CanvasTools drawing={drawing} narrow={narrow} />
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
              remove={drawing.remove}
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

/** What the run says of each module, and how many errors each has. */
function liveOf(run: Run | undefined, findings: readonly Finding[]): Live {
  const errors = new Map<string, number>();
  for (const { severity, module } of findings) if (module && severity === "error") errors.set(module, (errors.get(module) ?? 0) + 1);
  return { modules: new Map(run?.Modules.map((module) => [module.Title, module])), curves: run?.Curves ?? {}, errors };
}

/** Focus the field of a property in the panel, or the panel if it is about none. */
function focusProperty(property: string | undefined): void {
  const fields = [...window.document.querySelectorAll<HTMLElement>("#panel [data-property]")];
  const field = fields.find((each) => each.dataset["property"] === property && property !== undefined);
  (field?.querySelector<HTMLElement>("input, select, textarea, button") ?? window.document.querySelector<HTMLElement>("#panel button"))?.focus();
}
