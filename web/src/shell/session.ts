/** Who is signed in: a workspace and its token, kept until this tab closes. Never in a cookie, never in an address. */

export interface Session {
  workspace: string;
  token: string;
}

const KEY = "perennial.session";
const listeners = new Set<() => void>();
let refused = false;
/** Whether the app has taken this session's token. */
let worked = false;
let kept: Session | undefined = readKept();

function readKept(): Session | undefined {
  try {
    const found: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
    return isSession(found) ? found : undefined;
  } catch {
    return undefined;
  }
}

function isSession(value: unknown): value is Session {
  const found = value as Session | null;
  return typeof found?.workspace === "string" && typeof found.token === "string";
}

function changed(): void {
  for (const listener of listeners) listener();
}

/** The session of this tab, if it is signed in. */
export function session(): Session | undefined {
  return kept;
}

/** The workspace that is signed in to; pages are only shown while there is one. */
export function workspace(): string {
  return kept?.workspace ?? "";
}

/** Whether the app refused the token that this tab was signed in with. */
export function wasRefused(): boolean {
  return refused;
}

/** The app took the token: from now on pages may hold what somebody typed. */
export function accepted(token: string): void {
  if (token === kept?.token) worked = true;
}

/** Start a session, or go on with the one whose token was refused. */
export function signIn(next: Session): void {
  if (next.workspace !== kept?.workspace) worked = false;
  kept = next;
  refused = false;
  sessionStorage.setItem(KEY, JSON.stringify(next));
  changed();
}

/** End it, with all that is on its pages. */
export function signOut(): void {
  kept = undefined;
  refused = worked = false;
  sessionStorage.removeItem(KEY);
  changed();
}

/**
 * The app refused a token. One that never worked ends the session; in a session that has worked, its pages stay as they
 * are, with what was typed, until somebody signs in again.
 */
export function refuse(token: string): void {
  if (token !== kept?.token || refused) return;
  refused = true;
  sessionStorage.removeItem(KEY);
  if (!worked) kept = undefined;
  changed();
}

/** Resolves once there is a token that was not refused, at once if there is; rejects when the signal says so. */
export function signedIn(signal: AbortSignal): Promise<void> {
  if (!refused || kept === undefined) return Promise.resolve();
  return new Promise((done, fail) => {
    const stop = onSession(() => {
      if (refused) return;
      stop();
      done();
    });
    signal.addEventListener("abort", () => {
      stop();
      fail(signal.reason);
    });
  });
}

/** Be told when someone signs in or out. */
export function onSession(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The session that a link's fragment `#workspace=…&token=…` carries. */
export function readLink(fragment: string): Session | undefined {
  const fields = new URLSearchParams(fragment.replace(/^#/, ""));
  const found = { workspace: fields.get("workspace"), token: fields.get("token") };
  return found.workspace && found.token ? (found as Session) : undefined;
}

/** Sign in with the link that the page was opened with, and take its token out of the address and the history. */
export function takeLink(): void {
  const found = readLink(location.hash);
  if (found === undefined) return;
  history.replaceState(null, "", location.pathname + location.search);
  signIn(found);
}
