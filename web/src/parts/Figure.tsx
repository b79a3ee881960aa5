import type { ReactNode } from "react";

/** A row of figures in one box; each `Figure` is one. */
export function Figures({ children }: { children: ReactNode }) {
  return <dl className="kpis">{children}</dl>;
}

/** One figure with its name, its unit, and a small chart beside it. */
export function Figure({ name, unit, chart, children }: { name: string; unit?: string; chart?: ReactNode; children: ReactNode }) {
  return (
    <div className="kpi">
      <dt>{name}</dt>
      <dd>
        {children}
        {unit && <small>{unit}</small>}
        {chart}
      </dd>
    </div>
  );
}
