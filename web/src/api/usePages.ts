/** Lists in pages: which page is shown, and the way to the next and back. */

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { call, getPage, type Call } from "./client";
import { nextPoll } from "./poll";

interface Paging<T> extends Pick<Call, "path" | "query"> {
  /** Items of a page. */
  size?: number;
  /** Whether a row still changes. */
  going?: (row: T) => boolean;
}

/** What stands below a table: "51 to 80", and where else one can go. */
export interface Pager {
  shown: string;
  previous: (() => void) | undefined;
  next: (() => void) | undefined;
  busy: boolean;
}

/** "51 to 80": the places of the rows on a page, counted from 1. */
export function placesOf(page: number, size: number, rows: number): string {
  return rows === 0 ? "Nothing more" : `${(page * size + 1).toLocaleString("en")} to ${(page * size + rows).toLocaleString("en")}`;
}

/** A list of the API in pages, kept up to date; another query begins at its first page. `pager` is left out if one page has all. */
export function usePages<T>(template: string, { size = 50, going, ...given }: Paging<T> = {}) {
  const asked = JSON.stringify([template, given]);
  const [seen, setSeen] = useState<{ asked: string; addresses: readonly string[] }>({ asked, addresses: [] });
  const addresses = seen.asked === asked ? seen.addresses : [];
  const turn = (next: readonly string[]) => setSeen({ asked, addresses: next });
  const address = addresses.at(-1);
  const found = useQuery({
    queryKey: [template, given, size, address ?? ""],
    queryFn: ({ signal }) => (address ? getPage<T[]>(address, signal) : call<T[]>("GET", template, { ...given, query: { ...given.query, limit: size }, signal })),
    refetchInterval: ({ state }) => nextPoll(going !== undefined && (state.data?.body.some(going) ?? false), state.error),
    placeholderData: (before) => before,
  });
  const rows = found.data?.body ?? [];
  const next = found.data?.next;
  const pager: Pager | undefined =
    addresses.length > 0 || next !== undefined
      ? {
          shown: placesOf(addresses.length, size, rows.length),
          previous: addresses.length > 0 ? () => turn(addresses.slice(0, -1)) : undefined,
          next: next === undefined ? undefined : () => turn([...addresses, next]),
          busy: found.isPlaceholderData,
        }
      : undefined;
  return { rows, pager, error: found.error, isPending: found.isPending, isEmpty: found.isSuccess && rows.length === 0 && addresses.length === 0 };
}
