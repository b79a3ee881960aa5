"""Metrics of weighted rows are those of Evaluate Model on repeated rows; intervals cover what they should."""

import time

import numpy as np
import pytest

from studio.model import resampling
from studio.model.evaluation import evaluate_scores
from studio.model.hold_out import compare_on, measure_on
from studio.model.manifest import ANOMALY, MULTICLASS, QUANTILES, REGRESSION, TWO_CLASS
from studio.model.resampling import MAX_ROWS, RESAMPLES, interval, measure, resample
from tests.builders import load_packed, people_csv, trained_people


def table(task, rows=200, seed=1):
    """Truth and scores with ties, and the labels of a task."""
    random = np.random.default_rng(seed)
    if task in (TWO_CLASS, ANOMALY):
        truth = random.integers(0, 2, rows)
        return truth, np.round(np.clip(0.4 * truth + random.random((1, rows)), 0, 1), 2).T, ("no", "yes")
    if task == MULTICLASS:
        truth, scores = random.integers(0, 5, rows), random.random((rows, 6))
        scores[np.arange(rows), truth] += 0.4
        return truth, scores / scores.sum(axis=1, keepdims=True), tuple("abcdef")
    truth = random.normal(1000, 5, rows)
    labels = ("0.1", "0.5", "0.9") if task == QUANTILES else ()
    return truth, truth[:, np.newaxis] + random.normal(0, 2, (rows, max(1, len(labels)))), labels


@pytest.mark.parametrize("task", [TWO_CLASS, ANOMALY, MULTICLASS, REGRESSION, QUANTILES])
def test_weighted_rows_count_as_repeated_rows_do_in_evaluate_model(task):
    truth, scores, labels = table(task)
    weights = np.random.default_rng(2).integers(0, 4, (3, len(truth))).astype(float)
    found = measure(task, truth, scores, labels, weights)
    for index, counts in enumerate(weights.astype(int)):
        repeated = np.repeat(np.arange(len(truth)), counts)
        expected = evaluate_scores(task, truth[repeated], scores[repeated], labels).metrics
        assert {name: found[name][index] for name in found} == {
            name: pytest.approx(expected[name], abs=1e-9) for name in found
        }
        counted = {"True Negative", "False Positive", "False Negative", "True Positive"}
        assert set(expected) - counted == set(found)


def test_many_rows_of_many_classes_are_counted_in_steps(monkeypatch):
    truth, scores, labels = table(MULTICLASS)
    whole = measure(MULTICLASS, truth, scores, labels)
    monkeypatch.setattr(resampling, "STEP_NUMBERS", 50)
    assert measure(MULTICLASS, truth, scores, labels) == {name: pytest.approx(whole[name]) for name in whole}


def test_a_metric_that_is_not_defined_is_nan_and_has_no_interval():
    found = measure(TWO_CLASS, np.ones(4, dtype=int), np.full((4, 1), 0.9), ("no", "yes"))
    assert np.isnan(found["AUC"])
    assert found["Recall"] == 1
    assert interval(np.full(5, np.nan)) is None


def test_resamples_are_the_same_each_time_and_bounded():
    totals = [(len(chosen), weights.sum(axis=1)) for chosen, weights in resample(3 * MAX_ROWS)]
    assert sum(len(counts) for _, counts in totals) == RESAMPLES
    assert {size for size, _ in totals} == {MAX_ROWS}
    assert all((counts == MAX_ROWS).all() for _, counts in totals)
    first, second = (np.concatenate([weights for _, weights in resample(50)]) for _ in range(2))
    assert (first == second).all()


def test_nineteen_of_twenty_intervals_hold_the_true_accuracy():
    covered = 0
    for seed in range(100):
        random = np.random.default_rng(seed)
        truth = random.integers(0, 2, 150)
        scores = np.where(random.random(150) < 0.8, truth, 1 - truth)[:, np.newaxis].astype(float)
        drawn = [measure(TWO_CLASS, truth, scores, ("no", "yes"), weights)["Accuracy"] for _, weights in resample(150)]
        low, high = interval(np.concatenate(drawn))
        covered += low <= 0.8 <= high
    assert 85 <= covered <= 100


def test_two_models_are_compared_on_the_same_rows_in_bounded_time():
    good, poor = (
        load_packed(trained_people(name)[0])
        for name in ("Two-Class Boosted Decision Tree", "Two-Class Averaged Perceptron")
    )
    csv = people_csv(400, seed=77).encode() + b"30,Oslo,3,true,\n"
    found, rows = compare_on(good, poor, csv, ".csv", intervals=True)
    assert rows == 400
    auc = found["AUC"]
    assert auc.first == pytest.approx(measure_on(good, csv, ".csv")[0]["AUC"])
    assert auc.second == pytest.approx(measure_on(poor, csv, ".csv")[0]["AUC"])
    assert auc.difference == pytest.approx(auc.first - auc.second)
    assert auc.first_interval[0] < auc.first < auc.first_interval[1]
    assert auc.difference_interval[0] <= auc.difference <= auc.difference_interval[1]
    same, _ = compare_on(good, good, csv, ".csv", intervals=True)
    assert (same["AUC"].difference, same["AUC"].difference_interval) == (0, (0, 0))
    large = people_csv(12_000, seed=78).encode()
    started = time.process_time()
    assert compare_on(good, poor, large, ".csv", intervals=True)[1] == 12_000
    assert time.process_time() - started < 10
    gated, _ = compare_on(good, poor, csv, ".csv", intervals=False)
    assert (gated["AUC"].difference, gated["AUC"].difference_interval) == (auc.difference, None)
