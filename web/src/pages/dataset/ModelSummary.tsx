import { Card } from "../../parts/Card";
import type { TableSummary } from "./table";

/** What there is to show of a model or of a transformation: what it is and how it was set. */
export function ModelSummary({ summary }: { summary: TableSummary }) {
  const about = Object.entries({ Kind: summary.kind, Task: summary.task, Learner: summary.learner, "Learned by": summary.module }).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  const properties = Object.entries(summary.properties ?? {});
  const figures = Object.entries(summary.summary ?? {});
  return (
    <div className="grid">
      <div className="s6">
        <Card title="What it is" padded>
          <List entries={[...about, ...figures]} />
        </Card>
      </div>
      {properties.length > 0 && (
        <div className="s6">
          <Card title="Properties" padded>
            <List entries={properties} />
          </Card>
        </div>
      )}
    </div>
  );
}

function List({ entries }: { entries: readonly (readonly [string, unknown])[] }) {
  return (
    <dl className="kv">
      {entries.map(([name, value]) => (
        <div key={name} className="kv-pair">
          <dt>{name}</dt>
          <dd>{typeof value === "object" && value !== null ? JSON.stringify(value).slice(0, 400) : String(value ?? "–")}</dd>
        </div>
      ))}
    </dl>
  );
}
