import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import type { ExperimentDocument, PortRef } from "./document";
import { describe, findItem } from "./document";
import { offers } from "./connecting";
import { PortMark } from "./marks";
import type { Palette } from "./palette";

interface ConnectListProps {
  palette: Palette;
  document: ExperimentDocument;
  title: string;
  connect: (from: PortRef, to: PortRef) => void;
  close: () => void;
}

/** Connect by keyboard: the arrows choose a port that fits, Enter joins. */
export function ConnectList({ palette, document, title, connect, close }: ConnectListProps) {
  const outputs = describe(palette, findItem(document, title))?.outputs ?? [];
  const choices = outputs.flatMap(({ name }) =>
    offers(palette, document, [title, name]).map((offer) => ({ ...offer, from: [title, name] as PortRef })),
  );
  const [at, setAt] = useState(0);
  const list = useRef<HTMLUListElement>(null);
  useEffect(() => list.current?.focus(), []);
  useEffect(() => list.current?.children[at]?.scrollIntoView({ block: "nearest" }), [at]);
  const keys = (event: KeyboardEvent) => {
    event.stopPropagation();
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (step && choices.length > 0) setAt((at + step + choices.length) % choices.length);
    const chosen = choices[at];
    if (event.key === "Enter" && chosen) {
      connect(chosen.from, chosen.ref);
      close();
    }
    if (event.key === "Escape" || event.key === "Tab") close();
    if (step || event.key === "Enter") event.preventDefault();
  };
  return (
    <div className="pop joins">
      <h3 id="joins">Connect {title} to</h3>
      {choices.length === 0 && <p className="t12 dim">No port takes what comes out of it.</p>}
      <ul ref={list} role="listbox" tabIndex={0} aria-labelledby="joins" aria-activedescendant={`join${at}`} onKeyDown={keys} onBlur={close}>
        {choices.map(({ from, ref, type, taken }, place) => (
          <li
            key={JSON.stringify([from, ref])}
            id={`join${place}`}
            role="option"
            aria-selected={place === at}
            onMouseDown={() => {
              connect(from, ref);
              close();
            }}
          >
            <PortMark type={type} open={!taken} />
            <span className="grow cut">
              {from[1]} → <b>{ref[0]}</b>, {ref[1]}
            </span>
            {taken && <small className="faint">replaces</small>}
          </li>
        ))}
      </ul>
    </div>
  );
}
