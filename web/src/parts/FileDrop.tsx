import { type DragEvent, type ReactNode, useRef, useState } from "react";
import { Button } from "./Button";
import { Icon } from "./Icon";

interface FileDropProps {
  /** What the file is, for screen readers. */
  label: string;
  accept: string;
  take: (file: File) => void;
  busy?: boolean;
  className?: string;
  /** What to drop and what becomes of it, or how that stands. */
  children: ReactNode;
}

/** A place to drop a file on, with a button that chooses one. */
export function FileDrop({ label, accept, take, busy = false, className = "", children }: FileDropProps) {
  const [over, setOver] = useState(false);
  const picker = useRef<HTMLInputElement>(null);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    const file = event.dataTransfer.files[0];
    if (file && !busy) take(file);
  };
  return (
    <section
      className={`drop${over ? " over" : ""} ${className}`.trim()}
      aria-label={label}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <Icon name="imp" size="l" />
      <div className="grow">{children}</div>
      <input
        ref={picker}
        type="file"
        className="sr"
        tabIndex={-1}
        aria-label={`${label}: a file`}
        accept={accept}
        onChange={(event) => {
          const file = event.target.files?.[0];
          if (file) take(file);
          event.target.value = "";
        }}
      />
      <Button busy={busy} onClick={() => picker.current?.click()}>
        Choose a file
      </Button>
    </section>
  );
}
