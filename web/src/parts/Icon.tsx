import type { ReactNode } from "react";
import { FRAME_DRAWINGS } from "./frameDrawings";
import type { PAGE_DRAWINGS } from "./pageDrawings";

export type IconName = keyof typeof FRAME_DRAWINGS | keyof typeof PAGE_DRAWINGS;

let drawings: Partial<Record<IconName, ReactNode>> = FRAME_DRAWINGS;

/** Load the drawings that only pages have; each page waits for them before it is shown. */
export async function loadDrawings(): Promise<void> {
  const { PAGE_DRAWINGS: more } = await import("./pageDrawings");
  drawings = { ...FRAME_DRAWINGS, ...more };
}

interface IconProps {
  name: IconName;
  /** 14, 16 or 20 pixels. */
  size?: "s" | "m" | "l";
}

/** One icon; it is never the only thing that says something, so screen readers pass over it. */
export function Icon({ name, size = "m" }: IconProps) {
  return (
    <svg className={size === "m" ? "i" : `i ${size}`} viewBox="0 0 16 16" aria-hidden="true">
      {drawings[name]}
    </svg>
  );
}
