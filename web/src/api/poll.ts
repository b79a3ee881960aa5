/** How often pages ask: each second while something runs, each quarter of a minute idle, never while hidden. */

import { keepPreviousData, QueryClient, useQuery, type UseQueryResult } from "@tanstack/react-query";
import { type Call, get } from "./client";
import { ApiError } from "./errors";

export const GOING_MS = 1000;
export const IDLE_MS = 15_000;
const OFFLINE_MS = 8000;

/** Errors that asking again does not mend. */
function isFinal(error: unknown): boolean {
  return error instanceof ApiError && error.status < 500 && error.status !== 429;
}

/** What all pages share of asking: what failed is tried again later, what was seen stays in sight. */
export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: GOING_MS,
      retry: (failed, error) => !isFinal(error) && failed < 2,
      refetchOnWindowFocus: true,
      // The app's address may be reachable while the browser believes that it is not.
      networkMode: "always",
    },
    mutations: { networkMode: "always" },
  },
});

/** Milliseconds until a page asks again. */
export function nextPoll(isGoing: boolean, error: unknown): number | false {
  if (isFinal(error)) return false;
  if (error !== null) return OFFLINE_MS;
  return isGoing ? GOING_MS : IDLE_MS;
}

interface Polling<T> extends Call {
  /** Whether something in it still changes; left out, it is asked for each quarter of a minute. */
  going?: (found: T) => boolean;
  /** Ask once only: what does not change. */
  once?: boolean;
  enabled?: boolean;
}

/** The JSON at a route, kept up to date while the page is in sight. */
export function useLive<T>(template: string, { going, once = false, enabled = true, ...given }: Polling<T> = {}): UseQueryResult<T> {
  return useQuery<T>({
    queryKey: [template, given.path ?? {}, given.query ?? {}],
    queryFn: ({ signal }) => get<T>(template, { ...given, signal }),
    refetchInterval: once
      ? false
      : ({ state }) => nextPoll(state.data !== undefined && (going?.(state.data) ?? false), state.error),
    placeholderData: keepPreviousData,
    enabled,
  });
}

/** Ask again for everything below these routes, after something was changed. */
export function refresh(...templates: string[]): Promise<void> {
  return queries.invalidateQueries({
    predicate: ({ queryKey: [template] }) => templates.some((start) => String(template).startsWith(start)),
  });
}

/** Forget what was read below these routes, after something was deleted: what is gone is not shown for a moment again. */
export function forget(...templates: string[]): void {
  queries.removeQueries({
    predicate: ({ queryKey: [template] }) => templates.some((start) => String(template).startsWith(start)),
  });
}
