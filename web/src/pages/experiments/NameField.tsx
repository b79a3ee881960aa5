import { useState } from "react";
import { explain } from "../../api/errors";
import { Field } from "../../parts/Field";
import { nameProblem } from "./begin";
import { renameExperiment } from "./naming";
import "./naming.css";

interface NameFieldProps {
  name: string;
  /** Called with the new name once the app has it. */
  renamed: (name: string) => void;
  close: () => void;
}

/** An experiment's name as a field, where it stands: Enter renames, Escape leaves it. What is refused stays typed. */
export function NameField({ name, renamed, close }: NameFieldProps) {
  const [text, setText] = useState(name);
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<string>();
  const wanted = text.trim();
  const problem = wanted === "" ? "An experiment needs a name." : nameProblem(wanted);
  const accept = async () => {
    if (problem || busy) return;
    if (wanted === name) return close();
    setBusy(true);
    try {
      await renameExperiment(name, wanted);
      renamed(wanted);
      close();
    } catch (error) {
      setRefused(explain(error).sentence);
      setBusy(false);
    }
  };
  return (
    <div className="grow naming">
      <Field
        label={`New name of ${name.slice(0, 80)}`}
        labelHidden
        size="s"
        autoFocus
        maxLength={120}
        error={problem ?? refused}
        hint="Enter renames, Escape leaves it"
        value={text}
        onFocus={(event) => event.target.select()}
        onChange={(event) => {
          setText(event.target.value);
          setRefused(undefined);
        }}
        // Left without a decision, nothing is renamed; what was typed stays while there is something to read.
        onBlur={() => !busy && refused === undefined && close()}
        onKeyDown={(event) => {
          event.stopPropagation();
          if (event.key === "Enter") void accept();
          if (event.key === "Escape") close();
        }}
      />
    </div>
  );
}
