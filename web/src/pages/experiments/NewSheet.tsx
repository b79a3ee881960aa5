import { useState } from "react";
import { useLocation } from "wouter";
import { Button } from "../../parts/Button";
import { Field } from "../../parts/Field";
import { Sheet } from "../../parts/Sheet";

interface NewSheetProps {
  open: boolean;
  close: () => void;
  taken: (name: string) => boolean;
}

/** A name, then an empty canvas; nothing is saved before something is drawn. */
export function NewSheet({ open, close, taken }: NewSheetProps) {
  const [name, setName] = useState("");
  const [, go] = useLocation();
  const text = name.trim();
  const odd = /[/\\?#%]/.exec(text)?.[0];
  const error = odd ? `A name cannot have '${odd}', which addresses use.` : taken(text) ? "There is one of this name already." : undefined;
  const begin = () => {
    if (text && !error) go(`/experiments/${encodeURIComponent(text)}`);
  };
  return (
    <Sheet
      open={open}
      close={close}
      title="New experiment"
      footer={
        <Button kind="main" disabled={!text || error !== undefined} onClick={begin}>
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
        onKeyDown={(event) => event.key === "Enter" && begin()}
      />
    </Sheet>
  );
}
