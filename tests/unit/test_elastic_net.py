"""The solvers for L1 penalties arrive at the smallest objective, as other solvers confirm, and say if they do not."""

import numpy as np
import pytest
from scipy import sparse
from scipy.optimize import minimize
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, PoissonRegressor

from studio.model import elastic_net
from studio.model.elastic_net import LOGISTIC, MULTINOMIAL, POISSON, Problem, solve
from studio.model.estimators import ElasticNetLogistic, ElasticNetPoisson
from tests.builders import dataset, train_on

FAR = 1e-6


def table(n_rows=300, seed=0):
    """Numbers and a full set of one-hot columns, which hang together, as learners get them."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(6, size=n_rows)
    numbers = rng.normal(size=(n_rows, 4))
    return np.hstack([numbers, np.eye(6)[codes]]), numbers[:, 0] - numbers[:, 1] + 0.5 * codes - 1


def binary(n_rows=300):
    rows, sums = table(n_rows)
    return rows, (np.random.default_rng(1).random(n_rows) < 1 / (1 + np.exp(-sums))).astype(float)


def smallest(problem):
    """The smallest objective by L-BFGS-B, with each weight as a difference of two that are not negative."""
    width, outputs = problem.rows.shape[1], max(1, problem.outputs)
    n_weights = width * outputs

    def both(point):
        positive, negative, intercept = np.split(point, [n_weights, 2 * n_weights])
        weights = (positive - negative).reshape(width, outputs)
        sums = problem.rows @ weights + intercept
        value, slope = problem.loss.value_slope(sums if problem.outputs else sums[:, 0], problem.truth)
        slope = slope.reshape(len(sums), outputs)
        gradient = (problem.rows.T @ slope + problem.l2 * weights).ravel()
        value += problem.l1 * (positive + negative).sum() + problem.l2 / 2 * (weights**2).sum()
        return value, np.concatenate([gradient + problem.l1, problem.l1 - gradient, slope.sum(axis=0)])

    bounds = [(0, None)] * (2 * n_weights) + [(None, None)] * outputs
    options = {"maxiter": 20_000, "maxfun": 50_000, "ftol": 1e-15, "gtol": 1e-9}
    return minimize(both, np.zeros(len(bounds)), jac=True, method="L-BFGS-B", bounds=bounds, options=options).fun


def above(problem, found):
    least = smallest(problem)
    return (problem.objective(found.weights, found.intercept) - least) / abs(least)


@pytest.mark.parametrize("method", ["newton", "owlqn"])
@pytest.mark.parametrize("l1, l2", [(1.0, 1.0), (20.0, 0.1), (3.0, 0.0), (1e-3, 1e-3)])
def test_two_classes_arrive_at_the_smallest_objective(method, l1, l2):
    rows, truth = binary()
    problem = Problem(rows, truth, LOGISTIC, l1, l2)
    found = solve(problem, method=method)
    assert found.arrived
    assert above(problem, found) < FAR


@pytest.mark.parametrize("l1, l2", [(1.0, 1.0), (10.0, 0.1), (2.0, 0.0)])
def test_several_classes_arrive_at_the_smallest_objective(l1, l2):
    rows, sums = table()
    problem = Problem(rows, np.digitize(sums, [-1, 0.5, 2]), MULTINOMIAL, l1, l2, outputs=4)
    found = solve(problem)
    assert found.arrived
    assert above(problem, found) < FAR


@pytest.mark.parametrize("method", ["newton", "owlqn"])
def test_counts_arrive_at_the_smallest_objective(method):
    rows, sums = table()
    problem = Problem(rows, np.random.default_rng(2).poisson(np.exp(sums)).astype(float), POISSON, 2.0, 0.5)
    assert above(problem, solve(problem, method=method)) < FAR


def test_sparse_and_dense_rows_have_the_same_solution():
    rows, truth = binary()
    for method in ("newton", "owlqn"):
        dense, packed = (
            solve(Problem(kind, truth, LOGISTIC, 1.0, 1.0), method=method) for kind in (rows, sparse.csr_matrix(rows))
        )
        assert np.abs(dense.weights - packed.weights).max() < 1e-6


def test_a_start_from_a_sample_ends_where_all_rows_say(monkeypatch):
    rows, truth = binary(1000)
    problem = Problem(rows, truth, LOGISTIC, 1.0, 1.0)
    whole = solve(problem)
    monkeypatch.setattr(elastic_net, "SAMPLED_ROWS", 500)
    sampled = solve(problem)
    assert above(problem, sampled) < FAR
    assert np.abs(whole.weights - sampled.weights).max() < 1e-4


def test_saga_run_to_its_end_finds_the_same_probabilities():
    rows, truth = binary()
    ours = ElasticNetLogistic(C=0.5, l1_ratio=0.5, solver="saga", tol=1e-9).fit(rows, truth)
    saga = LogisticRegression(C=0.5, l1_ratio=0.5, solver="saga", tol=1e-9, max_iter=20_000, random_state=0)
    assert np.abs(ours.predict_proba(rows) - saga.fit(rows, truth).predict_proba(rows)).max() < 1e-5


def test_poisson_with_hardly_any_l1_is_scikit_learns():
    rows, sums = table()
    truth = np.random.default_rng(2).poisson(np.exp(sums)).astype(float)
    ours = ElasticNetPoisson(alpha=0.01, l1=1e-12, tol=1e-12).fit(rows, truth)
    theirs = PoissonRegressor(alpha=0.01, tol=1e-10, max_iter=10_000).fit(rows, truth)
    assert np.abs(ours.predict(rows) / theirs.predict(rows) - 1).max() < 1e-5


@pytest.mark.parametrize("method", [pytest.param("newton", marks=pytest.mark.long), "owlqn"])
def test_a_class_of_three_rows_among_thousands_is_fitted_as_well(method, monkeypatch):
    """A tenth of the rows, which Newton starts with, may have none of them."""
    monkeypatch.setattr(elastic_net, "SAMPLED_ROWS", 500)
    rows, _ = table(2000)
    truth = np.zeros(len(rows))
    truth[[7, 401, 1234]] = 1
    problem = Problem(rows, truth, LOGISTIC, 1.0, 1.0)
    found = solve(problem, method=method)
    assert found.arrived
    assert above(problem, found) < FAR


def test_parted_classes_with_hardly_a_penalty_arrive_too():
    """Newton's steps take too many there; OWL-QN goes on from where they end."""
    rows, sums = table(500)
    rows = np.column_stack([rows, rows[:, 2]])
    rows[5] = 300
    problem = Problem(rows, (sums > 0).astype(float), LOGISTIC, 1e-6, 1e-6)
    found, other = solve(problem), solve(problem, method="owlqn")
    assert found.arrived
    one, two = (problem.objective(item.weights, item.intercept) for item in (found, other))
    assert abs(one - two) < FAR * one


@pytest.mark.parametrize("method", ["newton", "owlqn"])
def test_constant_columns_and_rows_that_classes_part_are_no_trouble(method):
    rows = np.column_stack([np.zeros(40), np.ones(40), np.repeat([-1.0, 1.0], 20)])
    found = solve(Problem(rows, np.repeat([0.0, 1.0], 20), LOGISTIC, 0.1, 0.0), method=method)
    assert found.arrived
    assert found.weights[0] == 0
    assert 1 < found.weights[2] < 10


def test_a_solver_that_does_not_arrive_says_so(monkeypatch):
    monkeypatch.setattr(elastic_net, "MAX_STEPS", {"newton": 1, "owlqn": 1})
    rows, truth = binary()
    with pytest.warns(ConvergenceWarning, match="stopped after 1 steps"):
        ElasticNetLogistic(C=0.5, l1_ratio=0.5, solver="saga").fit(rows, truth)


def test_the_default_learner_arrives_on_many_classes():
    """SAGA took ten minutes for 100 classes of 784 columns; here are 20 of 60."""
    rng = np.random.default_rng(0)
    truth = np.arange(400) % 20
    rows = rng.normal(size=(20, 60))[truth] * 0.3 + rng.normal(size=(400, 60))
    names = ",".join(f"f{index}" for index in range(60))
    text = "\n".join(
        ",".join(f"{cell:.4f}" for cell in row) + f",c{code}" for row, code in zip(rows, truth, strict=True)
    )
    model = train_on("Multiclass Logistic Regression", dataset(f"{names},bought\n{text}\n"), "bought")
    assert model.pipeline.named_steps["estimator"].n_iter_ < 300
    assert (model.score(model.matrix).argmax(axis=1) == model.target).mean() > 0.9
