import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from "react";
import { Button } from "./Button";

const SHOWN_MS = 8000;

interface ToastEntry {
  id: number;
  text: string;
  undo: (() => void) | undefined;
}

type Show = (text: string, undo?: () => void) => void;
const Toasts = createContext<Show>(() => undefined);

/** Show a sentence for 8 seconds, with "Undo" if it can be undone. */
export function useToast(): Show {
  return useContext(Toasts);
}

function Toast({ entry, gone }: { entry: ToastEntry; gone: () => void }) {
  const [held, setHeld] = useState(false);
  useEffect(() => {
    if (held) return;
    const timer = setTimeout(gone, SHOWN_MS);
    return () => clearTimeout(timer);
  }, [held, gone]);
  return (
    <div
      className="toast"
      onMouseEnter={() => setHeld(true)}
      onMouseLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
    >
      <span className="said">{entry.text}</span>
      {entry.undo && (
        <Button
          size="s"
          onClick={() => {
            entry.undo?.();
            gone();
          }}
        >
          Undo
        </Button>
      )}
    </div>
  );
}

let last = 0;

/** Holds the toasts of the page; at most three at a time. */
export function ToastRoom({ children }: { children: ReactNode }) {
  const [entries, setEntries] = useState<readonly ToastEntry[]>([]);
  const show = useCallback<Show>((text, undo) => {
    const entry = { id: ++last, text, undo };
    setEntries((now) => [...now.slice(-2), entry]);
  }, []);
  const remove = useMemo(() => (id: number) => setEntries((now) => now.filter((entry) => entry.id !== id)), []);
  return (
    <Toasts value={show}>
      {children}
      <div className="toasts" role="status">
        {entries.map((entry) => (
          <Toast key={entry.id} entry={entry} gone={() => remove(entry.id)} />
        ))}
      </div>
    </Toasts>
  );
}
