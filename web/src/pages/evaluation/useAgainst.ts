import { useMemo } from "react";
import { useLive } from "../../api/poll";
import type { Against } from "./against";
import type { Evaluated } from "./evaluated";
import { readRunEvaluation, readVersionEvaluation, type RunEvaluation, type VersionEvaluation } from "./read";

/** The model that a page is to be compared with, wherever in the workspace it is. */
export function useAgainst(against: Against | null): { model: Evaluated | undefined; error: unknown } {
  const isRun = against?.kind === "run";
  const isModel = against?.kind === "model";
  const run = useLive<RunEvaluation>("/workspaces/{workspace}/experiments/{experiment}/runs/{run}/evaluations/{module}", {
    path: isRun ? { experiment: against.experiment, run: against.run, module: against.module } : {},
    once: true,
    enabled: isRun,
  });
  const version = useLive<VersionEvaluation>("/workspaces/{workspace}/models/{model}/versions/{version}/evaluation", {
    path: isModel ? { model: against.name, version: against.version } : {},
    once: true,
    enabled: isModel,
  });
  const model = useMemo(() => {
    if (isRun && run.data) return readRunEvaluation(run.data)[against.place];
    if (isModel && version.data) return readVersionEvaluation(version.data);
    return undefined;
  }, [against, isRun, isModel, run.data, version.data]);
  return { model, error: isRun ? run.error : isModel ? version.error : null };
}
