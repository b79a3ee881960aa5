import { type FormEvent, type ReactNode, useState } from "react";
import { get } from "../api/client";
import { ApiError } from "../api/errors";
import { Button } from "../parts/Button";
import { Field } from "../parts/Field";
import { ErrorMessage, Message } from "../parts/Message";
import { signIn } from "./session";
import "./signIn.css";

interface SignInFormProps {
  /** The workspace to begin with. */
  known?: string;
  /** What is said above the fields while nothing else is wrong. */
  notice?: ReactNode;
  /** What else can be done. */
  more?: ReactNode;
}

/** A workspace and its token, tried before anything is shown. */
export function SignInForm({ known = "", notice, more }: SignInFormProps) {
  const [workspace, setWorkspace] = useState(known);
  const [token, setToken] = useState("");
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
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
    <form onSubmit={enter}>
      {error === undefined && notice}
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
      <div className="row w">
        <Button kind="main" type="submit" busy={busy}>
          Sign in
        </Button>
        {more}
      </div>
    </form>
  );
}
