"""Modules that report on data or compute across rows: statistics, tests of hypotheses, anomalies in time."""

import math

import numpy as np
import pytest
from scipy import stats

from studio.errors import ModuleExecutionError
from studio.graph.statistics import STATISTICS
from tests.builders import call_module, dataset


def one(name, data, **given):
    return call_module(name, {"Dataset": data}, **given)[0]


def test_summarize_data_has_a_row_for_each_column():
    found = one("Summarize Data", dataset("n,t,b\n1,x,true\n2,y,false\n2,x,true\n9,,true\n,z,\n"))
    rows = {row[0]: dict(zip(found.names, row, strict=True)) for row in found.rows()}
    assert found.names[:4] == ["Feature", "Count", "Unique Value Count", "Missing Value Count"]
    assert [rows["n"][name] for name in found.names[1:4]] == [5, 3, 1]
    assert [rows["n"][name] for name in ("Min", "Max", "Mean", "Median", "Mode", "Range")] == [1, 9, 3.5, 2, 2, 8]
    assert rows["n"]["Sample Variance"] == pytest.approx(np.var([1, 2, 2, 9], ddof=1))
    assert rows["n"]["Sample Skewness"] == pytest.approx(stats.skew([1, 2, 2, 9], bias=False))
    assert rows["n"]["Sample Kurtosis"] == pytest.approx(stats.kurtosis([1, 2, 2, 9], bias=False))
    assert (rows["n"]["1st Quartile"], rows["n"]["P99.5"]) == (1.75, pytest.approx(8.895))
    assert rows["b"]["Mean"] == 0.75
    assert [rows["t"][name] for name in found.names[1:5]] == [5, 3, 1, None]


@pytest.mark.parametrize(
    "method, expected",
    [
        ("GeometricMean", (1 * 2 * 4 * 4) ** 0.25),
        ("HarmonicMean", 4 / (1 + 0.5 + 0.25 + 0.25)),
        ("MedianDeviation", 1.0),
        ("InterquartileDistance", 4 - 1.75),
        ("Product", 32.0),
        ("PopulationVariance", np.var([1, 2, 4, 4])),
        ("DeviationSquared", 4 * np.var([1, 2, 4, 4])),
        ("KthCentralMoment", stats.moment([1, 2, 4, 4], 3)),
    ],
)
def test_compute_elementary_statistics(method, expected):
    found = one("Compute Elementary Statistics", dataset("a,b,t\n1,1,x\n2,-1,y\n4,,z\n4,3,z\n"), Method=method)
    assert found.names == [f"{method}(a)", f"{method}(b)"]
    assert found.cells(f"{method}(a)") == [pytest.approx(expected)]
    if method in ("GeometricMean", "HarmonicMean"):
        assert found.cells(f"{method}(b)") == [None]


def test_every_statistic_of_one_number_or_of_huge_ones_is_a_number_or_missing():
    for csv in ("a\n5\n", "a\n1e308\n-1e308\n1e308\n"):
        for method in STATISTICS:
            (cell,) = one("Compute Elementary Statistics", dataset(csv), Method=method).cells(f"{method}(a)")
            assert cell is None or math.isfinite(cell)


def test_t_tests_give_scipys_probabilities():
    rng = np.random.default_rng(1)
    a, b = rng.normal(1, 1, 30), rng.normal(1.4, 2, 30)
    data = dataset("a,b\n" + "\n".join(f"{x},{y}" for x, y in zip(a, b, strict=True)) + "\n,7\n")
    b_all = np.append(b, 7.0)
    single = {"Target column(s)": "a", "Null hypothesized μ": 0.5, "α": 0.05}
    found = one("Test Hypothesis Using t-Test", data, **single)
    assert found.names == ["P_ss(a)", "RejectH0_ss(a)"]
    expected = stats.ttest_1samp(a, 0.5).pvalue
    assert next(found.rows()) == (pytest.approx(expected), bool(expected < 0.05))
    paired = {"Type of test": "PairedSamples", "Hypothesis type": "One Tail LT", "Target column(s)": ["a", "b"]}
    assert one("Test Hypothesis Using t-Test", data, **paired).cells("P_ps(a, b)") == [
        pytest.approx(stats.ttest_rel(a, b, alternative="less").pvalue)
    ]
    unpaired = {"Type of test": "UnpairedSamples", "Assume equal variances": False, "Target column(s)": ["a", "b"]}
    assert one("Test Hypothesis Using t-Test", data, **unpaired).cells("P_us(a, b)") == [
        pytest.approx(stats.ttest_ind(a, b_all, equal_var=False).pvalue)
    ]
    with pytest.raises(ModuleExecutionError, match=r"0031.*compares 1 numeric"):
        one("Test Hypothesis Using t-Test", data)


def test_fisher_finds_the_direction_that_tells_classes_apart():
    rng = np.random.default_rng(0)
    noise, classes = rng.normal(size=200), np.repeat([0, 1], 100)
    # Each column alone hardly tells the classes apart; their difference does.
    rows = "\n".join(
        f"{x:.6f},{x + (1 if c else -1) * 0.5 + e:.6f},{'yes' if c else 'no'}"
        for x, c, e in zip(3 * noise, classes, rng.normal(0, 0.1, 200), strict=True)
    )
    given = {"Class labels column": "label", "Number of feature extractors": 1}
    data = dataset(f"a,b,label\n{rows}\n")
    found, transformation = call_module("Fisher Linear Discriminant Analysis", {"Dataset": data}, **given)
    assert found.names == ["label", "col1"]
    values = np.array(found.cells("col1"))
    low, high = sorted((values[:100], values[100:]), key=np.mean)
    assert low.max() < high.min()
    (again,) = call_module(
        "Apply Transformation", {"Transformation": transformation, "Dataset": data.select(["b", "a"])}
    )
    assert again.names == ["col1"]
    np.testing.assert_allclose(again.cells("col1"), values)


def test_a_series_that_changes_its_level_raises_an_alert_and_one_that_does_not_raises_none():
    rng = np.random.default_rng(3)
    values = rng.normal(size=300)
    values[200:] += 8
    order = rng.permutation(300)
    rows = "\n".join(f"{place},{values[place]}" for place in order)
    given = {"Data Column": "v", "Time Column": "t"}
    found = call_module("Time Series Anomaly Detection", {"Time series": dataset(f"t,v\n{rows}\n")}, **given)[0]
    assert found.cells("t") == list(range(300))
    alerts = np.array(found.cells("Alert indicator"))
    assert not alerts[:200].any()
    assert alerts[200:215].any()
    slopes = given | {"Strangeness Function Type": "SlowPosTrend", "Martingale Type": "RandomizedPowerMartingale"}
    csv = "t,v\n" + "\n".join(f"{t},{rng.normal() + max(0, t - 150) * 0.3}" for t in range(300))
    found = call_module("Time Series Anomaly Detection", {"Time series": dataset(csv)}, **slopes)[0]
    alerts = np.array(found.cells("Alert indicator"))
    assert not alerts[:150].any()
    assert alerts[150:220].any()


def test_apply_math_operation_names_its_columns_as_the_original_did():
    data = dataset("a,b,t\n1,5,x\n4,0,y\n,2,z\n")
    given = {"Category": "Operations", "Arithmetic Operation": "Divide", "Column Set": ["a"]}
    both = given | {"Second argument type": "ColumnSet", "Second argument": "b"}
    found = one("Apply Math Operation", data, **both)
    assert found.names == ["a", "b", "t", "Divide(a_b)"]
    assert found.cells("Divide(a_b)") == [0.2, None, None]
    compare = {"Category": "Compare", "Comparison Function": "EqualTo", "Constant second argument": 4}
    found = one("Apply Math Operation", data, **compare, **{"Output mode": "ResultOnly"})
    assert found.names == ["Equals(a_$4)", "Equals(b_$4)"]
    assert found.cells("Equals(a_$4)") == [False, True, None]
    sine = {"Category": "Trigonometric", "Trigonometric Function": "Sin", "Output mode": "Inplace"}
    found = one("Apply Math Operation", data, **sine)
    assert found.names == ["a", "b", "t"]
    assert found.cells("a") == [pytest.approx(math.sin(1)), pytest.approx(math.sin(4)), None]
    with pytest.raises(ModuleExecutionError, match=r"0003.*'Second argument' must name"):
        one("Apply Math Operation", data, **given, **{"Second argument type": "ColumnSet"})


def test_date_parts_are_taken_of_date_columns_only():
    data = dataset("when,n\n2024-02-29T23:05:07,1\n,2\n1999-12-31T00:00:00,3\n")
    with pytest.raises(ModuleExecutionError, match=r"0017.*no DateTime column. Make"):
        one("Extract Date Parts", data)
    data = one("Edit Metadata", data, **{"Column": "when", "Data Type": "DateTime"})
    found = one("Extract Date Parts", data, **{"Week": True, "Keep the date columns": False})
    names = ["Year", "Month", "Week", "Day", "Day of week", "Hour"]
    assert found.names == [*(f"when_{name}" for name in names), "n"]
    assert [tuple(row)[:-1] for row in found.rows()] == [
        (2024, 2, 9, 29, 4, 23),
        (None,) * 6,
        (1999, 12, 52, 31, 5, 0),
    ]
    with pytest.raises(ModuleExecutionError, match=r"0017.*'n' is Int32. Make it DateTime"):
        one("Extract Date Parts", data, **{"Date columns": ["n"]})


def counting(csv, **given):
    inputs = {"Dataset": dataset(csv)}
    return call_module("Build Counting Transform", inputs, **{"Label column index or name": "label"}, **given)[0]


def test_counts_and_log_odds_of_values_and_what_is_rare_together():
    csv = "shop,label\n" + "a,yes\n" * 12 + "a,no\n" * 4 + "b,no\n" * 15 + "c,yes\n" + ",no\n"
    transform = counting(csv)
    data = dataset("shop,n\na,1\nb,1\nc,1\nnew,1\n,1\n").select(["shop"])
    (found,) = call_module("Apply Transformation", {"Transformation": transform, "Dataset": data})
    names = ["Class000_Count", "Class001_Count", "Class000_LogOdds", "Class001_LogOdds", "IsBackoff"]
    assert found.names == ["shop", *(f"shop_{name}" for name in names)]
    counts = list(zip(found.cells("shop_Class000_Count"), found.cells("shop_Class001_Count"), strict=True))
    assert counts == [(4, 12), (15, 0), (1, 1), (1, 1), (1, 1)]
    assert found.cells("shop_IsBackoff") == [0, 0, 1, 1, 1]
    prior = 20 / 33
    odds = np.log((4 + prior * 42) / (12 + (1 - prior) * 42))
    assert found.cells("shop_Class000_LogOdds")[0] == pytest.approx(odds)
    given = {"Garbage bin threshold": 0, "Output features include": "CountsOnly", "Ignore back off column": True}
    (changed,) = call_module("Modify Count Table Parameters", {"Counting transform": transform}, **given)
    (found,) = call_module("Apply Transformation", {"Transformation": changed, "Dataset": data})
    assert [tuple(row[1:]) for row in found.rows()] == [(4, 12), (15, 0), (0, 1), (0, 0), (1, 0)]
    second = {"New counting transform": counting("shop,label\nd,yes\na,no\n")}
    (merged,) = call_module("Merge Count Transform", {"Previous counting transform": changed, **second})
    (found,) = call_module("Apply Transformation", {"Transformation": merged, "Dataset": dataset("shop\na\nd\n")})
    assert [tuple(row[1:]) for row in found.rows()] == [(5, 12), (0, 1)]
    with pytest.raises(ModuleExecutionError, match=r"0083.*from 2 to 2 values"):
        counting("shop,label\na,x\nb,y\nc,z\n")
    other = {"New counting transform": call_module("Normalize Data", {"Dataset": dataset("n\n1\n2\n")})[1]}
    with pytest.raises(ModuleExecutionError, match=r"0018.*must come from Build Counting Transform"):
        call_module("Merge Count Transform", {"Previous counting transform": changed, **other})
