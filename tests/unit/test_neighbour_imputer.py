"""KNNImputer's graph fills what scikit-learn fills, to 1e-9; where scikit-learn's choice is arbitrary there is none."""

import numpy as np
import onnxruntime
import pytest
from sklearn.impute import KNNImputer

from studio.model.export import imputers
from studio.model.export.imputers import has_close_rows, has_ties, transform_neighbours
from studio.model.export.nodes import GraphBuilder
from studio.model.export.tables import number_table
from studio.model.parity import TOLERANCE
from studio.model.session import INPUT, TRAINING_ROWS

# Seconds of processor time: `make check` leaves them to `make test`.
pytestmark = pytest.mark.slow


def rows(count, seed=0, missing=0.2, centre=0.0):
    random = np.random.default_rng(seed)
    values = random.normal(centre, 1, (count, 5))
    values[random.random(values.shape) < missing] = np.nan
    return values


def scored(imputer, values):
    """The graph's rows."""
    build = GraphBuilder()
    table = transform_neighbours(number_table(build, INPUT, values.shape[1]), imputer)
    graph = build.to_bytes(table.dense, values.shape[1], len(table))
    # Who has no right to see them must not get it.
    assert graph.count(TRAINING_ROWS.encode()) == 1
    return onnxruntime.InferenceSession(graph).run(None, {INPUT: values})[0]


@pytest.mark.parametrize("weights", ["uniform", "distance"])
@pytest.mark.parametrize("count", [1, 5, 200])
def test_missing_numbers_are_filled_as_scikit_learn_fills_them(weights, count):
    stored = rows(120, missing=0.2 if weights == "uniform" else 0.0)
    stored[3] = np.nan
    imputer = KNNImputer(n_neighbors=count, weights=weights).fit(stored)
    new = np.vstack([rows(60, seed=1, missing=0.4), np.full((1, 5), np.nan), stored])
    found = scored(imputer, new)
    # A row without any number gets the means.
    np.testing.assert_allclose(found[60], np.nanmean(stored, axis=0), rtol=1e-12)
    np.testing.assert_allclose(found, imputer.transform(new.copy()), rtol=TOLERANCE, atol=TOLERANCE)


@pytest.mark.parametrize("weights", ["uniform", "distance"])
def test_rows_equal_to_stored_ones_and_rows_that_share_no_column(weights):
    # Small whole numbers: the squares are exact, so that equal rows are at distance 0 in both.
    gap = np.nan
    stored = np.array([[1, 2, 10], [1.5, 4, 17], [7, 9, 35], [20, gap, gap], [gap, 30, 70]], dtype=np.float64)
    imputer = KNNImputer(n_neighbors=2, weights=weights).fit(stored)
    new = np.array([[1, 2, gap], [gap, gap, 18], [20, gap, gap], [gap, gap, gap]], dtype=np.float64)
    found = scored(imputer, new)
    np.testing.assert_allclose(found, imputer.transform(new.copy()), rtol=1e-12)
    assert found[0, 2] == (13.5 if weights == "uniform" else 10)


@pytest.mark.parametrize("kept", [False, True])
@pytest.mark.parametrize("flags", [False, True])
def test_columns_without_numbers_and_flags_of_what_was_missing(kept, flags):
    stored = rows(50)
    stored[:, 1] = np.nan
    imputer = KNNImputer(keep_empty_features=kept, add_indicator=flags).fit(stored)
    new = rows(30, seed=2)
    expected = imputer.transform(new.copy())
    assert scored(imputer, new).shape == expected.shape
    np.testing.assert_allclose(scored(imputer, new), expected, rtol=1e-9)


def test_equally_far_rows_are_left_to_scikit_learn():
    stored = np.random.default_rng(0).integers(0, 4, (80, 3)).astype(float)
    assert has_ties(stored, 5)
    with pytest.raises(NotImplementedError, match="equally far away: scikit-learn takes any of them"):
        scored(KNNImputer().fit(stored), stored)
    # Ties among rows of the same number, or among those that are all taken, decide nothing.
    same = np.array([[0.0, 1.0], [1.0, 7.0], [-1.0, 7.0], [5.0, 7.0]])
    assert not has_ties(same[[0, 1, 2]], 2)
    assert not has_ties(rows(120), 5)


def test_weights_by_distances_that_are_rounding_errors_are_left_to_scikit_learn():
    far = rows(120, centre=1e4)
    assert has_close_rows(far)
    with pytest.raises(NotImplementedError, match="scale the columns before it"):
        scored(KNNImputer(weights="distance").fit(far), far)
    assert not has_close_rows(rows(120, missing=0.0))
    # Without weights, only the order of the distances counts.
    imputer = KNNImputer().fit(far)
    np.testing.assert_allclose(scored(imputer, far), imputer.transform(far.copy()), rtol=TOLERANCE)


@pytest.mark.attack("Size and time")
def test_what_the_graph_cannot_do_stays_with_scikit_learn(monkeypatch):
    stored = rows(20)
    for options, words in (
        ({"weights": lambda distances: distances}, "these weights"),
        ({"metric": lambda one, other, **more: 0.0}, "this metric"),
        ({"missing_values": -1.0}, "not nan"),
    ):
        given = np.nan_to_num(stored, nan=-1.0) if "missing_values" in options else stored
        with pytest.raises(NotImplementedError, match=words):
            scored(KNNImputer(**options).fit(given), given)
    monkeypatch.setattr(imputers, "MAX_NEIGHBOURS", 10)
    with pytest.raises(NotImplementedError, match="stores 20 rows"):
        scored(KNNImputer().fit(stored), stored)
