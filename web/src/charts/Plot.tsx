import { type KeyboardEvent, type PointerEvent, type ReactNode, useMemo, useRef, useState } from "react";
import { type Frame, frameOf, type Margins } from "./frame";
import { nearestTip, nextTip, type Tip } from "./tip";
import { useBoxWidth } from "./useBox";
import "./charts.css";

interface PlotProps {
  /** What a screen reader says: the chart's name with its main figure. */
  name: string;
  height: number;
  margins?: Margins | undefined;
  tips?: ((frame: Frame) => Tip[]) | undefined;
  /** Arrow keys go through the tips; false where the page gives these keys another sense. */
  keys?: boolean;
  weightOfY?: number;
  onPick?: ((tip: Tip, place: number) => void) | undefined;
  children: (frame: Frame) => ReactNode;
}

/** The ground of every chart: as wide as its box and drawn at 1:1, with tips for mouse and keyboard. */
export function Plot({ name, height, margins, tips, keys = true, weightOfY = 0.2, onPick, children }: PlotProps) {
  const [ref, width] = useBoxWidth<HTMLDivElement>();
  const [place, setPlace] = useState(-1);
  const { left, right, top, bottom } = margins ?? {};
  const frame = useMemo(
    () => frameOf(width, height, definedOnly({ left, right, top, bottom })),
    [width, height, left, right, top, bottom],
  );
  // Hundreds of tips are made when somebody points at the chart, and not with each step of a threshold.
  const made = useRef<{ tips: PlotProps["tips"]; frame: Frame; found: Tip[] } | null>(null);
  function list(): Tip[] {
    if (!tips) return [];
    if (made.current?.tips !== tips || made.current.frame !== frame) made.current = { tips, frame, found: tips(frame) };
    return made.current.found;
  }
  const shown = place < 0 ? undefined : list()[place];

  function onPointer(event: PointerEvent<SVGSVGElement>) {
    const box = event.currentTarget.getBoundingClientRect();
    setPlace(nearestTip(list(), event.clientX - box.left, event.clientY - box.top, weightOfY));
  }

  function onKey(event: KeyboardEvent) {
    if (onPick && shown && (event.key === "Enter" || event.key === " ")) {
      event.preventDefault();
      onPick(shown, place);
      return;
    }
    const next = nextTip(event.key, place, list().length);
    if (next === null) return;
    event.preventDefault();
    event.stopPropagation();
    setPlace(next);
  }

  const focusable = keys && tips !== undefined;
  return (
    <div className="plot" ref={ref}>
      {width > 0 && (
        <svg
          className="ch"
          width={width}
          height={height}
          style={{ width, height }}
          role="img"
          aria-label={name}
          tabIndex={focusable ? 0 : undefined}
          onPointerMove={tips ? onPointer : undefined}
          onPointerLeave={() => setPlace(-1)}
          onClick={onPick && shown ? () => onPick(shown, place) : undefined}
          onKeyDown={focusable ? onKey : undefined}
          onBlur={() => setPlace(-1)}
        >
          {children(frame)}
          {shown && <circle className="tip-dot" cx={shown.x} cy={shown.y} r={4.5} />}
        </svg>
      )}
      {shown && <TipBox tip={shown} width={width} />}
      {focusable && (
        <span className="sr" aria-live="polite">
          {shown ? [shown.value, shown.what, shown.rows].filter(Boolean).join(", ") : ""}
        </span>
      )}
    </div>
  );
}

function TipBox({ tip, width }: { tip: Tip; width: number }) {
  const side = tip.x > width / 2 ? { right: width - tip.x + 10 } : { left: tip.x + 10 };
  return (
    <div className="tip chart-tip" aria-hidden="true" style={{ ...side, top: Math.max(0, tip.y - 14), maxWidth: width * 0.7 }}>
      <b>{tip.value}</b>
      <span>{tip.what}</span>
      {tip.rows && <span>{tip.rows}</span>}
    </div>
  );
}

function definedOnly(margins: Record<keyof Margins, number | undefined>): Margins {
  return Object.fromEntries(Object.entries(margins).filter(([, value]) => value !== undefined));
}
