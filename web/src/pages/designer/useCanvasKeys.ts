/** The keys of the canvas: those that work everywhere on the page, and those that walk over its modules. */

import { useReactFlow } from "@xyflow/react";
import type { KeyboardEvent as ReactKeyboardEvent } from "react";
import { useKeys } from "../../shell/keyboard";
import type { Point } from "./document";
import { moduleId } from "./graph";
import type { Drawing } from "./useDrawing";
import type { Editor } from "./useEditor";
import { neighbour } from "./walking";

type Arrow = "ArrowUp" | "ArrowDown" | "ArrowLeft" | "ArrowRight";
const STEP = 20;
const STEPS: Record<Arrow, Point> = { ArrowUp: [0, -STEP], ArrowDown: [0, STEP], ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0] };
const FRAMES = 30;

interface Does {
  editor: Editor;
  drawing: Drawing;
  shown: ReadonlyMap<string, Point>;
  /** Phones look, pick and run; they do not build. */
  narrow: boolean;
  start: () => void;
  join: (title: string) => void;
  rename: () => void;
  goToFirst: () => void;
}

const isText = (event: { target: EventTarget | null }) => (event.target as HTMLElement).matches("textarea, input");
const handled = (event: { preventDefault: () => void }, act: () => void) => {
  event.preventDefault();
  act();
};
const inPanel = (selector: string) => window.document.querySelector<HTMLElement>(selector);

/** Focus a module as soon as it is drawn: those outside the picture are not until the canvas has gone to them. */
function focusModule(title: string, frames = FRAMES): void {
  const found = inPanel(`[data-id="${CSS.escape(moduleId(title))}"]`);
  if (found) found.focus();
  else if (frames > 0) requestAnimationFrame(() => focusModule(title, frames - 1));
}

/** Listen to the page's keys; returns what the canvas itself does with its own. */
export function useCanvasKeys({ editor, drawing, shown, narrow, start, join, rename, goToFirst }: Does): (event: ReactKeyboardEvent) => void {
  const flow = useReactFlow();
  const { only, titles } = drawing;
  const building: Record<string, (event: KeyboardEvent) => void> = {
    a: (event) => handled(event, () => inPanel(".pal input")?.focus()),
    c: () => only && join(only),
    t: drawing.tidy,
    m: drawing.comment,
    0: drawing.fit,
    "+": () => void flow.zoomIn(),
    "-": () => void flow.zoomOut(),
    ".": goToFirst,
    F2: () => only && rename(),
    Delete: drawing.remove,
    Backspace: drawing.remove,
    Escape: () => editor.pick([]),
    "ctrl+z": (event) => isText(event) || handled(event, editor.undo),
    "ctrl+shift+z": (event) => handled(event, editor.redo),
    "ctrl+y": (event) => handled(event, editor.redo),
    "ctrl+a": (event) => isText(event) || handled(event, drawing.pickAll),
    "ctrl+d": (event) => handled(event, drawing.copy),
  };
  useKeys({ r: start, ...(narrow ? {} : building) });

  const walk = (event: ReactKeyboardEvent, arrow: Arrow) => {
    if (titles.length === 0) return;
    event.preventDefault();
    if (event.shiftKey) {
      drawing.nudge(...STEPS[arrow]);
      return;
    }
    const next = neighbour(editor.document, shown, titles[0] as string, arrow);
    if (!next) return;
    drawing.show(next);
    setTimeout(() => focusModule(next), 0);
  };
  return (event) => {
    if (isText(event)) return;
    if (Object.hasOwn(STEPS, event.key)) walk(event, event.key as Arrow);
    if (event.key === "Enter" && only) handled(event, () => inPanel("#panel .pb :is(input, select, textarea, button)")?.focus());
  };
}
