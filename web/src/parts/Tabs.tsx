import { type KeyboardEvent, type ReactNode } from "react";
import { Link } from "wouter";

/** The parts of a thing, each with an address of its own. */
export function PageTabs({ label, tabs }: { label: string; tabs: readonly { to: string; name: string; count?: number; here?: boolean }[] }) {
  return (
    <nav className="tabs" aria-label={label}>
      {tabs.map(({ to, name, count, here }) => (
        <Link key={to} href={to} aria-current={here ? "page" : undefined}>
          {name}
          {count !== undefined && <span className="n">{count.toLocaleString("en")}</span>}
        </Link>
      ))}
    </nav>
  );
}

interface SegmentsProps<T extends string> {
  label: string;
  options: readonly (readonly [T, ReactNode])[];
  value: T;
  choose: (value: T) => void;
  fill?: boolean;
}

/** One of a few in a row; the arrow keys choose. */
export function Segments<T extends string>({ label, options, value, choose, fill = false }: SegmentsProps<T>) {
  const move = (event: KeyboardEvent<HTMLDivElement>) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const at = (options.findIndex(([option]) => option === value) + step + options.length) % options.length;
    const next = options[at];
    if (next) choose(next[0]);
    (event.currentTarget.children[at] as HTMLElement | undefined)?.focus();
  };
  return (
    <div className={`seg${fill ? " fill" : ""}`} role="radiogroup" aria-label={label} onKeyDown={move}>
      {options.map(([option, shown]) => (
        <button
          key={option}
          type="button"
          role="radio"
          aria-checked={option === value}
          tabIndex={option === value ? 0 : -1}
          onClick={() => choose(option)}
        >
          {shown}
        </button>
      ))}
    </div>
  );
}

/** A filter that is on or off, with how many it leaves. */
export function Chip({ on, count, toggle, children }: { on: boolean; count?: number; toggle: () => void; children: ReactNode }) {
  return (
    <button type="button" className="chip" aria-pressed={on} onClick={toggle}>
      {children}
      {count !== undefined && <span className="n">{count.toLocaleString("en")}</span>}
    </button>
  );
}
