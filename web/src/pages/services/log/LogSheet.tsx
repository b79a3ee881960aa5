import { useState } from "react";
import { call } from "../../../api/client";
import { refresh, useLive } from "../../../api/poll";
import type { components } from "../../../api/schema";
import { Button } from "../../../parts/Button";
import { Field, Select } from "../../../parts/Field";
import { ErrorMessage } from "../../../parts/Message";
import { Sheet } from "../../../parts/Sheet";
import type { EndpointPath } from "../EndpointTabs";
import { ENDPOINT } from "../shapes";
import type { LogSettings } from "./rows";
import { draftOf, FIRST, type Keeping, KEEPING, type LogDraft, problemsOf, settingsOf } from "./settings";

type Form = components["schemas"]["EndpointForm"];

interface LogSheetProps {
  open: boolean;
  close: () => void;
  path: EndpointPath;
  /** Null while the log is off. */
  settings: LogSettings | null;
}

/** What a log keeps: which share of the rows, which columns and for how long. What was typed stays. */
export function LogSheet({ open, close, path, settings }: LogSheetProps) {
  const [typed, setTyped] = useState<LogDraft>();
  const [busy, setBusy] = useState<"save" | "off">();
  const [error, setError] = useState<unknown>();
  const { data: form } = useLive<Form>(`${ENDPOINT}/form`, { path, once: true, enabled: open });
  const draft = typed ?? draftOf(settings ?? FIRST);
  const wrong = problemsOf(draft);
  const columns = [...new Set([...(form?.Inputs ?? []).flatMap(({ Columns }) => Columns.map(({ Name }) => Name)), draft.idColumn.trim(), ...Object.keys(draft.keeping)])].filter(Boolean);
  const attempt = async (which: "save" | "off", act: () => Promise<unknown>) => {
    setBusy(which);
    setError(undefined);
    try {
      await act();
      await refresh(`${ENDPOINT}/predictionlog`, `${ENDPOINT}/history`);
      setTyped(undefined);
      close();
    } catch (found) {
      setError(found);
    } finally {
      setBusy(undefined);
    }
  };
  const save = () => attempt("save", () => call("PUT", `${ENDPOINT}/predictionlog`, { path, body: settingsOf(draft) }));
  const off = () => attempt("off", () => call("DELETE", `${ENDPOINT}/predictionlog`, { path }));
  return (
    <Sheet
      open={open}
      close={close}
      title={settings ? "Settings of the log" : "Switch the log on"}
      sub={path.endpoint}
      footer={
        <>
          {settings ? (
            <Button kind="danger" busy={busy === "off"} onClick={() => void off()}>
              Switch the log off
            </Button>
          ) : (
            <p className="t12 dim grow">Scoring does not wait for it.</p>
          )}
          <span className="grow" />
          <Button onClick={close}>Not now</Button>
          <Button kind="main" busy={busy === "save"} disabled={Boolean(wrong.share ?? wrong.days)} onClick={() => void save()}>
            {settings ? "Save settings" : "Switch the log on"}
          </Button>
        </>
      }
    >
      {error !== undefined && <ErrorMessage error={error} />}
      <div className="two">
        <Field label="Share of the rows" unit="%" inputMode="decimal" hint="The same id is always kept, or never" error={wrong.share} value={draft.share} onChange={(event) => setTyped({ ...draft, share: event.target.value })} />
        <Field label="Kept for" unit="days" inputMode="numeric" hint="1 to 3,650 days" error={wrong.days} value={draft.days} onChange={(event) => setTyped({ ...draft, days: event.target.value })} />
      </div>
      <Field
        label="Column with ids"
        hint="Its cells are the ids of the rows, by which truths find them; the model need not take it. Without one, ids are those of the requests."
        value={draft.idColumn}
        maxLength={256}
        onChange={(event) => setTyped({ ...draft, idColumn: event.target.value })}
      />
      <section aria-label="Columns">
        <h3>Columns</h3>
        <p className="t12 dim">Hash or leave out what is personal: of a hashed column only a keyed hash is kept, equal for equal cells.</p>
        {columns.length === 0 && <p className="t12 dim">The columns are on their way …</p>}
        <ul className="list keeping">
          {columns.map((name) => (
            <li key={name}>
              <span className="grow cut" title={name}>
                {name}
              </span>
              <Select
                label={`What to keep of ${name.slice(0, 80)}`}
                labelHidden
                size="s"
                options={KEEPING}
                value={draft.keeping[name] ?? "keep"}
                onChange={(event) => setTyped({ ...draft, keeping: { ...draft.keeping, [name]: event.target.value as Keeping } })}
              />
            </li>
          ))}
        </ul>
      </section>
    </Sheet>
  );
}
