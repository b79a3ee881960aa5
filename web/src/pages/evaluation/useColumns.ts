import { useSyncExternalStore } from "react";
import { columnsAt } from "./layout";

function subscribe(changed: () => void): () => void {
  window.addEventListener("resize", changed);
  return () => window.removeEventListener("resize", changed);
}

/** How many columns of cards the window has room for. */
export function useColumns(): number {
  return useSyncExternalStore(subscribe, () => columnsAt(window.innerWidth));
}
