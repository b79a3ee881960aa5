import { type KeyboardEvent, type ReactNode, useEffect, useId, useLayoutEffect, useRef, useState } from "react";
import { Button } from "./Button";
import { Icon, type IconName } from "./Icon";

export interface MenuEntry {
  name: string;
  act: () => void;
  icon?: IconName;
  danger?: boolean;
  /** Why it is off. */
  off?: string;
}

const GAP = 4;

interface MenuProps {
  /** What the button opens, for screen readers: "More for seattle". */
  label: string;
  entries: readonly MenuEntry[];
  icon?: IconName;
  size?: "s" | "m";
  children?: ReactNode;
}

/** Put a list below its button, or above it where there is no room, and inside the window. */
function place(list: HTMLElement, button: Element): void {
  const { top, bottom, right } = button.getBoundingClientRect();
  const { clientWidth: width, clientHeight: height } = document.documentElement;
  const below = bottom + GAP;
  const above = top - GAP - list.offsetHeight;
  list.style.top = `${below + list.offsetHeight > height && above > 0 ? above : below}px`;
  list.style.left = `${Math.max(GAP, Math.min(right - list.offsetWidth, width - list.offsetWidth - GAP))}px`;
}

/** A button that opens a list of actions; arrows move, Escape closes and gives the focus back. */
export function Menu({ label, entries, icon = "more", size = "m", children }: MenuProps) {
  const [open, setOpen] = useState(false);
  const id = useId();
  const box = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLDivElement>(null);
  // The list stands in the window, not in its table: what scrolls would cut it off.
  useLayoutEffect(() => {
    if (!open) return;
    const move = () => box.current && button.current && place(box.current, button.current);
    move();
    window.addEventListener("scroll", move, true);
    window.addEventListener("resize", move);
    return () => {
      window.removeEventListener("scroll", move, true);
      window.removeEventListener("resize", move);
    };
  }, [open]);
  useEffect(() => {
    if (!open) return;
    box.current?.querySelector<HTMLElement>("[role=menuitem]")?.focus({ preventScroll: true });
    const outside = (event: PointerEvent) => {
      if (!button.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener("pointerdown", outside);
    return () => document.removeEventListener("pointerdown", outside);
  }, [open]);
  const close = () => {
    setOpen(false);
    button.current?.querySelector("button")?.focus();
  };
  const keys = (event: KeyboardEvent) => {
    const items = [...(box.current?.querySelectorAll<HTMLElement>("[role=menuitem]") ?? [])];
    const at = items.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      items[(to + items.length) % items.length]?.focus();
    }
    if (event.key === "Escape" || event.key === "Tab") {
      event.stopPropagation();
      close();
    }
  };
  return (
    <div className="menu" ref={button}>
      <Button
        kind="quiet"
        size={size}
        icon={icon}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-controls={id}
        aria-label={children === undefined ? label : undefined}
        title={label}
        onClick={() => setOpen(!open)}
      >
        {children}
      </Button>
      {open && (
        <div className="pop" role="menu" id={id} aria-label={label} ref={box} onKeyDown={keys}>
          {entries.map((entry) => (
            <button
              key={entry.name}
              type="button"
              role="menuitem"
              tabIndex={-1}
              className={entry.danger ? "bad" : undefined}
              aria-disabled={entry.off !== undefined || undefined}
              title={entry.off}
              onClick={() => {
                if (entry.off !== undefined) return;
                close();
                entry.act();
              }}
            >
              {entry.icon && <Icon name={entry.icon} />}
              {entry.name}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}
