import { useEffect, useRef } from "react";
import { copyText } from "./clipboard";
import type { ExperimentDocument } from "./document";

/** Ctrl C, X and V: through the clipboard, so that modules go from one experiment to another. */
export function useClipboard(document: ExperimentDocument, titles: readonly string[], insert: (text: string) => boolean, remove: () => void): void {
  const latest = useRef({ document, titles, insert, remove });
  latest.current = { document, titles, insert, remove };
  useEffect(() => {
    const isText = (event: Event) => (event.target as HTMLElement | null)?.matches?.("input, textarea, select") ?? false;
    const copy = (event: ClipboardEvent) => {
      const now = latest.current;
      if (isText(event) || now.titles.length === 0 || String(getSelection())) return;
      event.clipboardData?.setData("text/plain", copyText(now.document, new Set(now.titles)));
      event.preventDefault();
      if (event.type === "cut") now.remove();
    };
    const put = (event: ClipboardEvent) => {
      if (!isText(event) && latest.current.insert(event.clipboardData?.getData("text/plain") ?? "")) event.preventDefault();
    };
    window.document.addEventListener("copy", copy);
    window.document.addEventListener("cut", copy);
    window.document.addEventListener("paste", put);
    return () => {
      window.document.removeEventListener("copy", copy);
      window.document.removeEventListener("cut", copy);
      window.document.removeEventListener("paste", put);
    };
  }, []);
}
