import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from "react";
import { IconButton } from "../parts/Button";

interface DownloadMenuProps {
  title: string;
  onSvg: (() => void) | undefined;
  onCsv: () => void;
  children?: ReactNode;
}

/** What a chart can be had as. */
export function DownloadMenu({ title, onSvg, onCsv, children }: DownloadMenuProps) {
  const [open, setOpen] = useState(false);
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!open) return;
    const close = (event: Event) => {
      if (!place.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener("pointerdown", close);
    return () => document.removeEventListener("pointerdown", close);
  }, [open]);
  function onKey(event: KeyboardEvent) {
    if (event.key !== "Escape" || !open) return;
    event.stopPropagation();
    setOpen(false);
    place.current?.querySelector("button")?.focus();
  }
  return (
    <div className="dl" ref={place} onKeyDown={onKey}>
      <IconButton
        kind="quiet"
        size="s"
        icon="get"
        label={`Download or read ${title}`}
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      />
      {open && (
        <div className="pop dl-menu" onClick={() => setOpen(false)}>
          {onSvg && (
            <button type="button" className="b quiet sm" onClick={onSvg}>
              Download SVG
            </button>
          )}
          <button type="button" className="b quiet sm" onClick={onCsv}>
            Download CSV
          </button>
          {children}
        </div>
      )}
    </div>
  );
}
