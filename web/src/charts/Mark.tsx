/** The mark of a model or series: a circle for A, a square for B, and circles in their colours for further ones. */
export function Mark({ tone, x, y, size = 4 }: { tone: number; x: number; y: number; size?: number }) {
  const style = `f${tone} mk`;
  if (tone === 2) return <rect className={style} x={x - size} y={y - size} width={2 * size} height={2 * size} rx={1} />;
  return <circle className={style} cx={x} cy={y} r={size} />;
}

/** The handle of a threshold on a curve: a ring of 13 px. */
export function Ring({ tone, x, y }: { tone: number; x: number; y: number }) {
  if (tone === 2) return <rect className="hnd k2" x={x - 5} y={y - 5} width={10} height={10} rx={1.5} />;
  return <circle className={`hnd k${tone}`} cx={x} cy={y} r={6.5} />;
}

/** The mark in a line of text. */
export function Swatch({ tone }: { tone: number }) {
  return (
    <svg className="swatch" width={10} height={10} aria-hidden="true">
      {tone === 2 ? (
        <rect className="f2" width={10} height={10} rx={1} />
      ) : (
        <circle className={`f${tone}`} cx={5} cy={5} r={5} />
      )}
    </svg>
  );
}
