import { useEffect, useRef, useState } from "react";
import type { ScoredRow } from "./browserScore";

/** What the last change of a single field did to the score, in words. */
export function useLastChange(row: ScoredRow | null, score: number | null): string | null {
  const before = useRef<{ row: ScoredRow; score: number } | null>(null);
  const [said, setSaid] = useState<string | null>(null);
  useEffect(() => {
    if (score === null || row === null) return;
    const old = before.current;
    if (old && old.row !== row) setSaid(lastChange(old.row, row, score - old.score));
    before.current = { row, score };
  }, [row, score]);
  return said;
}

function lastChange(old: ScoredRow, row: ScoredRow, moved: number): string | null {
  const [name, ...others] = Object.keys(row).filter((each) => row[each] !== old[each]);
  if (name === undefined || others.length > 0) return null;
  const by = `${moved < 0 ? "−" : "+"}${Number.parseFloat(Math.abs(moved).toPrecision(3))}`;
  return `${name} ${old[name] ?? "missing"} to ${row[name] ?? "missing"}: ${by}`;
}
