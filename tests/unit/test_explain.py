"""Explanations: against the package shap, against the definition, and against the scores."""

import itertools
import json
import math
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from studio.model.container import read_model_file, write_model_file
from studio.model.explain import coalitions
from studio.model.explain.coalitions import Coalitions
from studio.model.explain.ensembles import LEAF_ROWS, find_ensemble
from studio.model.explain.explainer import Explainer
from studio.model.explain.links import read_graph
from studio.model.explain.sources import columns_of_sources, sources_of_columns
from studio.model.explain.trees import TreeExplainer
from studio.model.loaded import load_model
from studio.model.packaging import package_model
from tests.builders import clean_people, learner_names, load_packed, people_model_file, train_on
from tests.explained.make import CASES, NAMES, ROWS

# One of each way; the package shap covers trees and linear models, and the others are tried each night.
SOME = ("Two-Class Support Vector Machine", "K-Means Clustering", "Poisson Regression")
FOLDER = Path(__file__).parent.parent / "explained"


@cache
def loaded(name):
    return load_model((FOLDER / f"{name}.ilearner").read_bytes(), 1 << 28)


def encoded(model, rows):
    return model.encoder.encode([[row[NAMES.index(item.name)] for item in model.encoder.sources] for row in rows])[0]


def explained(model, matrix):
    return Explainer(model).explain(matrix, model.scorer.score(matrix))


def without_leaf_rows(model):
    """The same model in a file from before trees had the training rows of their leaves."""
    import onnx

    graph = onnx.load_from_string(model.file.graph)
    kept = [item for item in graph.graph.initializer if not item.name.startswith(LEAF_ROWS)]
    assert len(kept) < len(graph.graph.initializer)
    del graph.graph.initializer[:]
    graph.graph.initializer.extend(kept)
    file = read_model_file(write_model_file(model.file), 1 << 28)
    object.__setattr__(file, "graph", graph.SerializeToString())
    return load_model(write_model_file(file), 1 << 28)


@pytest.mark.parametrize("name", CASES)
def test_explanations_are_those_of_the_package_shap(name):
    model, expected = loaded(name), json.loads((FOLDER / f"{name}.json").read_text())
    found = explained(model, model.encoder.encode(expected["rows"])[0])
    assert np.abs(found.added - expected["added"]).max() < 1e-6
    assert np.abs(found.base - expected["base"]).max() < 1e-6
    assert found.output.tolist() == expected["output"]
    assert not found.error.any()


def test_trees_are_explained_as_the_definition_says():
    model = loaded("boosted-regression")
    ensemble = find_ensemble(read_graph(model.file.graph, 1))
    numbers = [next(iter(made)) for made in sources_of_columns(model.file.encoder)]
    # One number for each column and category: what is added up for the caller is looked at alone.
    players = sorted({(f, s if m else -1) for f, s, m in zip(*parts_of(ensemble), strict=True)})
    explainer = TreeExplainer(ensemble, numbers, 4)
    matrix = encoded(model, ROWS)
    added, reached = explainer.explain(matrix, np.zeros(len(matrix), int))
    for row in (2,):
        values = {
            chosen: expected_margin(ensemble, matrix[row], set(chosen))
            for size in range(len(players) + 1)
            for chosen in itertools.combinations(players, size)
        }
        shapley = np.zeros(4)
        for player in players:
            others = [item for item in players if item != player]
            for size in range(len(players)):
                weight = math.factorial(size) * math.factorial(len(players) - 1 - size) / math.factorial(len(players))
                for chosen in itertools.combinations(others, size):
                    both = tuple(sorted((*chosen, player)))
                    shapley[numbers[player[0]]] += weight * (values[both] - values[chosen])
        assert np.allclose(added[row], shapley, rtol=0, atol=1e-9)
        assert math.isclose(values[tuple(players)], reached[row], abs_tol=1e-9)
        assert math.isclose(values[()], explainer.base[0], abs_tol=1e-9)


def parts_of(ensemble):
    return ensemble.feature.tolist(), ensemble.split.tolist(), (ensemble.mode == 5).tolist()


def expected_margin(ensemble, row, known):
    """The mean of the leaves, each weighed by the training rows that go there where a column is not known."""
    children = {}
    for leaf, (parent, holds) in enumerate(zip(ensemble.leaf_parent, ensemble.leaf_holds, strict=True)):
        children[parent, bool(holds)] = ("leaf", leaf)
    for node, (parent, holds) in enumerate(zip(ensemble.node_parent, ensemble.node_holds, strict=True)):
        children[parent, bool(holds)] = ("node", node)

    @cache
    def rows_below(kind, number):
        if kind == "leaf":
            return ensemble.rows[number]
        return rows_below(*children[number, True]) + rows_below(*children[number, False])

    def value(kind, number):
        if kind == "leaf":
            return ensemble.values[number, 0]
        code = ensemble.split[number] if ensemble.mode[number] == 5 else -1
        if (ensemble.feature[number], code) in known:
            x = row[ensemble.feature[number]]
            holds = x != code if code >= 0 else x <= ensemble.split[number]
            if np.isnan(x) and code < 0:
                holds = ensemble.missing_true[number]
            return value(*children[number, bool(holds)])
        sides = [children[number, True], children[number, False]]
        total = rows_below("node", number)
        return sum(rows_below(*side) / total * value(*side) for side in sides)

    roots = [node for node, parent in enumerate(ensemble.node_parent) if parent < 0]
    return float(ensemble.start[0]) + sum(value("node", root) for root in roots)


@pytest.mark.slow
@pytest.mark.parametrize(
    "learner", [name if name in SOME else pytest.param(name, marks=pytest.mark.long) for name in learner_names()]
)
def test_every_learner_is_explained_by_numbers_that_add_up_to_its_score(learner):
    model = load_packed(train_on(learner, clean_people(150, seed=3)))
    explainer, matrix = Explainer(model), encoded(model, ROWS)
    scores = model.scorer.score(matrix)
    found = explainer.explain(matrix, scores)
    margins = found.base + found.added.sum(axis=1)
    expected = explainer.margins(matrix)
    assert np.allclose(margins, expected[np.arange(len(ROWS)), found.output], rtol=0, atol=1e-9)
    assert np.allclose(found.link.scores(expected), scores[:, : expected.shape[1]], rtol=0, atol=1e-9)
    assert np.abs(found.added).sum() > 0


def test_boosted_trees_from_before_are_explained_by_coalitions_from_the_typical_row():
    model = without_leaf_rows(loaded("boosted"))
    found = explained(model, encoded(model, ROWS))
    now = explained(loaded("boosted"), encoded(model, ROWS))
    assert np.allclose(found.base + found.added.sum(axis=1), now.base + now.added.sum(axis=1), rtol=0, atol=1e-9)
    assert not np.allclose(found.base, now.base)


def test_a_linear_model_from_before_is_explained_from_the_typical_row():
    model = loaded("logistic")
    manifest = model.file.manifest
    assert manifest.mean_contributions
    object.__setattr__(manifest, "mean_contributions", {})
    old = load_model(write_model_file(model.file), 1 << 28)
    loaded.cache_clear()
    matrix = encoded(old, ROWS)
    found, now = explained(old, matrix), explained(loaded("logistic"), matrix)
    assert np.allclose(found.base + found.added.sum(axis=1), now.base + now.added.sum(axis=1), rtol=0, atol=1e-9)
    assert len({round(shift, 9) for shift in (found.added - now.added)[:, 0]}) == 1


def test_the_means_of_a_linear_model_make_contributions_zero_on_average():
    trained = train_on("Two-Class Logistic Regression", clean_people(200, seed=4))
    model = load_packed(trained)
    found = explained(model, trained.matrix)
    assert np.abs(found.added.mean(axis=0)).max() < 1e-9


def test_what_pairs_of_columns_do_together_is_shared_and_its_error_told(monkeypatch):
    def margins(rows):
        return (rows[:, :1] * rows[:, 1:2] + 3 * rows[:, 2:3]) + 0.0

    given = Coalitions(margins, [[0], [1], [2], [3]], np.zeros((1, 4)))
    row = np.array([[2.0, 3.0, 1.0, 0.0]])
    exact = given.explain(row, 0)
    assert exact.added.tolist() == [3.0, 3.0, 3.0, 0.0]
    assert (exact.base, exact.error) == (0.0, 0.0)
    monkeypatch.setattr(coalitions, "BUDGET", 4)
    drawn = given.explain(row, 0)
    # An order and its reverse share what pairs do together evenly.
    assert np.allclose(drawn.added, [3.0, 3.0, 3.0, 0.0])
    assert drawn.error < 1e-12


def test_the_error_covers_the_difference_from_all_combinations(monkeypatch):
    rng = np.random.default_rng(1)
    weights = rng.normal(size=(9, 7))

    def margins(rows):
        return np.tanh(rows @ weights).prod(axis=1, keepdims=True) * 50

    given = Coalitions(margins, [[place] for place in range(9)], np.full((1, 9), 0.3))
    row = rng.normal(size=(1, 9))
    exact = given.explain(row, 0)
    monkeypatch.setattr(coalitions, "BUDGET", 256)
    drawn = given.explain(row, 0)
    assert exact.error == 0 < drawn.error
    assert np.abs(drawn.added - exact.added).max() < 5 * drawn.error
    assert math.isclose(drawn.added.sum(), exact.added.sum(), abs_tol=1e-9)


def test_a_row_that_the_trees_explain_differently_from_its_score_is_explained_by_coalitions():
    model = loaded("boosted")
    explainer, matrix = Explainer(model), encoded(model, ROWS)
    explainer._trees.base = explainer._trees.base + 0.5
    found = explainer.explain(matrix, model.scorer.score(matrix))
    margins = explainer.margins(matrix)[:, 0]
    assert np.allclose(found.base + found.added.sum(axis=1), margins, rtol=0, atol=1e-9)


def test_computed_columns_are_added_up_to_the_column_that_they_come_from():
    model = load_model(write_model_file(people_model_file()), 1 << 28)
    matrix = model.encoder.encode([["30", "Oslo", "12.5", "true", "yes"][: len(model.encoder.sources)]])[0]
    found = explained(model, matrix)
    assert found.added.shape == (1, len(model.encoder.sources))
    assert sum(map(len, columns_of_sources(model.file.encoder))) == model.file.encoder.width


@pytest.mark.attack("model")
def test_leaf_rows_that_are_made_up_do_not_make_explanations_that_differ_from_scores():
    import onnx

    model = loaded("boosted")
    for change in (lambda rows: rows * 0, lambda rows: rows[:3], lambda rows: rows - 10**6):
        graph = onnx.load_from_string(model.file.graph)
        (given,) = [item for item in graph.graph.initializer if item.name.startswith(LEAF_ROWS)]
        given.CopyFrom(onnx.numpy_helper.from_array(change(onnx.numpy_helper.to_array(given)), given.name))
        file = read_model_file(write_model_file(model.file), 1 << 28)
        object.__setattr__(file, "graph", graph.SerializeToString())
        other = load_model(write_model_file(file), 1 << 28)
        explainer, matrix = Explainer(other), encoded(other, ROWS)
        found = explainer.explain(matrix, other.scorer.score(matrix))
        sums = found.base + found.added.sum(axis=1)
        assert np.allclose(sums, explainer.margins(matrix)[:, 0], rtol=0, atol=1e-9)


def test_a_packed_model_says_how_many_training_rows_came_to_each_leaf():
    trained = train_on("Two-Class Boosted Decision Tree", clean_people(150, seed=3))
    file = package_model(trained, "x", evaluated=[], evaluation=None, lineage={})
    ensemble = find_ensemble(read_graph(file.graph, 1))
    assert ensemble.rows.sum() == 150 * (ensemble.node_parent < 0).sum()
