import { type ReactNode, useEffect, useId, useRef } from "react";
import { Button } from "./Button";

interface ConfirmProps {
  open: boolean;
  close: () => void;
  title: string;
  /** What is lost, for whom. */
  children: ReactNode;
  /** The verb, as on the button that asked: "Delete seattle". */
  act: string;
  onAct: () => void;
  busy?: boolean;
}

/** A question before something is deleted that callers use; everywhere else, act and offer "Undo". */
export function Confirm({ open, close, title, children, act, onAct, busy = false }: ConfirmProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const element = dialog.current;
    if (open && !element?.open) element?.showModal();
    if (!open && element?.open) element.close();
  }, [open]);
  return (
    <dialog ref={dialog} className="confirm pop" aria-labelledby={id} onClose={close}>
      <h2 id={id}>{title}</h2>
      <div className="dim">{children}</div>
      <div className="row end">
        <Button onClick={close}>Keep it</Button>
        <Button kind="destroy" busy={busy} onClick={onAct}>
          {act}
        </Button>
      </div>
    </dialog>
  );
}
