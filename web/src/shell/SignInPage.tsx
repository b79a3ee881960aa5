import { type FormEvent, useEffect, useState } from "react";
import { get } from "../api/client";
import { ApiError } from "../api/errors";
import { Button } from "../parts/Button";
import { Field } from "../parts/Field";
import { ErrorMessage, Message } from "../parts/Message";
import { Mark } from "./Mark";
import { signIn, wasRefused } from "./session";
import "./signIn.css";

/** Ask for a workspace and its token, and try them before anything is shown. */
export default function SignInPage() {
  const [workspace, setWorkspace] = useState("");
  const [token, setToken] = useState("");
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    document.title = "Sign in · Perennial Studio";
  }, []);
  const enter = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    const given = { workspace: workspace.trim(), token: token.trim() };
    try {
      await get("/workspaces/{workspace}/webservices", {
        path: { workspace: given.workspace },
        headers: { authorization: `Bearer ${given.token}` },
      });
      signIn(given);
    } catch (found) {
      setError(found);
    } finally {
      setBusy(false);
    }
  };
  const wrong = error instanceof ApiError && (error.status === 401 || error.status === 404);
  return (
    <main className="signin" id="main">
      <form onSubmit={enter}>
        <div className="row g12">
          <Mark />
          <h1>Perennial Studio</h1>
        </div>
        {wasRefused() && error === undefined && (
          <Message kind="warn">
            This link no longer signs in. <code>make serve</code> prints a new one.
          </Message>
        )}
        {wrong && <Message kind="fail">No workspace has this id and token. Both are in the link that `make serve` prints.</Message>}
        {error !== undefined && !wrong && <ErrorMessage error={error} />}
        <Field
          label="Workspace"
          hint="Its id: 32 digits and letters from a to f"
          value={workspace}
          required
          onChange={(event) => setWorkspace(event.target.value)}
        />
        <Field
          label="Token"
          type="password"
          hint="The workspace's authorization token. It is kept until this tab closes."
          value={token}
          required
          onChange={(event) => setToken(event.target.value)}
        />
        <Button kind="main" type="submit" busy={busy}>
          Sign in
        </Button>
        <p className="t12 dim">
          On your own machine, <code>make serve</code> prints a link that signs in.
        </p>
      </form>
    </main>
  );
}
