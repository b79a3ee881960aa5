/** The calls of an endpoint as its app counted them. */

export const RANGES = ["1", "24", "168"] as const;
export type Range = (typeof RANGES)[number];

export interface HourMetrics {
  Start: string;
  Calls: number;
  Failed: number;
  P50: number | null;
  P95: number | null;
  P99: number | null;
  Peak: number;
  FiveMinutes: number[];
  FailedFiveMinutes: number[];
}

export interface EndpointMetrics extends Omit<HourMetrics, "Start" | "FiveMinutes" | "FailedFiveMinutes"> {
  Hours: number;
  Errors: Record<string, number>;
  PeakHour: string | null;
  ByHour: HourMetrics[];
}

export interface TrafficBar {
  at: Date;
  calls: number;
  failed: number;
}

/** A bar for each hour, or of the last hour one for each five minutes. */
export function trafficBars({ ByHour }: EndpointMetrics, range: Range): TrafficBar[] {
  if (range !== "1") return ByHour.map(({ Start, Calls, Failed }) => ({ at: new Date(Start), calls: Calls, failed: Failed }));
  const parts = ByHour.slice(-2).flatMap(({ Start, FiveMinutes, FailedFiveMinutes }) =>
    FiveMinutes.map((calls, place) => ({ at: new Date(new Date(Start).getTime() + place * 300_000), calls, failed: FailedFiveMinutes[place] ?? 0 })),
  );
  return parts.slice(-12);
}

/** "3 times 503, 1 time 400", the most frequent first. */
export function errorWords(errors: Record<string, number>): string {
  return Object.entries(errors)
    .sort(([, one], [, other]) => other - one)
    .map(([status, count]) => `${count.toLocaleString("en")} × ${status}`)
    .join(", ");
}
