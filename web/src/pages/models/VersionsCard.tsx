import { Link } from "wouter";
import { figure } from "../../charts/figures";
import { LinkButton } from "../../parts/Button";
import { Card } from "../../parts/Card";
import { Table } from "../../parts/Table";
import { when } from "../../parts/times";
import { mainMetric } from "../services/ModelsCard";
import { evaluationPath, type Model, modelPath, type ModelVersion, originWords, rowsOf } from "./words";

interface VersionsProps {
  name: string;
  versions: readonly ModelVersion[];
  uses: Model["UsedBy"];
  /** The version that the page shows. */
  shown: number | undefined;
}

/** All versions, the latest first; one can be looked at, and compared with the one that is looked at. */
export function VersionsCard({ name, versions, uses, shown }: VersionsProps) {
  const metric = versions.map(mainMetric).find(Boolean)?.[0];
  const usedAt = (version: number) => uses.filter(({ Version }) => Version === version).length;
  return (
    <Card title="Versions" note={versions.length.toLocaleString("en")}>
      <Table
        label="Versions"
        className="two-rows"
        rows={[...versions].sort((one, other) => other.Version - one.Version)}
        rowKey={({ Version }) => String(Version)}
        columns={[
          {
            name: "Version",
            heads: true,
            cell: ({ Version }) => (
              <Link className="target" href={modelPath(name, Version)} aria-current={Version === shown ? "true" : undefined}>
                {`Version ${Version}`}
              </Link>
            ),
          },
          { name: metric ?? "Metric", figure: true, cell: (version) => <span data-name={metric}>{figure(mainMetric(version)?.[1])}</span> },
          { name: "Rows", figure: true, cell: (version) => <span data-name="Rows">{figure(rowsOf(version), 12)}</span> },
          { name: "From", cell: (version) => <span className="dim cut wide" title={originWords(version)}>{originWords(version)}</span> },
          { name: "Registered", cell: ({ CreationTime }) => <span className="dim">{when(CreationTime)}</span> },
          {
            name: "In use",
            cell: ({ Version }) => (usedAt(Version) === 0 ? <span className="faint">–</span> : <span className="tag acc">{`${usedAt(Version).toLocaleString("en")} ${usedAt(Version) === 1 ? "endpoint" : "endpoints"}`}</span>),
          },
          {
            name: "",
            label: "Compare",
            figure: true,
            cell: ({ Version }) =>
              shown !== undefined &&
              Version !== shown && (
                <LinkButton kind="quiet" size="s" to={evaluationPath(name, shown, Version)}>
                  {`Compare with ${shown}`}
                </LinkButton>
              ),
          },
        ]}
      />
    </Card>
  );
}
