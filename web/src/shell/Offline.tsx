import { Message } from "../parts/Message";
import { useOnline } from "./useStore";

/** While the app does not answer: said once, above the page, which keeps what was typed. */
export function Offline() {
  if (useOnline()) return null;
  return (
    <div className="offline">
      <Message kind="warn">The app does not answer. What you typed is kept here; trying again in 8 s.</Message>
    </div>
  );
}
