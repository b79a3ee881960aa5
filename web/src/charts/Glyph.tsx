/** The few signs that charts and data pages draw; each on a ground of 16. */
const PATHS = {
  get: "M8 2.4v7.8M5 7.3l3 3 3-3M2.8 13.2h10.4",
  swap: "M3 5.4h9.6M10 2.8l2.6 2.6L10 8M13 10.6H3.4M6 8l-2.6 2.6L6 13.2",
  warn: "M8 2.3 14.3 13.2H1.7zM8 6.6v3M8 11.3h.01",
  left: "M10 3.5 5.5 8 10 12.5",
  right: "M6 3.5 10.5 8 6 12.5",
  search: "M11.4 7a4.4 4.4 0 1 1-8.8 0 4.4 4.4 0 0 1 8.8 0M10.3 10.3 13.8 13.8",
  pen: "M10.6 2.9l2.5 2.5-7.7 7.7-3.1.6.6-3.1z",
  number: "M6.3 3 5.1 13M10.9 3 9.7 13M2.8 6.2h10.6M2.5 9.8h10.6",
  text: "M3 4.4V3h10v1.4M8 3v10M6.2 13h3.6",
  time: "M14.1 8a6.1 6.1 0 1 1-12.2 0 6.1 6.1 0 0 1 12.2 0M8 4.6V8l2.4 1.6",
  flag: "M2.5 8.4 6 12l7.5-8",
  table: "M3.4 2.6h9.2A1.4 1.4 0 0 1 14 4v8a1.4 1.4 0 0 1-1.4 1.4H3.4A1.4 1.4 0 0 1 2 12V4a1.4 1.4 0 0 1 1.4-1.4M2 6.2h12M6 6.2v7.2",
  columns: "M3.4 2.6h9.2A1.4 1.4 0 0 1 14 4v8a1.4 1.4 0 0 1-1.4 1.4H3.4A1.4 1.4 0 0 1 2 12V4a1.4 1.4 0 0 1 1.4-1.4M6 2.6v10.8M10 2.6v10.8",
  points: "M5 5h.01M9.4 3.6h.01M4.4 10h.01M11.4 9.4h.01M8.6 12.6h.01",
  graph: "M5.4 2h5.2v3.6H5.4zM1.7 10.5h5.2v3.6H1.7zM9.1 10.5h5.2v3.6H9.1zM8 5.5V8M4.3 10.5V8h7.4v2.5",
  info: "M14.1 8a6.1 6.1 0 1 1-12.2 0 6.1 6.1 0 0 1 12.2 0M8 7.4v3.4M8 5.1h.01",
  undo: "M5.6 3 2.8 5.8l2.8 2.8M3 5.8h6.4a3.6 3.6 0 0 1 0 7.2H6",
} as const;

export type GlyphName = keyof typeof PATHS;

export function Glyph({ name, small = false }: { name: GlyphName; small?: boolean }) {
  return (
    <svg className={small ? "i s" : "i"} viewBox="0 0 16 16" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
