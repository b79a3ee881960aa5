import { useMemo, useState } from "react";
import { Card } from "../../parts/Card";
import { Select } from "../../parts/Field";
import { Segments } from "../../parts/Tabs";
import type { TableRows } from "../dataset/table";
import { cellText } from "../dataset/words";
import { type ImageShape, widths } from "./image";
import { RowImage } from "./RowImage";

interface RowShownProps {
  table: TableRows;
  /** Its place among the rows that were read, and its number in the dataset, both from 0. */
  row: number;
  number: number;
  label: string;
  shape: ImageShape | null;
}

/** The row to label: its cells, or the image that they make. */
export function RowShown({ table, row, number, label, shape }: RowShownProps) {
  const [asImage, setAsImage] = useState(shape !== null);
  const [width, setWidth] = useState(shape?.width ?? 1);
  const cells = table.values[row] ?? [];
  const places = useMemo(() => shape?.columns.map((name) => table.columns.findIndex((column) => column.name === name)) ?? [], [shape, table]);
  return (
    <Card
      title={`Row ${(number + 1).toLocaleString("en")}`}
      padded
      actions={
        shape && (
          <div className="row g4">
            <Segments label="How to show it" value={asImage ? "image" : "cells"} choose={(value) => setAsImage(value === "image")} options={[["image", "Image"], ["cells", "Cells"]]} />
            {asImage && (
              <Select
                label="Width of the image"
                labelHidden
                size="s"
                options={widths(places.length).map((each): [string, string] => [String(each), `${each} × ${places.length / each}`])}
                value={String(width)}
                onChange={(event) => setWidth(Number(event.target.value))}
              />
            )}
          </div>
        )
      }
    >
      {shape && asImage ? (
        <RowImage table={table} row={row} places={places} width={width} name={`Row ${number + 1} as an image`} />
      ) : (
        <dl className="kv l label-cells">
          {table.columns.map((column, place) =>
            column.name === label ? null : (
              <div key={column.name} className="kv-pair">
                <dt className="cut" title={column.name}>
                  {column.name}
                </dt>
                <dd>{cellText(cells[place])}</dd>
              </div>
            ),
          )}
        </dl>
      )}
    </Card>
  );
}
