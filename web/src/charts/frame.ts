import { linear, type Scale } from "./scale";
import type { Domain } from "./scale";

/** The box of a chart in pixels, and within it the ground on which the data are drawn. */
export interface Frame {
  width: number;
  height: number;
  left: number;
  right: number;
  top: number;
  bottom: number;
}

export interface Margins {
  left?: number;
  right?: number;
  top?: number;
  bottom?: number;
}

/** Room for the ticks at the left, the name of the y axis above it, and ticks and name of the x axis below. */
export function frameOf(width: number, height: number, margins: Margins = {}): Frame {
  const { left = 34, right = 8, top = 24, bottom = 36 } = margins;
  return { width, height, left, top, right: Math.max(left + 1, width - right), bottom: Math.max(top + 1, height - bottom) };
}

export function xScale(frame: Frame, domain: Domain): Scale {
  return linear(domain, frame.left, frame.right);
}

export function yScale(frame: Frame, domain: Domain): Scale {
  return linear(domain, frame.bottom, frame.top);
}
