import { type ReactNode, useId } from "react";

/** A text beside a thing that has the mouse or the focus; the thing itself takes the focus. */
export function Tooltip({ text, children }: { text: ReactNode; children: ReactNode }) {
  const id = useId();
  return (
    <span className="tipped" tabIndex={0} aria-describedby={id}>
      {children}
      <span role="tooltip" id={id} className="tip">
        {text}
      </span>
    </span>
  );
}
