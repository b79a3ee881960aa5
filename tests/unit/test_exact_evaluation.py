"""What evaluations show beside their metrics, against counting row by row."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from studio.model.exact_evaluation import MAX_EXACT, exact_details, threshold_counts

RNG = np.random.default_rng(0)


def confusion_at(curve, threshold):
    """What routes.md says of how to read the counts."""
    place = sum(value > threshold for value in curve["thresholds"]) - 1
    if place < 0:
        return 0, 0
    return curve["truePositives"][place], curve["falsePositives"][place]


def test_the_counts_at_any_threshold_are_those_of_counting():
    truth, scores = RNG.integers(0, 2, 500), RNG.integers(0, 300, 500) / 300
    curve = threshold_counts(truth, scores)
    assert curve["exact"]
    for threshold in (0.0, 0.5, 1 / 3, 0.123456, 1.0, 2.0, -1.0):
        predicted = scores > threshold
        assert confusion_at(curve, threshold) == ((predicted & (truth == 1)).sum(), (predicted & (truth == 0)).sum())
    assert (curve["positives"], curve["negatives"]) == (truth.sum(), 500 - truth.sum())


def test_of_many_thresholds_the_shape_is_kept_also_of_a_rare_class():
    truth = (np.arange(200_000) % 1000 == 0).astype(int)
    scores = RNG.random(200_000) + truth * 0.7
    curve = threshold_counts(truth, scores)
    assert not curve["exact"]
    assert len(curve["thresholds"]) <= MAX_EXACT
    true = np.array([0, *curve["truePositives"]]) / curve["positives"]
    false = np.array([0, *curve["falsePositives"]]) / curve["negatives"]
    assert np.trapezoid(true, false) == pytest.approx(roc_auc_score(truth, scores), abs=2e-4)
    assert np.diff(true).max() <= 1 / 150
    assert np.diff(false).max() <= 1 / 600


@pytest.mark.parametrize("truth", [[], [1], [0, 0], [1, 1, 1]])
def test_few_rows_and_one_class_have_counts(truth):
    curve = threshold_counts(np.array(truth, dtype=int), np.full(len(truth), 0.25))
    assert curve["thresholds"] == [0.25][: len(truth)]
    assert curve["positives"] == sum(truth)


def test_several_classes_have_their_rows_and_a_large_matrix_its_largest_cells():
    truth = np.array([0, 0, 1, 150])
    scores = np.zeros((4, 151))
    scores[[0, 1, 2, 3], [0, 0, 0, 150]] = 1
    classes = exact_details("multiclass", truth, scores, [str(n) for n in range(151)])["classes"]
    assert (classes["rows"][:2], classes["predicted"][0]) == ([2, 1], 3)
    assert classes["cells"] == [[0, 0, 2], [1, 0, 1], [150, 150, 1]]
    small = exact_details("multiclass", truth % 2, scores[:, :2], ["a", "b"])["classes"]
    assert "cells" not in small


def test_predictions_are_sampled_and_their_errors_counted():
    truth = np.arange(5000.0)
    found = exact_details("regression", truth, (truth + 1)[:, np.newaxis], [])["predictions"]
    assert (len(found["actual"]), found["rows"], sum(found["errors"]["counts"])) == (1000, 5000, 5000)
    assert (np.array(found["predicted"]) - found["actual"] == 1).all()
    assert found == exact_details("regression", truth, (truth + 1)[:, np.newaxis], [])["predictions"]
    quantiles = np.column_stack([truth - 9, truth, truth + 9])
    middle = exact_details("quantile-regression", truth, quantiles, ["0.1", "0.5", "0.9"])["predictions"]
    assert middle["actual"] == middle["predicted"]


def test_clusters_have_rows_and_distances():
    found = exact_details("clustering", None, np.array([[1.0, 5, 9], [3, 5, 9], [5, 2, 9]]), ["0", "1", "2"])
    assert (found["clusters"]["rows"], found["clusters"]["meanDistance"]) == ([2, 1, 0], [2.0, 2.0, None])


@pytest.mark.parametrize("error", [[0.0, 2.0**-1074], [-1e308, 1e308], [np.inf, 1.0], [0.0, 0.0]])
def test_errors_that_no_bins_fit_do_not_keep_a_model_from_being_packed(error):
    truth = np.zeros(2)
    found = exact_details("regression", truth, np.array(error)[:, np.newaxis], [])["predictions"]["errors"]
    assert sum(found["counts"]) == np.isfinite(error).sum()
    assert np.isfinite(found["edges"]).all()
