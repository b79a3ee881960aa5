import { useInfiniteQuery } from "@tanstack/react-query";
import { type Answer, call, getPage } from "../../api/client";
import { nextPoll } from "../../api/poll";
import { isGoing } from "../../parts/State";
import { W } from "../services/shapes";
import { JOB_STATE, type Kind, merged, ofJob, ofPipelineRun, ofRun, type StateGroup, type Work } from "./work";

const SIZE = 50;
export const RUNS = `${W}/runs`;
export const JOBS = `${W}/jobs`;
export const PIPELINE_RUNS = `${W}/pipelineruns`;

/** One list in pages, kept up to date; `query` is what the route itself filters by. */
function useList<T>(route: string, enabled: boolean, read: (item: T) => Work, query: Record<string, string | undefined> = {}) {
  const found = useInfiniteQuery({
    queryKey: [route, "pages", query],
    queryFn: ({ pageParam, signal }): Promise<Answer<T[]>> =>
      pageParam ? getPage(pageParam, signal) : call("GET", route, { query: { limit: SIZE, ...query }, signal }),
    initialPageParam: "",
    getNextPageParam: ({ next }) => next,
    refetchInterval: ({ state }) => nextPoll(state.data?.pages.some(({ body }) => body.some((item) => isGoing(read(item).state))) ?? false, state.error),
    enabled,
  });
  const work = found.data?.pages.flatMap(({ body }) => body.map(read)) ?? [];
  return { ...found, work, enabled, hasMore: found.hasNextPage };
}

/** The work of a kind, or of all: as far as it was read, with what reads on. */
export function useWork(kind: Kind | undefined, state: StateGroup | undefined) {
  const wants = (one: Kind) => kind === undefined || kind === one;
  const runs = useList(RUNS, wants("run"), ofRun, { state: state && JOB_STATE[state] });
  const jobs = useList(JOBS, wants("job"), ofJob, { state: state && JOB_STATE[state] });
  const pipelines = useList(PIPELINE_RUNS, wants("pipeline"), ofPipelineRun);
  const lists = [runs, jobs, pipelines].filter(({ enabled }) => enabled);
  const first = lists.find(({ error }) => error !== null);
  return {
    work: merged(lists),
    error: first?.error ?? null,
    isPending: lists.some(({ isPending }) => isPending),
    isReading: lists.some(({ isFetchingNextPage }) => isFetchingNextPage),
    /** When it was last asked: the clock of what runs. */
    now: new Date(Math.max(...lists.map(({ dataUpdatedAt }) => dataUpdatedAt))),
    readOn: lists.some(({ hasMore }) => hasMore)
      ? () => {
          for (const list of lists) if (list.hasMore) void list.fetchNextPage();
        }
      : undefined,
  };
}
