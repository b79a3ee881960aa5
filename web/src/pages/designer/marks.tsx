/** The shape and colour of what flows through a port. */

import type { PortType } from "./palette";

export const CLASSES: Record<PortType, string> = {
  Dataset: "data",
  "Untrained model": "untrained",
  "Trained model": "trained",
  Transformation: "transform",
};

/** A circle, a square, a diamond or a triangle in a box of 14 by 14; filled if connected. */
export function PortMark({ type, open = false }: { type: PortType; open?: boolean }) {
  const name = `port ${CLASSES[type]}${open ? " open" : ""}`;
  return (
    <svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true">
      {type === "Dataset" && <circle className={name} cx="7" cy="7" r="4.5" />}
      {type === "Untrained model" && <rect className={name} x="2.9" y="2.9" width="8.2" height="8.2" rx="1" />}
      {type === "Trained model" && <path className={name} d="M7 1.3l5.7 5.7-5.7 5.7-5.7-5.7z" />}
      {type === "Transformation" && <path className={name} d="M1.9 3.1h10.2l-5.1 8.6z" />}
    </svg>
  );
}
