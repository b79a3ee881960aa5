/** The app's HTTP API from the browser: one way to send, one kind of error, 304s and pages handled here. */

import { accepted, refuse, session, signedIn, workspace } from "../shell/session";
import { fillPath, fillQuery, nextPage, type Values } from "./address";
import { ApiError, OfflineError, readError } from "./errors";
import { KeptResponses } from "./kept";

const kept = new KeptResponses();
/** What the page hears of the app: `false` while it does not answer. */
let answers = true;
const listeners = new Set<() => void>();

/** Whether the last request reached the app. */
export function isOnline(): boolean {
  return answers;
}

/** Be told when the app stops or starts answering. */
export function onOnline(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function heard(now: boolean): void {
  if (now === answers) return;
  answers = now;
  for (const listener of listeners) listener();
}

/**
 * Send a request with the session's token; whatever is not a success becomes an error. Once the token is refused,
 * requests wait until somebody has signed in again, and go on then: what one did last is not lost.
 */
async function send(make: () => Request): Promise<Response> {
  const before = session()?.workspace;
  for (;;) {
    const request = make();
    // An endpoint's own key may be sent instead; that it is refused says nothing of the session.
    if (request.headers.has("authorization")) return answer(request);
    await signedIn(request.signal);
    const token = session()?.token;
    if (token !== undefined) request.headers.set("authorization", `Bearer ${token}`);
    try {
      const response = await answer(request);
      if (token !== undefined) accepted(token);
      return response;
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 401) || token === undefined) throw error;
      refuse(token);
      await signedIn(request.signal);
      if (session() === undefined || session()?.workspace !== before) throw error;
    }
  }
}

async function answer(request: Request): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(request);
  } catch (error) {
    if (request.signal.aborted) throw error;
    heard(false);
    throw new OfflineError();
  }
  heard(true);
  if (response.ok || response.status === 304) return response;
  throw readError(response.status, await response.text(), response.headers);
}

const AGAIN_MS = 8000;

/** Resolves once the app answers; until then it is said that it does not. */
export async function answering(): Promise<void> {
  for (;;) {
    try {
      await fetch("/studio/", { cache: "no-store" });
      return heard(true);
    } catch {
      heard(false);
      await new Promise((done) => setTimeout(done, AGAIN_MS));
    }
  }
}

export interface Call {
  /** The names in the path; `workspace` is filled in. */
  path?: Values;
  query?: Values;
  /** An object is sent as JSON; a Blob, a text or bytes as they are. */
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal | undefined;
}

/** A response with what its headers say. */
export interface Answer<T> {
  body: T;
  etag: string | undefined;
  /** The address of the list's next page, for `getPage`. */
  next: string | undefined;
}

/** Call a route by its path below the origin, such as `/workspaces/{workspace}/activity`. */
export async function call<T>(method: string, template: string, given: Call = {}): Promise<Answer<T>> {
  return sendCall(method, fillPath(template, { workspace: workspace(), ...given.path }) + fillQuery(given.query), given);
}

/** The next page of a list, at the address that the page before gave. */
export function getPage<T>(address: string, signal?: AbortSignal): Promise<Answer<T>> {
  return sendCall("GET", address, { signal });
}

/** The JSON at a route. */
export async function get<T>(template: string, given: Call = {}): Promise<T> {
  return (await call<T>("GET", template, given)).body;
}

async function sendCall<T>(method: string, address: string, given: Call): Promise<Answer<T>> {
  const known = method === "GET" ? kept.find(address) : undefined;
  const headers = new Headers(given.headers);
  if (known) headers.set("if-none-match", known.etag);
  const response = await send(() => new Request(address, { method, headers, ...content(given.body, headers), ...(given.signal && { signal: given.signal }) }));
  if (response.status === 304 && known) return { body: known.body as T, etag: known.etag, next: known.next };
  const etag = response.headers.get("etag") ?? undefined;
  const next = nextPage(response.headers.get("link"), location.origin);
  const body: unknown = await bodyOf(response);
  if (method === "GET" && etag !== undefined) kept.keep(address, { etag, body, next });
  return { body: body as T, etag, next };
}

function content(body: unknown, headers: Headers): { body?: BodyInit } {
  if (body === undefined) return {};
  if (typeof body === "string" || body instanceof Blob || body instanceof ArrayBuffer || ArrayBuffer.isView(body)) {
    return { body: body as BodyInit };
  }
  headers.set("content-type", "application/json");
  return { body: JSON.stringify(body) };
}

async function bodyOf(response: Response): Promise<unknown> {
  if (response.status === 204) return undefined;
  const type = response.headers.get("content-type") ?? "";
  if (type.includes("json")) {
    const text = await response.text();
    return text ? (JSON.parse(text) as unknown) : undefined;
  }
  return type.startsWith("text/") ? response.text() : response.blob();
}

/** Forget everything that was read, when somebody signs out. */
export function forgetAll(): void {
  kept.forget();
}
