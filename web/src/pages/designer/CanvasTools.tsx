import { useReactFlow } from "@xyflow/react";
import { Button, IconButton } from "../../parts/Button";
import type { Drawing } from "./useDrawing";

/** What is done to the canvas as a whole, at its corner. */
export function CanvasTools({ drawing, narrow }: { drawing: Drawing; narrow: boolean }) {
  const flow = useReactFlow();
  return (
    <div className="zoom pop" role="toolbar" aria-label="Canvas">
      <IconButton kind="quiet" icon="minus" label="Zoom out, −" onClick={() => void flow.zoomOut({ duration: 120 })} />
      <IconButton kind="quiet" icon="plus" label="Zoom in, +" onClick={() => void flow.zoomIn({ duration: 120 })} />
      <IconButton kind="quiet" icon="fit" label="Show all, 0" onClick={drawing.fit} />
      {!narrow && <IconButton kind="quiet" icon="tidy" label="Tidy up, T" onClick={drawing.tidy} />}
      {!narrow && <IconButton kind="quiet" icon="note" label="Add a comment, M" onClick={drawing.comment} />}
    </div>
  );
}

/** What an empty canvas says. */
export function Hello({ add }: { add: (module: string) => void }) {
  return (
    <div className="hello">
      <h2>An empty canvas</h2>
      <p className="dim">Start with data: drag ‘Import Data’ or ‘Enter Data Manually’ here, or click it.</p>
      <Button icon="imp" onClick={() => add("Import Data")}>
        Import Data
      </Button>
    </div>
  );
}
