/** Who is signed in: a workspace and its token, kept until this tab closes. Never in a cookie, never in an address. */

export interface Session {
  workspace: string;
  token: string;
}

const KEY = "perennial.session";
const listeners = new Set<() => void>();
let refused = false;
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

/** Start a session. */
export function signIn(next: Session): void {
  kept = next;
  refused = false;
  sessionStorage.setItem(KEY, JSON.stringify(next));
  changed();
}

/** End it; `because` tells the sign-in page that the token is no longer good. */
export function signOut(because?: "refused"): void {
  kept = undefined;
  refused = because === "refused";
  sessionStorage.removeItem(KEY);
  changed();
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
