import { useState } from "react";
import { useLive } from "../../api/poll";
import { Button } from "../../parts/Button";
import { Loading } from "../../parts/Loading";
import { ErrorMessage } from "../../parts/Message";
import { Sheet } from "../../parts/Sheet";
import { State } from "../../parts/State";
import { when } from "../../parts/times";
import { E, type VersionSummary } from "./api";
import { DifferenceView } from "./DifferenceView";
import { type ExperimentDocument, readDocument } from "./document";
import type { Palette } from "./palette";

interface VersionsSheetProps {
  open: boolean;
  close: () => void;
  experiment: string;
  palette: Palette;
  document: ExperimentDocument;
  restore: (document: ExperimentDocument, version: number) => void;
}

/** The versions of an experiment; one picked shows what differs from the canvas, and can be put back there. */
export function VersionsSheet({ open, close, experiment, palette, document, restore }: VersionsSheetProps) {
  const [picked, setPicked] = useState<number>();
  const versions = useLive<VersionSummary[]>(`${E}/versions`, { path: { experiment }, enabled: open });
  const one = useLive<{ Document: unknown }>(`${E}/versions/{version}`, { path: { experiment, version: picked }, once: true, enabled: open && picked !== undefined });
  const old = one.data && !one.isPlaceholderData ? readDocument(one.data.Document) : undefined;
  return (
    <Sheet
      open={open}
      close={close}
      title={`Versions of ${experiment}`}
      sub="A version is saved with each run of something new."
      footer={
        old &&
        picked !== undefined && (
          <Button kind="main" onClick={() => restore(old, picked)}>
            Restore version {picked}
          </Button>
        )
      }
    >
      {versions.error && <ErrorMessage error={versions.error} />}
      {versions.isPending && <Loading />}
      <ul className="opts" role="radiogroup" aria-label="Versions">
        {versions.data?.map(({ Version, UpdatedAt, Runs, LatestRun, Metric }) => (
          <li key={Version}>
            <label>
              <input type="radio" className="radio" name="version" checked={picked === Version} onChange={() => setPicked(Version)} />
              <b>Version {Version}</b>
              <span className="dim t12">{when(UpdatedAt)}</span>
              <span className="faint t12">{Runs === 1 ? "1 run" : `${Runs} runs`}</span>
              <span className="end row g6">
                {Metric?.Value != null && (
                  <span className="t12">
                    {Metric.Name} {Metric.Value.toPrecision(4)}
                  </span>
                )}
                {LatestRun && <State state={LatestRun.StatusCode} />}
              </span>
            </label>
          </li>
        ))}
      </ul>
      {one.error && <ErrorMessage error={one.error} />}
      {old && (
        <>
          <h3>What the canvas would change in version {picked}</h3>
          <DifferenceView palette={palette} before={old} after={document} />
        </>
      )}
    </Sheet>
  );
}
