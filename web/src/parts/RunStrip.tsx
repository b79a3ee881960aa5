const BLOCKS: Record<string, string> = {
  reused: "reused",
  finished: "finished",
  running: "running",
  failed: "failed",
  waiting: "waiting",
  notrun: "notrun",
};

/** The modules of a run, a block each in the order of the run; screen readers hear the counts. */
export function RunStrip({ states }: { states: readonly string[] }) {
  const words = states.map((state) => state.toLowerCase().replace(/[^a-z]/g, ""));
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  const label = [...counts].map(([word, count]) => `${count} ${word}`).join(", ");
  return (
    <span className="segs" role="img" aria-label={`${states.length} modules: ${label}`}>
      {words.map((word, place) => (
        // The order of a run's modules is their identity here.
        <i key={place} className={`sg ${BLOCKS[word] ?? "notrun"}`} />
      ))}
    </span>
  );
}
