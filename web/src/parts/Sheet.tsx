import { type ReactNode, useEffect, useId, useRef } from "react";
import { IconButton } from "./Button";

interface SheetProps {
  open: boolean;
  close: () => void;
  title: string;
  sub?: ReactNode;
  /** What is always in sight at the bottom: the decision. */
  footer?: ReactNode;
  children: ReactNode;
}

/**
 * From the right, 660 px, for one decision with its evidence. Escape and the ground beside it close it; the caller
 * keeps what was typed. The browser's own dialog holds the focus inside and gives it back.
 */
export function Sheet({ open, close, title, sub, footer, children }: SheetProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const element = dialog.current;
    if (open && !element?.open) element?.showModal();
    if (!open && element?.open) element.close();
  }, [open]);
  return (
    <dialog
      ref={dialog}
      className="sheet"
      aria-labelledby={id}
      onClose={close}
      onClick={(event) => event.target === dialog.current && close()}
    >
      {open && (
        <div className="sheet-in">
          <header>
            <div className="grow">
              <h2 id={id}>{title}</h2>
              {sub && <p className="t12 dim">{sub}</p>}
            </div>
            <IconButton kind="quiet" icon="x" label="Close" onClick={close} />
          </header>
          <div className="sb" tabIndex={0}>{children}</div>
          {footer && <footer>{footer}</footer>}
        </div>
      )}
    </dialog>
  );
}
