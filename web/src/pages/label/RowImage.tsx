import { useEffect, useMemo, useRef } from "react";
import type { TableRows } from "../dataset/table";
import { greys } from "./image";

interface RowImageProps {
  table: TableRows;
  row: number;
  /** The places of the columns that are points. */
  places: readonly number[];
  width: number;
  name: string;
}

/** A row of numbers as a grey image; all rows share one scale. */
export function RowImage({ table, row, places, width, name }: RowImageProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const height = Math.ceil(places.length / width);
  const [low, high] = useMemo(() => range(table, places), [table, places]);
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context) return;
    const image = context.createImageData(width, height);
    const cells = table.values[row] ?? [];
    greys(places.map((place) => (typeof cells[place] === "number" ? (cells[place] as number) : null)), low, high).forEach((grey, point) =>
      image.data.set([grey, grey, grey, 255], point * 4),
    );
    context.putImageData(image, 0, 0);
  }, [table, row, places, width, height, low, high]);
  return <canvas ref={canvas} className="label-image" width={width} height={height} role="img" aria-label={name} />;
}

function range(table: TableRows, places: readonly number[]): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const row of table.values) {
    for (const place of places) {
      const cell = row[place];
      if (typeof cell !== "number") continue;
      if (cell < low) low = cell;
      if (cell > high) high = cell;
    }
  }
  return low > high ? [0, 1] : [low, high];
}
