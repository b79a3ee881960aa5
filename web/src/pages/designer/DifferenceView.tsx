import { useMemo } from "react";
import { difference } from "./difference";
import type { ExperimentDocument } from "./document";
import { GraphPicture } from "./GraphPicture";
import type { Palette } from "./palette";

const MOST = 40;

/** What changes from one document to another: drawn, and in words. */
export function DifferenceView({ palette, before, after }: { palette: Palette; before: ExperimentDocument; after: ExperimentDocument }) {
  const { modules, lines } = useMemo(() => difference(before, after), [before, after]);
  const union = useMemo(
    () => ({
      ...after,
      modules: { ...before.modules, ...after.modules },
      connections: [...after.connections, ...before.connections.filter(({ from, to }) => modules.get(from[0]) === "removed" || modules.get(to[0]) === "removed")],
      layout: { ...before.layout, ...after.layout },
    }),
    [before, after, modules],
  );
  return (
    <div className="col g12">
      <GraphPicture palette={palette} document={union} fates={modules} label={`${lines.length} differences`} />
      {lines.length === 0 ? (
        <p className="dim">They mean the same.</p>
      ) : (
        <ul className="dots t12">
          {lines.slice(0, MOST).map((line) => (
            <li key={line}>{line}</li>
          ))}
          {lines.length > MOST && <li>and {lines.length - MOST} more</li>}
        </ul>
      )}
    </div>
  );
}
