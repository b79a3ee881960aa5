import { expect, test } from "vitest";
import { type DriftColumn, inOrder, leading, measureWords, verdict } from "./report";

function column(Name: string, given: Partial<DriftColumn> = {}): DriftColumn {
  const Distribution = { Edges: [], Labels: [], Baseline: [], Window: [], BaselineMissing: 0, WindowMissing: 0 };
  return { Name, Of: "input", Type: "Double", Kind: "number", Drifts: false, Lacks: null, Thresholds: {}, Judged: true, Measures: {}, Fired: [], Distribution, ...given };
}

const calm = column("calm", { Thresholds: { PSI: 0.2, Missing: 0.05 }, Measures: { PSI: [0.1, 0.02, null], Missing: [0, 0.04, null] } });
const moved = column("moved", { Drifts: true, Thresholds: { PSI: 0.2 }, Measures: { PSI: [0.1, 0.9] } });
const hashed = column("hashed", { Lacks: "The log keeps a hash of it." });

test("the measure nearest to its threshold speaks for a column, by its latest value", () => {
  expect(leading(calm)).toMatchObject({ measure: "Missing", latest: 0.04, threshold: 0.05 });
  expect(leading(hashed)).toBeUndefined();
});

test("what drifts comes first, what cannot be compared last", () => {
  expect(inOrder([hashed, calm, moved]).map(({ Name }) => Name)).toEqual(["moved", "calm", "hashed"]);
});

test("the sentence counts, and says when there are too few rows to judge", () => {
  const windows = [{ Start: "", Rows: 150, Complete: true, Fired: 0 }];
  expect(verdict({ Columns: [], Rows: 0, MinimumRows: 200, Windows: [] })).toBe("No logged rows in this time.");
  expect(verdict({ Columns: [calm], Rows: 150, MinimumRows: 200, Windows: windows })).toMatch(/fewer than 200 rows/);
  expect(verdict({ Columns: [calm, moved], Rows: 900, MinimumRows: 100, Windows: windows })).toBe("1 of 2 columns drifts in the latest window.");
});

test("measures are words", () => {
  expect(["PSI", "JensenShannon", "OutOfRange"].map(measureWords)).toEqual(["PSI", "Jensen Shannon", "Out Of Range"]);
});
