/** Keys that work anywhere in the Studio. Pages add their own with `useKey`. */

import { useEffect, useRef } from "react";

/** Whether what has the focus takes letters itself. */
export function takesText(target: EventTarget | null): boolean {
  const element = target as HTMLElement | null;
  if (!element?.tagName) return false;
  return /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName) ? !isTick(element) : element.isContentEditable;
}

function isTick(element: HTMLElement): boolean {
  return /^(checkbox|radio|button|submit|range)$/.test((element as HTMLInputElement).type);
}

/** The name of a stroke: `ctrl+k`, `shift+ArrowUp`, `?`. Ctrl and Command are one. */
export function stroke(event: Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">): string {
  const named = event.key.length > 1;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  // Shift is part of what a character is, such as "?"; only with names and letters it says more.
  const shift = event.shiftKey && (named || key !== event.key);
  return `${event.ctrlKey || event.metaKey ? "ctrl+" : ""}${event.altKey ? "alt+" : ""}${shift ? "shift+" : ""}${key}`;
}

/** Act on strokes while the caller is in the page; plain characters are left to fields. */
export function useKeys(acts: Record<string, (event: KeyboardEvent) => void>): void {
  const latest = useRef(acts);
  latest.current = acts;
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing) return;
      const name = stroke(event);
      const act = latest.current[name];
      if (act === undefined) return;
      if (!name.includes("ctrl+") && name !== "Escape" && takesText(event.target)) return;
      if (document.querySelector("dialog[open]") && name !== "Escape" && !name.startsWith("ctrl+")) return;
      act(event);
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, []);
}
