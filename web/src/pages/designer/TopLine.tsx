import { useEffect, useState } from "react";
import { Link, useLocation } from "wouter";
import { moduleInPath } from "../../api/address";
import { explain } from "../../api/errors";
import { Button, IconButton, LinkButton } from "../../parts/Button";
import { Icon } from "../../parts/Icon";
import { Menu } from "../../parts/Menu";
import { useToast } from "../../parts/Toast";
import { NameField } from "../experiments/NameField";
import { copyExperiment, deleteCopy, renameExperiment } from "../experiments/naming";
import type { Run } from "./api";
import type { DraftState } from "./useDraft";
import type { Editor } from "./useEditor";

interface TopLineProps {
  name: string;
  draft: DraftState;
  editor: Editor;
  run: Run | undefined;
  blocked: string | undefined;
  starting: boolean;
  start: () => void;
  showVersions: () => void;
  setUp: () => void;
  fail: (error: unknown) => void;
}

/** Whose canvas this is, how it is kept, and what can be done with it. */
export function TopLine({ name, draft, editor, run, blocked, starting, start, showVersions, setUp, fail }: TopLineProps) {
  const { history } = editor;
  const [naming, setNaming] = useState(false);
  const [, go] = useLocation();
  const toast = useToast();
  const open = (which: string) => go(`/experiments/${encodeURIComponent(which)}`);
  // What is not kept yet would be left behind under the old name; an experiment that the app has never seen has none.
  const isKnown = draft.version !== undefined || history.past.length > 0 || Object.keys(editor.document.modules).length > 0;
  const isKept = draft.saving.kind === "saved" && isKnown;
  const off = isKept ? undefined : draft.saving.kind === "saved" ? "Draw something first" : "Not saved yet";
  const renamed = (wanted: string) => {
    open(wanted);
    toast(`${name} is now called ${wanted}`, () => void renameExperiment(wanted, name).then(() => open(name), fail));
  };
  const copy = () =>
    copyExperiment(name).then((made) => {
      open(made);
      toast(`This is ${made}`, () => {
        // Away from it first: its page would ask for what is gone.
        open(name);
        void deleteCopy(made, draft.version !== undefined).catch(fail);
      });
    }, fail);
  useEffect(() => {
    window.document.title = `${name} · Perennial Studio`;
  }, [name]);
  const evaluated = run?.Modules.find(({ Module, StatusCode }) => /^Evaluate Model|^Cross Validate/.test(Module) && StatusCode === "Finished");
  const base = `/experiments/${encodeURIComponent(name)}`;
  return (
    <div className="dt">
      <div className="row g6 grow">
        <nav className="crumb" aria-label="Where you are">
          <Link href="/experiments">Experiments</Link>
        </nav>
        {naming ? (
          <NameField name={name} renamed={renamed} close={() => setNaming(false)} />
        ) : (
          <h1 className="cut" title={name} onDoubleClick={() => off === undefined && setNaming(true)}>
            {name}
          </h1>
        )}
        <Menu
          label={`More for ${name.slice(0, 80)}`}
          size="s"
          entries={[
            { name: "Rename", icon: "pen", act: () => setNaming(true), ...(off !== undefined && { off }) },
            { name: "Copy", icon: "copy", act: () => void copy(), ...(off !== undefined && { off }) },
          ]}
        />
        <button type="button" className="tag line" onClick={showVersions} title="Versions of this experiment">
          <Icon name="clock" size="s" />
          {draft.isDraft ? `Draft${draft.version ? `, since version ${draft.version.Version}` : ""}` : `Version ${draft.version?.Version ?? 0}`}
        </button>
        <SavedAt draft={draft} />
      </div>
      <div className="row g4">
        <IconButton kind="quiet" icon="undo" label={history.past.length > 0 ? `Undo: ${history.now.label}, Ctrl Z` : "Undo"} disabled={history.past.length === 0} onClick={editor.undo} />
        <IconButton kind="quiet" icon="redo" label={history.future[0] ? `Redo: ${history.future[0].label}` : "Redo"} disabled={history.future.length === 0} onClick={editor.redo} />
        <span className="vr" />
        {evaluated && run && (
          <LinkButton kind="quiet" icon="evalm" to={`${base}/runs/${encodeURIComponent(run.RunId)}/evaluation/${encodeURIComponent(moduleInPath(evaluated.Title, run.Modules))}`}>
            Evaluation
          </LinkButton>
        )}
        <Button icon="globe" disabled={!draft.version} title={draft.version ? undefined : "Run it once first"} onClick={setUp}>
          Set up web service
        </Button>
        <Button kind="main" icon="play" busy={starting} disabled={blocked !== undefined} title={blocked} onClick={start}>
          {starting ? "Running" : "Run"}
          {!starting && <kbd className="inv">R</kbd>}
        </Button>
      </div>
    </div>
  );
}

const TICK_MS = 5000;

function SavedAt({ draft: { saving } }: { draft: DraftState }) {
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => tick((now) => now + 1), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  if (saving.kind === "failed") return <span className="bad t12 cut" title={explain(saving.error).sentence}>Not saved, trying again: {explain(saving.error).sentence}</span>;
  if (saving.kind === "conflict") return <span className="bad t12">Not saved: changed elsewhere</span>;
  if (saving.kind !== "saved") return <span className="faint t12">Saving …</span>;
  if (saving.at === undefined) return null;
  const seconds = Math.round((Date.now() - saving.at) / 1000);
  return <span className="faint t12 nowrap">{seconds < 5 ? "Saved" : seconds < 90 ? `Saved ${seconds} s ago` : `Saved ${Math.round(seconds / 60)} min ago`}</span>;
}
