import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { call, getPage } from "../../../api/client";
import { nextPoll } from "../../../api/poll";
import { placesOf, type Pager } from "../../../api/usePages";
import type { EndpointPath } from "../EndpointTabs";
import { ENDPOINT } from "../shapes";
import type { LogRows } from "./rows";

const SIZE = 50;

/** Pages of the log from the latest row back; each ends with all rows of a moment, so that they differ in length. */
export function useSpanPages(path: EndpointPath, query: Readonly<Record<string, string>>) {
  const asked = JSON.stringify([path, query]);
  const [seen, setSeen] = useState<{ asked: string; addresses: readonly string[]; before: readonly number[] }>({ asked, addresses: [], before: [] });
  const { addresses, before } = seen.asked === asked ? seen : { addresses: [], before: [] };
  const address = addresses.at(-1);
  const found = useQuery({
    queryKey: [`${ENDPOINT}/log`, path, query, address ?? ""],
    queryFn: ({ signal }) =>
      address ? getPage<LogRows>(address, signal) : call<LogRows>("GET", `${ENDPOINT}/log`, { path, query: { ...query, limit: SIZE, order: "latest", truths: true }, signal }),
    refetchInterval: ({ state }) => (address ? false : nextPoll(false, state.error)),
    placeholderData: (last) => last,
  });
  const page = found.data?.body;
  const [next, count] = [found.data?.next, page?.Rows.length ?? 0];
  const skipped = before.reduce((sum, one) => sum + one, 0);
  const pager: Pager | undefined =
    addresses.length > 0 || next !== undefined
      ? {
          shown: placesOf(1, skipped, count),
          previous: addresses.length > 0 ? () => setSeen({ asked, addresses: addresses.slice(0, -1), before: before.slice(0, -1) }) : undefined,
          next: next === undefined ? undefined : () => setSeen({ asked, addresses: [...addresses, next], before: [...before, count] }),
          busy: found.isPlaceholderData,
        }
      : undefined;
  return { page, pager, error: found.error };
}
