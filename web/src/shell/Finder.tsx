import { useQuery } from "@tanstack/react-query";
import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from "react";
import { useLocation } from "wouter";
import { Icon, type IconName } from "../parts/Icon";
import { findables } from "./findables";
import { bestMatches } from "./matching";
import { ALL_PLACES } from "./places";
import { signOut } from "./session";
import { setTheme } from "./theme";

interface Entry {
  name: string;
  kind: string;
  icon: IconName;
  act: () => void;
}

const MOST = 12;

/** Ctrl K: type a few letters of a name or of what is to be done. */
export function Finder({ open, close, showKeys }: { open: boolean; close: () => void; showKeys: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const [, go] = useLocation();
  const id = useId();
  const { data: things = [] } = useQuery({ queryKey: ["findables"], queryFn: findables, enabled: open, staleTime: 15_000 });
  useEffect(() => {
    if (open && !dialog.current?.open) {
      setTyped("");
      setAt(0);
      dialog.current?.showModal();
    }
    if (!open && dialog.current?.open) dialog.current.close();
  }, [open]);
  const entries = useMemo<Entry[]>(
    () => [
      ...ALL_PLACES.map(({ name, to, icon }) => ({ name, kind: "page", icon, act: () => go(to) })),
      ...things.map(({ name, kind, icon, to }) => ({ name, kind, icon, act: () => go(to) })),
      { name: "Theme: light", kind: "do", icon: "sun", act: () => setTheme("light") },
      { name: "Theme: dark", kind: "do", icon: "sun", act: () => setTheme("dark") },
      { name: "Theme: as the system", kind: "do", icon: "sun", act: () => setTheme("system") },
      { name: "All keys", kind: "do", icon: "help", act: showKeys },
      { name: "Sign out", kind: "do", icon: "exit", act: () => signOut() },
    ],
    [things, go, showKeys],
  );
  const found = bestMatches(typed, entries, MOST);
  const take = (entry: Entry | undefined) => {
    if (entry === undefined) return;
    close();
    entry.act();
  };
  const keys = (event: KeyboardEvent) => {
    if (event.key === "Enter") take(found[at]);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined || found.length === 0) return;
    event.preventDefault();
    setAt((at + step + found.length) % found.length);
  };
  return (
    <dialog ref={dialog} className="finder pop" aria-label="Find or do" onClose={close} onClick={(event) => event.target === dialog.current && close()}>
      <div className="inw">
        <Icon name="search" />
        <input
          className="in"
          role="combobox"
          aria-label="Find or do"
          aria-expanded="true"
          aria-controls={id}
          aria-activedescendant={found.length > 0 ? `${id}-${at}` : undefined}
          placeholder="Find a service, an experiment, a dataset … or do something"
          value={typed}
          onKeyDown={keys}
          onChange={(event) => {
            setTyped(event.target.value);
            setAt(0);
          }}
        />
      </div>
      <ul role="listbox" id={id} aria-label="Found">
        {found.map((entry, place) => (
          <li
            key={`${entry.kind} ${entry.name} ${place}`}
            id={`${id}-${place}`}
            role="option"
            aria-selected={place === at}
            onPointerMove={() => setAt(place)}
            onClick={() => take(entry)}
          >
            <Icon name={entry.icon} />
            <span className="grow cut">{entry.name}</span>
            <small>{entry.kind}</small>
          </li>
        ))}
      </ul>
      {found.length === 0 && <p className="none dim">Nothing is called that.</p>}
    </dialog>
  );
}
