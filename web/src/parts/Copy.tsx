import { useEffect, useState } from "react";
import { IconButton } from "./Button";

/** A button that copies a text; `text` may be fetched first. */
export function Copy({ text, label = "Copy" }: { text: string | (() => Promise<string>); label?: string }) {
  const [done, setDone] = useState(false);
  useEffect(() => {
    if (!done) return;
    const timer = setTimeout(() => setDone(false), 2000);
    return () => clearTimeout(timer);
  }, [done]);
  return (
    <>
      <IconButton
        size="s"
        icon={done ? "done" : "copy"}
        label={done ? "Copied" : label}
        onClick={async () => {
          await navigator.clipboard.writeText(typeof text === "string" ? text : await text());
          setDone(true);
        }}
      />
      <span className="sr" role="status">
        {done ? "Copied" : ""}
      </span>
    </>
  );
}
