import { Field } from "../../../parts/Field";
import { Segments } from "../../../parts/Tabs";
import { type KeyDraft, keyOf, keyProblem, keyWords } from "./candidate";

const KINDS = [["row", "The row"], ["header", "A header"], ["column", "A column"]] as const;

/** What decides which deployment answers a row. */
export function KeyFields({ draft, change }: { draft: KeyDraft; change: (draft: KeyDraft) => void }) {
  const problem = keyProblem(draft);
  return (
    <div className="col">
      <span className="lab">Who gets which deployment is decided by</span>
      <div>
        <Segments label="What decides" options={KINDS} value={draft.kind} choose={(kind) => change({ ...draft, kind })} />
      </div>
      {draft.kind !== "row" && (
        <Field
          label={draft.kind === "header" ? "Name of the header" : "Name of the column"}
          placeholder={draft.kind === "header" ? "x-customer" : "customer"}
          error={draft.name ? problem : undefined}
          hint={problem === undefined ? keyWords(keyOf(draft)) : "The same value always gets the same deployment"}
          value={draft.name}
          maxLength={200}
          onChange={(event) => change({ ...draft, name: event.target.value })}
        />
      )}
    </div>
  );
}
