"""Solvers for linear models with an L1 penalty: two ways to the smallest objective; estimators.py uses them.

The objective is the loss summed over rows, plus L1 times the sum of the weights' sizes, plus half of L2 times the sum
of their squares; intercepts are not penalised. Proximal Newton takes few steps, each with the matrix of second
derivatives of all columns; OWL-QN takes many cheap ones, for wide tables and several classes. Both return to Python in
every step, where a run that is cancelled or out of time ends.

References
----------
G. Andrew, J. Gao, Scalable training of L1-regularized log-linear models (2007): OWL-QN, which the original used.
J. D. Lee, Y. Sun, M. A. Saunders, Proximal Newton-type methods for minimizing composite functions (2014).
"""

import warnings
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse
from scipy.linalg import cholesky, solve_triangular
from scipy.special import expit, logsumexp
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import Lasso

# Relative distance from the smallest objective that is always reached.
MAX_TOLERANCE = 1e-7
# Above these, steps of OWL-QN are cheaper than matrices of second derivatives: columns, and cells of a row.
NEWTON_COLUMNS, NEWTON_CELLS = 2500, 250
# With more rows, Newton starts from the weights of a sample of a tenth.
SAMPLED_ROWS = 20_000
MAX_STEPS = {"newton": 100, "owlqn": 3000}
MEMORY = 20
# OWL-QN has arrived, too, when this many objectives in a row are alike.
WINDOW = 6
SHRINK, MAX_HALVINGS, DECREASE = 0.5, 40, 1e-4


@dataclass(frozen=True, slots=True)
class Loss:
    """A loss by a row's weighted sums: its sum over rows with its first derivatives, and its second derivatives."""

    value_slope: Callable[[Any, Any], tuple[float, Any]]
    curvature: Callable[[Any], Any]


def _logistic(sums: Any, truth: Any) -> tuple[float, Any]:
    return float(np.logaddexp(0, sums).sum() - truth @ sums), expit(sums) - truth


def _poisson(sums: Any, truth: Any) -> tuple[float, Any]:
    with np.errstate(over="ignore"):
        means = np.exp(sums)
    return float(means.sum() - truth @ sums), means - truth


def _multinomial(sums: Any, truth: Any) -> tuple[float, Any]:
    rows, logs = np.arange(len(truth)), logsumexp(sums, axis=1)
    slope = np.exp(sums - logs[:, np.newaxis])
    slope[rows, truth] -= 1
    return float(logs.sum() - sums[rows, truth].sum()), slope


def _multinomial_curvature(sums: Any) -> Any:
    shares = np.exp(sums - logsumexp(sums, axis=1)[:, np.newaxis])
    return shares * (1 - shares)


LOGISTIC = Loss(_logistic, lambda sums: expit(sums) * expit(-sums))
POISSON = Loss(_poisson, np.exp)
MULTINOMIAL = Loss(_multinomial, _multinomial_curvature)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is minimised: rows (n_rows, n_columns), dense or CSR, the truth, a loss, both weights, and precision.

    `outputs` is the number of classes if there are several, else 0: then weights have one dimension.
    """

    rows: Any
    truth: Any
    loss: Loss
    l1: float
    l2: float
    tolerance: float = MAX_TOLERANCE
    outputs: int = 0

    def sums(self, weights: Any, intercept: Any) -> Any:
        """Return the weighted sums of the rows."""
        return self.rows @ weights + intercept

    def penalty(self, weights: Any) -> float:
        """Return what the weights cost."""
        return float(self.l1 * np.abs(weights).sum() + self.l2 / 2 * (weights * weights).sum())

    def objective(self, weights: Any, intercept: Any) -> float:
        """Return the objective."""
        return self.loss.value_slope(self.sums(weights, intercept), self.truth)[0] + self.penalty(weights)

    def sample(self, step: int) -> "Problem":
        """Return the problem of every so manieth row, with weights that have the same share of it."""
        return Problem(
            self.rows[::step], self.truth[::step], self.loss, self.l1 / step, self.l2 / step, 1e-3, self.outputs
        )


@dataclass(frozen=True, slots=True)
class Solution:
    """Weights (n_columns,) or (n_columns, n_classes), intercepts, steps taken, and whether they arrived."""

    weights: Any
    intercept: Any
    steps: int
    arrived: bool


def solve(problem: Problem, *, memory: int = MEMORY, method: str = "") -> Solution:
    """Minimise the objective, by the method that suits the problem unless one is named (`newton`, `owlqn`)."""
    n_rows, n_columns = problem.rows.shape
    cells = problem.rows.nnz / max(1, n_rows) if sparse.issparse(problem.rows) else n_columns
    suits = not problem.outputs and n_columns <= NEWTON_COLUMNS and cells <= NEWTON_CELLS
    if (method or ("newton" if suits else "owlqn")) == "newton":
        found = _newton(problem)
        # Classes that are parted, with hardly a penalty, are a long way for Newton's steps.
        return found if found.arrived else _owlqn(problem, memory, found)
    return _owlqn(problem, memory)


def _newton(problem: Problem) -> Solution:
    n_rows, n_columns = problem.rows.shape
    weights, intercept = np.zeros(n_columns), _constant_fit(problem)
    if n_rows > SAMPLED_ROWS:
        start = _newton(problem.sample(10))
        weights, intercept = start.weights, start.intercept
    sums = problem.sums(weights, intercept)
    loss, slope = problem.loss.value_slope(sums, problem.truth)
    current = loss + problem.penalty(weights)
    for step in range(MAX_STEPS["newton"]):
        towards, shift, expected = _newton_step(problem, weights, sums, slope)
        change = problem.sums(towards, shift)
        if expected <= problem.tolerance * max(abs(current), 1e-300):
            # The step is known: taking it, if it does not climb, costs one look at the rows.
            after = problem.loss.value_slope(sums + change, problem.truth)[0] + problem.penalty(weights + towards)
            better = after <= current
            return Solution(weights + towards * better, intercept + shift * better, step + 1, True)
        size = 1.0
        for _ in range(MAX_HALVINGS):
            tried = weights + size * towards
            loss, slope = problem.loss.value_slope(sums + size * change, problem.truth)
            after = loss + problem.penalty(tried)
            if after <= current - DECREASE * size * expected:
                break
            size *= SHRINK
        else:
            return Solution(weights, intercept, step, False)
        weights, intercept, current = tried, intercept + size * shift, after
        sums = sums + size * change
    return Solution(weights, intercept, MAX_STEPS["newton"], False)


def _constant_fit(problem: Problem) -> Any:
    """Return the intercepts that fit best without weights."""
    if problem.outputs:
        logs = np.log(np.maximum(np.bincount(problem.truth, minlength=problem.outputs) / len(problem.truth), 1e-12))
        return logs - logs.mean()
    mean = float(np.clip(problem.truth.mean(), 1e-12, None))
    if problem.loss is LOGISTIC:
        return float(np.log(mean / max(1 - mean, 1e-12)))
    return float(np.log(mean))


def _newton_step(problem: Problem, weights: Any, sums: Any, slope: Any) -> tuple[Any, float, float]:
    """Minimise the penalty plus the loss's second-order model; return the step and the decrease to expect.

    The intercept is eliminated; what remains is a lasso whose matrix is the root of the second derivatives.
    """
    curve = np.maximum(problem.loss.curvature(sums), 1e-12)
    hessian = _weighted_products(problem.rows, curve)
    cross, total = problem.rows.T @ curve, curve.sum()
    gradient, bias = problem.rows.T @ slope + problem.l2 * weights, float(slope.sum())
    hessian -= np.outer(cross, cross / total)
    np.fill_diagonal(hessian, hessian.diagonal() + problem.l2)
    reduced = gradient - cross * (bias / total)
    # Enough for a root to exist; it slows steps and moves no minimum.
    np.fill_diagonal(hessian, hessian.diagonal() + 1e-9 * max(hessian.diagonal().max(), 1e-12))
    root = cholesky(hessian, lower=False, check_finite=False)
    target = solve_triangular(root, hessian @ weights - reduced, trans="T", check_finite=False)
    found = _lasso(root, target, problem.l1, weights)
    towards = found - weights
    shift = -(bias + float(cross @ towards)) / total
    decrease = -(reduced @ towards + towards @ hessian @ towards / 2) + bias * bias / total / 2
    decrease += problem.l1 * (np.abs(weights).sum() - np.abs(found).sum())
    return towards, shift, max(float(decrease), 0.0)


def _lasso(root: Any, target: Any, l1: float, start: Any) -> Any:
    if not l1:
        return solve_triangular(root, target, check_finite=False)
    lasso = Lasso(l1 / len(root), fit_intercept=False, tol=1e-10, max_iter=500, warm_start=True)
    lasso.coef_ = start.copy()
    with warnings.catch_warnings():
        # An unfinished step is a step: the next one goes on from there.
        warnings.simplefilter("ignore", ConvergenceWarning)
        lasso.fit(np.asfortranarray(root), target)
    return lasso.coef_


def _weighted_products(rows: Any, weights: Any) -> Any:
    """Return the matrix of sums over rows of weight times column times column."""
    roots = np.sqrt(weights)
    if not sparse.issparse(rows):
        scaled = rows * roots[:, np.newaxis]
        return scaled.T @ scaled
    scaled = sparse.csr_matrix((rows.data * np.repeat(roots, np.diff(rows.indptr)), rows.indices, rows.indptr))
    scaled.resize(rows.shape)
    return (scaled.T @ scaled).toarray()


def _owlqn(problem: Problem, memory: int, start: Solution | None = None) -> Solution:
    """Go by L-BFGS steps that stay in one orthant; intercepts are the last row of the weights and have no penalty."""
    n_columns = problem.rows.shape[1]
    shape = (n_columns + 1, problem.outputs) if problem.outputs else (n_columns + 1,)
    l1 = np.zeros(shape)
    l1[:-1] = problem.l1
    transposed = problem.rows.T.tocsr() if sparse.issparse(problem.rows) else problem.rows.T

    def smooth(point: Any) -> tuple[float, Any]:
        weights = point[:-1]
        loss, slope = problem.loss.value_slope(problem.sums(weights, point[-1]), problem.truth)
        gradient = np.empty(shape)
        gradient[:-1] = transposed @ slope + problem.l2 * weights
        gradient[-1] = slope.sum(axis=0)
        return loss + problem.l2 / 2 * float((weights * weights).sum()), gradient

    point, pairs = np.zeros(shape), deque[tuple[Any, Any, float]](maxlen=memory)
    point[-1] = _constant_fit(problem)
    if start is not None:
        point[:-1], point[-1] = start.weights, start.intercept
    scale, row_size = _inverse_curvatures(problem, point), _mean_square(problem.rows)
    value, gradient = smooth(point)
    current = value + float((l1 * np.abs(point)).sum())
    recent = deque[float]([current], maxlen=WINDOW)
    for step in range(MAX_STEPS["owlqn"]):
        downhill = -_pseudo_gradient(point, gradient, l1)
        direction = _two_loops(pairs, downhill, scale)
        direction[(point == 0) & (direction * downhill <= 0)] = 0
        gain = float((direction * downhill).sum())
        if gain <= 0:
            if not pairs:
                return Solution(point[:-1], point[-1], step, True)
            pairs.clear()
            continue
        orthant = np.where(point != 0, np.sign(point), np.sign(downhill))
        size = 1.0
        for _ in range(MAX_HALVINGS):
            tried = point + size * direction
            tried[(tried * orthant <= 0) & (l1 > 0)] = 0
            value, after = smooth(tried)
            total = value + float((l1 * np.abs(tried)).sum())
            if total <= current - DECREASE * float((downhill * (tried - point)).sum()):
                break
            size *= SHRINK
        else:
            if not pairs:
                return Solution(point[:-1], point[-1], step, _has_arrived(problem, recent, downhill, row_size))
            pairs.clear()
            continue
        moved, turned = tried - point, after - gradient
        curve = float((moved * turned).sum())
        if curve > 1e-12 * float((turned * turned * scale).sum()):
            pairs.append((moved, turned, curve))
        point, gradient, current = tried, after, total
        recent.append(current)
        if _has_arrived(problem, recent, _pseudo_gradient(point, gradient, l1), row_size):
            return Solution(point[:-1], point[-1], step + 1, True)
    return Solution(point[:-1], point[-1], MAX_STEPS["owlqn"], False)


def _has_arrived(problem: Problem, recent: deque[float], slope: Any, row_size: float) -> bool:
    """Return whether the objective cannot be far below: L2 makes it strongly convex, which bounds it by the slope.

    The bound is far off if L2 is small, and without L2 there is none; then the objective has to be flat for some steps.

    Parameters
    ----------
    row_size
        The mean of the sums of squares of the rows.
    """
    size = max(abs(recent[-1]), 1e-300)
    if len(recent) == WINDOW and recent[0] - recent[-1] <= problem.tolerance / 100 * size:
        return True
    if not problem.l2:
        return False
    squares = slope * slope
    # Weights can stand in for an intercept, which has no penalty: at least that much of them for a row of this size.
    below = (float(squares[:-1].sum()) + (1 + row_size) * float(squares[-1].sum())) / (2 * problem.l2)
    return below <= 10 * problem.tolerance * size


def _mean_square(rows: Any) -> float:
    """Return the mean of the rows' sums of squares."""
    cells = rows.data if sparse.issparse(rows) else rows.ravel()
    return float(cells @ cells) / max(1, int(rows.shape[0]))


def _inverse_curvatures(problem: Problem, point: Any) -> Any:
    """Return the inverse of each coordinate's second derivative at a point, the diagonal that steps begin with."""
    curve = problem.loss.curvature(problem.sums(point[:-1], point[-1]))
    squares = problem.rows.multiply(problem.rows).tocsr() if sparse.issparse(problem.rows) else problem.rows**2
    found = np.empty(point.shape)
    found[:-1] = squares.T @ curve + problem.l2
    found[-1] = curve.sum(axis=0)
    return 1 / np.maximum(found, 1e-12 * found.max())


def _pseudo_gradient(point: Any, gradient: Any, l1: Any) -> Any:
    """Return the gradient of the objective with its kink at zero taken to the side that goes downhill, if any."""
    at_zero = np.sign(gradient) * np.maximum(np.abs(gradient) - l1, 0)
    return np.where(point != 0, gradient + l1 * np.sign(point), at_zero)


def _two_loops(pairs: deque[tuple[Any, Any, float]], downhill: Any, scale: Any) -> Any:
    direction, shares = downhill.copy(), []
    for moved, turned, curve in reversed(pairs):
        share = float((moved * direction).sum()) / curve
        direction -= share * turned
        shares.append(share)
    if pairs:
        _, turned, curve = pairs[-1]
        scale = scale * (curve / float((turned * turned * scale).sum()))
    direction = direction * scale
    for (moved, turned, curve), share in zip(pairs, reversed(shares), strict=True):
        direction += (share - float((turned * direction).sum()) / curve) * moved
    return direction
