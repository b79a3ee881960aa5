import { useMemo } from "react";
import { shorten } from "../../charts/Legend";
import type { ExperimentDocument } from "./document";
import type { Fate } from "./difference";
import { NODE_HEIGHT, NODE_WIDTH, placesOf } from "./layout";
import type { Palette } from "./palette";

interface GraphPictureProps {
  palette: Palette;
  /** The document whose places are used; a union shows what only one of two has. */
  document: ExperimentDocument;
  fates: ReadonlyMap<string, Fate>;
  label: string;
}

const WORDS: Record<Fate, string> = { added: "added", removed: "taken away", changed: "changed", same: "" };

/** An experiment as a small drawing, with what becomes of its modules. */
export function GraphPicture({ palette, document, fates, label }: GraphPictureProps) {
  const places = useMemo(() => placesOf(palette, document), [palette, document]);
  const all = [...places.values()];
  if (all.length === 0) return null;
  const left = Math.min(...all.map(([x]) => x)) - 12;
  const top = Math.min(...all.map(([, y]) => y)) - 12;
  const width = Math.max(...all.map(([x]) => x)) + NODE_WIDTH + 12 - left;
  const height = Math.max(...all.map(([, y]) => y)) + NODE_HEIGHT + 12 - top;
  return (
    <svg className="gpic" viewBox={`${left} ${top} ${width} ${height}`} role="img" aria-label={label}>
      {document.connections.map(({ from, to }) => {
        const [start, end] = [places.get(from[0]), places.get(to[0])];
        if (!start || !end) return null;
        const [x1, y1, x2, y2] = [start[0] + NODE_WIDTH / 2, start[1] + NODE_HEIGHT, end[0] + NODE_WIDTH / 2, end[1]];
        return <path key={JSON.stringify([from, to])} className="edge" d={`M${x1} ${y1}C${x1} ${y1 + 30} ${x2} ${y2 - 30} ${x2} ${y2}`} />;
      })}
      {[...places].map(([title, [x, y]]) => {
        const fate = fates.get(title) ?? "same";
        return (
          <g key={title} className={`gn ${fate}`}>
            <title>{title}</title>
            <rect x={x} y={y} width={NODE_WIDTH} height={NODE_HEIGHT} rx={8} />
            <text x={x + 12} y={y + (WORDS[fate] ? 24 : 33)}>
              {shorten(title, 22)}
            </text>
            {WORDS[fate] && (
              <text className="fate" x={x + 12} y={y + 42}>
                {WORDS[fate]}
              </text>
            )}
          </g>
        );
      })}
    </svg>
  );
}
