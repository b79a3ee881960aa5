import { useSyncExternalStore } from "react";

const NARROW = "(max-width: 720px)";

function listen(changed: () => void): () => void {
  const query = matchMedia(NARROW);
  query.addEventListener("change", changed);
  return () => query.removeEventListener("change", changed);
}

/** Whether this is a phone's width, where the canvas is to look at, select and run. */
export function useNarrow(): boolean {
  return useSyncExternalStore(listen, () => matchMedia(NARROW).matches);
}
