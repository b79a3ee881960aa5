/** What somebody has looked at and put aside: kept in this browser, since it is no property of the work. */

import { useCallback, useState } from "react";
import { workspace } from "../../shell/session";

/** More than can have failed in a day that anybody looked at. */
const MOST = 300;

/** The list with one more, the oldest gone if there are too many. */
export function withOne(known: readonly string[], id: string): string[] {
  return [...known.filter((each) => each !== id), id].slice(-MOST);
}

/** What is kept under a key; nothing if it cannot be read. */
export function readKept(text: string | null): string[] {
  try {
    const found: unknown = JSON.parse(text ?? "[]");
    return Array.isArray(found) ? found.filter((each) => typeof each === "string").slice(-MOST) : [];
  } catch {
    return [];
  }
}

/** The ids that were put aside in this workspace, and ways to put one aside and to bring it back. */
export function useDismissed() {
  const key = `perennial.dismissed.${workspace()}`;
  const [ids, setIds] = useState(() => readKept(localStorage.getItem(key)));
  const keep = useCallback(
    (change: (known: readonly string[]) => string[]) => {
      // Read again: another tab may have put something aside meanwhile.
      const now = change(readKept(localStorage.getItem(key)));
      localStorage.setItem(key, JSON.stringify(now));
      setIds(now);
    },
    [key],
  );
  const dismiss = useCallback((id: string) => keep((known) => withOne(known, id)), [keep]);
  const restore = useCallback((id: string) => keep((known) => known.filter((each) => each !== id)), [keep]);
  return { ids, dismiss, restore };
}
