import { Mark } from "./Mark";

export interface LegendEntry {
  tone: number;
  name: string;
  /** The figure that matters. */
  value?: string | undefined;
}

/** A legend in the empty corner of a chart; its entries stand one below another. */
export function Legend({ x, y, entries, room = 26 }: { x: number; y: number; entries: readonly LegendEntry[]; room?: number }) {
  return (
    <g>
      {entries.map(({ tone, name, value }, place) => (
        <g key={tone}>
          <Mark tone={tone} x={x} y={y + place * 18 - 4} size={4} />
          <text className="on halo" x={x + 11} y={y + place * 18}>
            <title>{name}</title>
            {shorten(name, room)} <tspan className="val">{value}</tspan>
          </text>
        </g>
      ))}
    </g>
  );
}

/** The beginning of a long name; titles and column names may have 500 characters. */
export function shorten(text: string, most: number): string {
  const letters = [...text];
  return letters.length <= most ? text : `${letters.slice(0, Math.max(1, most - 1)).join("")}…`;
}
