"""Models measured on files: the metrics are those of training's own evaluation, the gate decides by them."""

import math

import pytest

from studio.errors import BadArgument, BadUserArgument
from studio.model.evaluation import evaluate_two_class
from studio.model.hold_out import Compared, measure_on
from studio.rollout.comparison import Comparison
from studio.rollout.gate import Gate, judge, read_gate
from tests.builders import load_packed, people_csv, score_file, trained_people


@pytest.fixture(scope="module")
def model():
    return load_packed(trained_people("Two-Class Boosted Decision Tree")[0])


def test_the_metrics_are_those_of_the_scored_rows(model):
    import numpy as np

    csv = people_csv(300, seed=77)
    rows = [line.split(",") for line in csv.splitlines()[1:]]
    metrics, count = measure_on(model, csv.encode(), ".csv")
    assert count == 300
    scored = score_file(model, [row[:4] for row in rows])
    truth = np.array([int(row[4] == "yes") for row in rows])
    expected = evaluate_two_class(truth, np.array([float(row[-1]) for row in scored])).metrics
    assert metrics == {name: pytest.approx(expected[name]) for name in metrics}
    assert "True Positive" not in metrics


def test_rows_without_a_known_label_do_not_count(model):
    csv = people_csv(50, seed=78) + "30,Oslo,3,true,\n30,Oslo,3,true,perhaps\n"
    assert measure_on(model, csv.encode(), ".csv")[1] == 50


@pytest.mark.parametrize(
    "csv, word",
    [
        ("age,city,hours,smoker\n30,Oslo,3,true\n", "bought"),
        ("age,city,hours,smoker,bought\n30,Oslo,3,true,perhaps\n", "No row has a label"),
        ("age,city,hours,smoker,bought\nold,Oslo,3,true,yes\n", "Row 1, column 'age'"),
    ],
)
def test_a_file_that_cannot_be_measured_says_why(model, csv, word):
    with pytest.raises(BadUserArgument, match=word):
        measure_on(model, csv.encode(), ".csv")


@pytest.mark.parametrize(
    "metric, margin, challenger, champion, rows, passed",
    [
        ("AUC", 0.0, 0.9, 0.9, 100, True),
        ("AUC", 0.0, 0.89, 0.9, 100, False),
        ("AUC", -0.02, 0.89, 0.9, 100, True),
        ("AUC", 0.02, 0.91, 0.9, 100, False),
        ("AUC", 0.02, 0.93, 0.9, 100, True),
        ("AUC", 0.0, 0.95, 0.9, 99, False),
        ("AUC", 0.0, float("nan"), 0.9, 100, False),
        ("AUC", 0.0, 0.9, float("nan"), 100, False),
        ("Root_Mean_Squared_Error", 0.0, 1.0, 1.1, 100, True),
        ("Root_Mean_Squared_Error", 0.0, 1.2, 1.1, 100, False),
        ("Root_Mean_Squared_Error", -0.2, 1.2, 1.1, 100, True),
        ("Root_Mean_Squared_Error", 0.2, 1.0, 1.1, 100, False),
    ],
)
def test_the_gate(metric, margin, challenger, champion, rows, passed):
    outcome = judge(Gate(metric, "held.csv", margin, 100), compared(metric, challenger, champion, rows))
    assert outcome.passed is passed
    assert metric in outcome.why
    assert "of held.csv" in outcome.why


def compared(metric, challenger, champion, rows):
    """The comparison of two models by one metric."""
    first, second, difference = (
        None if math.isnan(value) else value for value in (challenger, champion, challenger - champion)
    )
    return Comparison("held.csv", rows, {metric: Compared(first, second, difference, None, None, None)})


def test_a_gate_of_an_update_may_leave_out_the_metric_and_the_rows():
    gate = read_gate({"AtMostWorse": 0.01}, complete=False)
    assert judge(gate, compared("AUC", 0.99, 0.9999, 50)).passed
    refused = judge(gate, compared("AUC", 0.98, 0.9999, 50))
    assert not refused.passed
    assert refused.metric == "AUC"
    with pytest.raises(BadArgument, match=r"Gate\.Metric must be a metric of the models"):
        judge(read_gate({"Metric": "R2"}, complete=False), compared("AUC", 0.98, 0.99, 50))
    with pytest.raises(BadArgument, match="HeldBackData"):
        read_gate({"HeldBackData": 5}, complete=False)
