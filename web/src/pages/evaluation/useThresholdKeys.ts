import { useEffect, useRef } from "react";

/** ← and → move the threshold by 0.01, with Shift by 0.1, wherever the focus is but in a field or a list of tabs. */
export function useThresholdKeys(move: (by: number) => void): void {
  const latest = useRef(move);
  latest.current = move;
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      const by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
      if (by === 0) return;
      const target = event.target instanceof HTMLElement ? event.target : null;
      if (target?.closest("input:not([type=range]), textarea, select, [role=tablist], [role=menu], [contenteditable]")) return;
      event.preventDefault();
      latest.current(by * (event.shiftKey ? 0.1 : 0.01));
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
}
