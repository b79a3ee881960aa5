import { type ReactNode, useRef, useState } from "react";
import { ChartTableView } from "./ChartTableView";
import { type ChartTable, fileName, toCsv } from "./csv";
import { DownloadMenu } from "./DownloadMenu";
import { saveText, svgFile } from "./svgFile";

interface ChartCardProps {
  title: string;
  note?: ReactNode;
  /** The table behind the chart, made when somebody asks for it. */
  table: () => ChartTable;
  footer?: ReactNode;
  extra?: ReactNode;
  className?: string;
  /** False for what is a table already. */
  drawn?: boolean;
  children: ReactNode;
}

/** A chart with its title, its files, and the table behind it. */
export function ChartCard({ title, note, table, footer, extra, className = "", drawn = true, children }: ChartCardProps) {
  const body = useRef<HTMLDivElement>(null);
  const [asTable, setAsTable] = useState(false);
  function saveSvg() {
    const card = body.current;
    if (card === null) return;
    const ground = getComputedStyle(card).getPropertyValue("--surface").trim() || "white";
    const charts = [...card.querySelectorAll<SVGSVGElement>("svg.ch")];
    saveText(fileName(title, "svg"), "image/svg+xml", svgFile(charts, ground));
  }
  const saveCsv = () => saveText(fileName(title, "csv"), "text/csv;charset=utf-8", toCsv(table()));
  return (
    <section className={`card ${className}`} aria-label={title} data-chart={title}>
      <header>
        <h2>{title}</h2>
        {note && <p className="cut">{note}</p>}
        <div className="end">
          {extra}
          <DownloadMenu title={title} onSvg={drawn && !asTable ? saveSvg : undefined} onCsv={saveCsv}>
            {drawn && (
              <button type="button" className="b quiet sm" onClick={() => setAsTable(!asTable)}>
                {asTable ? "Show the chart" : "Show the table"}
              </button>
            )}
          </DownloadMenu>
        </div>
      </header>
      <div className="cpad" ref={body}>
        {asTable ? <ChartTableView title={title} table={table()} /> : children}
      </div>
      {footer && <footer>{footer}</footer>}
    </section>
  );
}
