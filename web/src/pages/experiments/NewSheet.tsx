import { useState } from "react";
import { useLocation } from "wouter";
import { Button } from "../../parts/Button";
import { Field } from "../../parts/Field";
import { ErrorMessage } from "../../parts/Message";
import { Sheet } from "../../parts/Sheet";
import { readDraft, saveDraft } from "../designer/api";
import { begunWith, nameFor, nameProblem } from "./begin";

interface NewSheetProps {
  open: boolean;
  close: () => void;
  /** The dataset that it begins with. */
  dataset: string | undefined;
}

/** A name, then the canvas: empty, where nothing is saved before something is drawn, or with a dataset on it. */
export function NewSheet({ open, close, dataset }: NewSheetProps) {
  const [name, setName] = useState(() => nameFor(dataset));
  const [taken, setTaken] = useState<string>();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const [, go] = useLocation();
  const text = name.trim();
  const error = nameProblem(text) ?? (text !== "" && text === taken ? "There is one of this name already." : undefined);
  const begin = async () => {
    if (!text || error || busy) return;
    setBusy(true);
    setFailure(undefined);
    try {
      const { basedOn, updatedAt } = (await readDraft(text)).body;
      if (basedOn !== null || updatedAt !== null) return setTaken(text);
      if (dataset !== undefined) await saveDraft(text, begunWith(dataset), null, undefined);
      go(`/experiments/${encodeURIComponent(text)}`);
    } catch (found) {
      setFailure(found);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Sheet
      open={open}
      close={close}
      title="New experiment"
      sub={dataset !== undefined && `Begins with Import Data, which reads ${dataset}.`}
      footer={
        <Button kind="main" disabled={!text || error !== undefined} busy={busy} onClick={() => void begin()}>
          Open its canvas
        </Button>
      }
    >
      <Field
        label="Name"
        autoFocus
        maxLength={120}
        hint="It names the models and web services that come from it."
        error={error}
        value={name}
        onChange={(event) => setName(event.target.value)}
        onKeyDown={(event) => event.key === "Enter" && void begin()}
      />
      {failure !== undefined && <ErrorMessage error={failure} />}
    </Sheet>
  );
}
