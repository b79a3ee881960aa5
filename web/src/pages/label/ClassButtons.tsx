import { type FormEvent, useState } from "react";
import { Button } from "../../parts/Button";
import { Field } from "../../parts/Field";
import { classKeys } from "./labelling";

interface ClassButtonsProps {
  classes: string[];
  given: string | undefined;
  onGive: (label: string) => void;
  onSkip: () => void;
  onBack: () => void;
  onClasses: (classes: string[]) => void;
}

/** A button a class, with its key. */
export function ClassButtons({ classes, given, onGive, onSkip, onBack, onClasses }: ClassButtonsProps) {
  const [typed, setTyped] = useState("");
  const keys = classKeys(classes);
  const digits = classes.some((text) => /^\d$/.test(text));
  function add(event: FormEvent) {
    event.preventDefault();
    const text = typed.trim();
    if (text === "" || classes.includes(text)) return;
    onClasses([...classes, text]);
    setTyped("");
  }
  return (
    <div className="label-classes">
      <div className="label-grid">
        {classes.map((label, place) => (
          <button key={label} type="button" className="b label-class" aria-pressed={label === given} onClick={() => onGive(label)}>
            <span className="cut" title={label}>
              {label}
            </span>
            <kbd>{digits && /^\d$/.test(label) ? label : (keys[place]?.at(-1) ?? "").toUpperCase()}</kbd>
          </button>
        ))}
      </div>
      <div className="row g4">
        <Button size="s" icon="left" onClick={onBack}>
          Back <kbd>←</kbd>
        </Button>
        <Button size="s" onClick={onSkip}>
          Skip <kbd>→</kbd>
        </Button>
        <span className="t12 dim">Undo Z, write Ctrl S</span>
      </div>
      <form className="row g4" onSubmit={add}>
        <Field label="Another class" labelHidden size="s" placeholder="Another class" value={typed} onChange={(event) => setTyped(event.target.value)} />
        <Button size="s" type="submit" icon="plus">
          Add
        </Button>
      </form>
    </div>
  );
}
