/** The list of experiments, as `GET W/experiments` gives it. */

export const LIST = "/workspaces/{workspace}/experiments";

export interface ExperimentSummary {
  Name: string;
  Version: number;
  UpdatedAt: string;
  LatestRun: { RunId: string; StatusCode: string; CreationTime: string; EndTime: string | null } | null;
  Metric: { Module: string; Name: string; Value: number | null; LessIsBetter: boolean } | null;
  MetricHistory: (number | null)[];
}

export interface DraftSummary {
  name: string;
  updatedAt: string;
}

export interface ReportItem {
  Part: string;
  /** `carried over`, `changed` or `left out`. */
  Outcome: string;
  Source: string;
  Target: string;
  Note: string;
}

export interface Imported {
  Name: string;
  Report: { Complete: boolean; Counts: Record<string, Record<string, number>>; Items: ReportItem[] };
}
