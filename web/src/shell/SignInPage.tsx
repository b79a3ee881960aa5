import { useEffect } from "react";
import { Message } from "../parts/Message";
import { Mark } from "./Mark";
import { wasRefused } from "./session";
import { SignInForm } from "./SignInForm";

/** Ask for a workspace and its token. */
export default function SignInPage() {
  useEffect(() => {
    document.title = "Sign in · Perennial Studio";
  }, []);
  const notice = wasRefused() && (
    <Message kind="warn">
      This link no longer signs in. <code>make serve</code> prints a new one.
    </Message>
  );
  return (
    <main className="signin" id="main">
      <div className="asked">
        <div className="row g12">
          <Mark />
          <h1>Perennial Studio</h1>
        </div>
        <SignInForm notice={notice} />
        <p className="t12 dim">
          On your own machine, <code>make serve</code> prints a link that signs in.
        </p>
      </div>
    </main>
  );
}
