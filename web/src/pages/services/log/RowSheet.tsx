import { Sheet } from "../../../parts/Sheet";
import { when } from "../../../parts/times";
import { cellText, type LogRow } from "./rows";

/** All cells of a logged row: what was sent, what was answered, and what turned out to be right. */
export function RowSheet({ row, close }: { row: LogRow | undefined; close: () => void }) {
  return (
    <Sheet open={row !== undefined} close={close} title={row ? `Row ${row.id.slice(0, 80)}` : "Row"} sub={row && `${when(row.at)}, by ${row.deployment}, version ${row.version}`}>
      {row && (
        <>
          <Cells title="Answered" cells={row.scores} />
          <Cells title="Right" cells={[["truth", row.truth]]} />
          <Cells title="Sent" cells={row.inputs} />
        </>
      )}
    </Sheet>
  );
}

function Cells({ title, cells }: { title: string; cells: LogRow["scores"] }) {
  if (cells.length === 0) return null;
  return (
    <section aria-label={title}>
      <h3>{title}</h3>
      <dl className="kv l cells">
        {cells.map(([name, cell]) => (
          <div key={name}>
            <dt className="why">{name}</dt>
            <dd className="why">{cellText(cell)}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
