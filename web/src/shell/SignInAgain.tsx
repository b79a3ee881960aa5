import { useEffect, useRef } from "react";
import { Button } from "../parts/Button";
import { Message } from "../parts/Message";
import { signOut, workspace } from "./session";
import { SignInForm } from "./SignInForm";

/** Over the page, when the app no longer takes the token: the page and what was typed on it wait behind it. */
export default function SignInAgain() {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
    dialog.current?.querySelector<HTMLElement>("[type=password]")?.focus();
  }, []);
  const notice = (
    <Message kind="warn">The app no longer takes this token. What you typed is kept: sign in with a new one, and it goes on from there.</Message>
  );
  return (
    <dialog ref={dialog} className="confirm pop again" aria-labelledby="sign-in-again" onCancel={(event) => event.preventDefault()}>
      <h2 id="sign-in-again">Sign in again</h2>
      <SignInForm known={workspace()} notice={notice} more={<Button onClick={() => signOut()}>Sign out</Button>} />
    </dialog>
  );
}
