import { type DragEvent, type ReactNode, useRef, useState } from "react";
import { Button } from "./Button";
import { Icon } from "./Icon";

interface FilesDropProps {
  /** What is dropped here, for screen readers: "Files of rows". */
  label: string;
  /** The endings that the file picker offers. */
  accept: string;
  multiple?: boolean;
  busy?: boolean;
  className?: string;
  take: (files: File[]) => void;
  /** What happens with them, or how that stands. */
  children: ReactNode;
}

/** A place to drop files, with a button for those who do not drag. */
export function FilesDrop({ label, accept, multiple = false, busy = false, className = "", take, children }: FilesDropProps) {
  const [over, setOver] = useState(false);
  const picker = useRef<HTMLInputElement>(null);
  const given = (files: FileList | null) => {
    if (files && files.length > 0 && !busy) take(multiple ? [...files] : [files[0] as File]);
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    given(event.dataTransfer.files);
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
        aria-label={label}
        accept={accept}
        multiple={multiple}
        onChange={(event) => {
          given(event.target.files);
          event.target.value = "";
        }}
      />
      <Button busy={busy} onClick={() => picker.current?.click()}>
        {multiple ? "Choose files" : "Choose a file"}
      </Button>
    </section>
  );
}
