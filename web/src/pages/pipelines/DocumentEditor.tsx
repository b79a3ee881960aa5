import { useState } from "react";
import { call } from "../../api/client";
import { refresh } from "../../api/poll";
import { Button } from "../../parts/Button";
import { TextField } from "../../parts/Field";
import { ErrorMessage } from "../../parts/Message";
import { useAct } from "../jobs/useAct";
import { PIPELINE, PIPELINES, type PipelineDocument, readDocument } from "./shapes";

interface DocumentEditorProps {
  /** What is saved so far. */
  saved: string;
  label: string;
  act: string;
  onSaved: (document: PipelineDocument) => void;
}

/** The JSON of a pipeline; saving checks it, and says what is wrong in the app's words. Nothing typed is lost. */
export function DocumentEditor({ saved, label, act: verb, onSaved }: DocumentEditorProps) {
  const [typed, setTyped] = useState<string>();
  const { busy, error, act } = useAct();
  const text = typed ?? saved;
  const read = readDocument(text);
  const isChanged = typed !== undefined && typed !== saved;
  const save = () =>
    void act("save", async () => {
      if ("problem" in read) return;
      const done = await call<PipelineDocument>("PUT", PIPELINE, { path: { name: read.document.name.trim() }, body: read.document });
      await refresh(PIPELINES);
      setTyped(undefined);
      onSaved(done.body);
    });
  return (
    <div className="col document">
      <TextField
        label={label}
        labelHidden
        rows={Math.min(32, Math.max(12, text.split("\n").length + 1))}
        value={text}
        error={isChanged && "problem" in read ? read.problem : undefined}
        onChange={(event) => setTyped(event.target.value)}
      />
      {error !== undefined && <ErrorMessage error={error} />}
      <div className="row">
        <Button kind={verb === "Save" ? "plain" : "main"} disabled={!isChanged || "problem" in read} busy={busy !== undefined} onClick={save}>
          {verb}
        </Button>
        {typed !== undefined && isChanged && (
          <Button kind="quiet" onClick={() => setTyped(undefined)}>
            Take back
          </Button>
        )}
      </div>
    </div>
  );
}
