"""Estimators that scikit-learn lacks: Bayes points, locally deep machines, ordered classes."""

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.linear_model import LogisticRegression, SGDClassifier

HELD_OUT, EPOCHS = 0.2, 5
SMALLEST = 1e-12


class BayesPointMachine(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A linear two-class model: the mean of perceptrons, each trained on the rows in an order of its own.

    Their unit-length mean approximates the Bayes point, the centre of all models that agree with the rows. Each
    perceptron leaves out a fifth of the rows; the sums for these give the sigmoid that makes probabilities.

    References
    ----------
    R. Herbrich, T. Graepel and C. Campbell, Bayes Point Machines, Journal of Machine Learning Research 1 (2001).
    """

    def __init__(self, iterations: int = 30, bias: bool = True, random_state: int = 0) -> None:
        self.iterations = iterations
        self.bias = bias
        self.random_state = random_state

    def fit(self, X: Any, y: Any) -> "BayesPointMachine":
        """Fit the perceptrons to (n_rows, n_columns) and (n_rows,), then the sigmoid."""
        self.classes_ = np.unique(y)
        truth = y == self.classes_[-1]
        rng = np.random.default_rng(self.random_state)
        points, sums, votes = [], np.zeros(len(truth)), np.zeros(len(truth))
        for _ in range(self.iterations):
            out = rng.random(len(truth)) < HELD_OUT
            taken = np.flatnonzero(~out)
            if len(np.unique(truth[taken])) < 2:
                out, taken = np.zeros(len(truth), dtype=bool), np.arange(len(truth))
            point = self._point(X[taken], truth[taken], int(rng.integers(2**31)))
            points.append(point)
            sums[out] += X[out] @ point[:-1] + point[-1]
            votes[out] += 1
        mean = np.mean(points, axis=0)
        self.coef_, self.intercept_ = mean[np.newaxis, :-1], mean[-1:]
        seen = votes > 0
        few = len(np.unique(truth[seen])) < 2
        decisions = self.decision_function(X) if few else sums[seen] / votes[seen]
        sigmoid = LogisticRegression(C=1e6).fit(decisions[:, np.newaxis], truth if few else truth[seen])
        self.slope_, self.offset_ = float(sigmoid.coef_[0, 0]), float(sigmoid.intercept_[0])
        return self

    def _point(self, X: Any, truth: Any, seed: int) -> Any:
        """Return the weights and bias of one perceptron, of length 1."""
        perceptron = SGDClassifier(
            loss="perceptron",
            penalty=None,
            learning_rate="constant",
            eta0=1.0,
            max_iter=EPOCHS,
            tol=None,
            fit_intercept=self.bias,
            average=True,
            random_state=seed,
        ).fit(X, truth)
        point = np.append(perceptron.coef_[0], perceptron.intercept_[0] if self.bias else 0.0)
        length = float(np.linalg.norm(point))
        return point / length if length else point

    def decision_function(self, X: Any) -> Any:
        """Return the weighted sums, shape (n_rows,)."""
        return X @ self.coef_[0] + self.intercept_[0]

    def predict_proba(self, X: Any) -> Any:
        """Return the probabilities of both classes, shape (n_rows, 2)."""
        odds = self.slope_ * self.decision_function(X) + self.offset_
        second = 1 / (1 + np.exp(np.clip(-odds, -700, 700)))
        return np.column_stack([1 - second, second])

    def predict(self, X: Any) -> Any:
        """Return the more probable classes, shape (n_rows,)."""
        return self.classes_[(self.predict_proba(X)[:, 1] > 0.5).astype(int)]


class LocalDeepMachine(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A two-class model that is linear in each region of a tree of soft gates, fitted as a whole by L-BFGS.

    Each node k of the tree adds `share_k * (x·w_k) * tanh(sharpness * x·p_k)`. The root's share is 1; a node hands its
    share on to its two children in the ratio of a sigmoid of x·t. Nodes are stored level by level, the first children
    of a level before the second ones. The loss is logistic, so the sums are log-odds.

    References
    ----------
    C. Jose, P. Goyal, P. Aggrwal and M. Varma, Local Deep Kernel Learning for Efficient Non-linear SVM Prediction,
    ICML 2013.
    """

    def __init__(
        self,
        depth: int = 3,
        weight: float = 0.1,
        gate_weight: float = 0.01,
        inner_weight: float = 0.01,
        sharpness: float = 1.0,
        iterations: int = 150,
        random_state: int = 0,
    ) -> None:
        self.depth = depth
        self.weight = weight
        self.gate_weight = gate_weight
        self.inner_weight = inner_weight
        self.sharpness = sharpness
        self.iterations = iterations
        self.random_state = random_state

    def fit(self, X: Any, y: Any) -> "LocalDeepMachine":
        """Fit the weights to (n_rows, n_columns) and (n_rows,)."""
        from scipy.optimize import minimize

        self.classes_ = np.unique(y)
        rows = _with_ones(X)
        signs = np.where(y == self.classes_[-1], 1.0, -1.0)
        nodes, gates = 2 ** (self.depth + 1) - 1, 2**self.depth - 1
        self._sizes = [nodes, nodes, gates]
        rng = np.random.default_rng(self.random_state)
        start = rng.normal(0, 1 / np.sqrt(rows.shape[1]), (2 * nodes + gates) * rows.shape[1])
        found = minimize(
            self._loss, start, args=(rows, signs), jac=True, method="L-BFGS-B", options={"maxiter": self.iterations}
        )
        self.weights_, self.inner_, self.gates_ = self._parts(found.x, rows.shape[1])
        del self._sizes
        return self

    def _parts(self, flat: Any, width: int) -> list[Any]:
        ends = np.cumsum(np.array(self._sizes) * width)
        return [part.reshape(-1, width) for part in np.split(flat, ends[:-1])]

    def _loss(self, flat: Any, rows: Any, signs: Any) -> tuple[float, Any]:
        """Return the regularized mean loss and its gradient."""
        weights, inner, gates = self._parts(flat, rows.shape[1])
        linear, bend = rows @ weights.T, np.tanh(self.sharpness * (rows @ inner.T))
        open_ = np.tanh(self.sharpness * (rows @ gates.T))
        shares = _shares(open_, self.depth)
        margins = signs * (shares * linear * bend).sum(axis=1)
        pull = (-signs / (1 + np.exp(np.clip(margins, -500, 500))) / len(rows))[:, np.newaxis]
        below = _sums_below(shares * linear * bend, self.depth)
        first, second = below
        turn = first / np.maximum(1 + open_, SMALLEST) - second / np.maximum(1 - open_, SMALLEST)
        slopes = (
            (pull * shares * bend).T @ rows,
            (pull * shares * linear * self.sharpness * (1 - bend**2)).T @ rows,
            (pull * turn * self.sharpness * (1 - open_**2)).T @ rows,
        )
        factors = np.array([self.weight, self.inner_weight, self.gate_weight]) / len(rows)
        parts = (weights, inner, gates)
        penalty = sum(factor / 2 * (part**2).sum() for factor, part in zip(factors, parts, strict=True))
        gradient = [slope + factor * part for slope, factor, part in zip(slopes, factors, parts, strict=True)]
        return float(np.logaddexp(0, -margins).mean() + penalty), np.concatenate([part.ravel() for part in gradient])

    def decision_function(self, X: Any) -> Any:
        """Return the log-odds of the second class, shape (n_rows,)."""
        rows = _with_ones(X)
        shares = _shares(np.tanh(self.sharpness * (rows @ self.gates_.T)), self.depth)
        terms = shares * (rows @ self.weights_.T) * np.tanh(self.sharpness * (rows @ self.inner_.T))
        return terms.sum(axis=1)

    def predict_proba(self, X: Any) -> Any:
        """Return the probabilities of both classes, shape (n_rows, 2)."""
        second = 1 / (1 + np.exp(np.clip(-self.decision_function(X), -700, 700)))
        return np.column_stack([1 - second, second])

    def predict(self, X: Any) -> Any:
        """Return the more probable classes, shape (n_rows,)."""
        return self.classes_[(self.decision_function(X) > 0).astype(int)]


class OrdinalClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Ordered classes: for each but the last, a two-class model of whether the class is a later one.

    References
    ----------
    E. Frank and M. Hall, A Simple Approach to Ordinal Classification, ECML 2001.
    """

    def __init__(self, estimator: Any = None) -> None:
        self.estimator = estimator

    def fit(self, X: Any, y: Any) -> "OrdinalClassifier":
        """Fit one model to (n_rows, n_columns) for each step between classes of (n_rows,)."""
        self.classes_ = np.unique(y)
        self.estimators_ = [clone(self.estimator).fit(X, (y > value).astype(int)) for value in self.classes_[:-1]]
        return self

    def predict_proba(self, X: Any) -> Any:
        """Return the probabilities of the classes, shape (n_rows, n_classes).

        The probability of being later than a class may not exceed that of being later than the class before.
        """
        later = np.column_stack([part.predict_proba(X)[:, 1] for part in self.estimators_])
        later = np.minimum.accumulate(later, axis=1)
        ends = np.ones((len(later), 1))
        return np.hstack([ends, later]) - np.hstack([later, 0 * ends])

    def predict(self, X: Any) -> Any:
        """Return the most probable classes, shape (n_rows,)."""
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


def _with_ones(X: Any) -> Any:
    return np.hstack([X, np.ones((X.shape[0], 1))])


def _shares(gates: Any, depth: int) -> Any:
    """Return each node's share, shape (n_rows, n_nodes), from gates between -1 and 1."""
    levels = [np.ones((len(gates), 1))]
    for level in range(depth):
        at = 2**level - 1
        gate, above = gates[:, at : 2 * at + 1], levels[-1]
        levels.append(np.hstack([above * (1 + gate) / 2, above * (1 - gate) / 2]))
    return np.hstack(levels)


def _sums_below(terms: Any, depth: int) -> tuple[Any, Any]:
    """Return, for each gate, the sums of the terms of all nodes below its first and below its second child."""
    firsts: list[Any] = []
    seconds: list[Any] = []
    whole = terms[:, 2**depth - 1 :]
    for level in range(depth - 1, -1, -1):
        size = 2**level
        firsts.insert(0, whole[:, :size])
        seconds.insert(0, whole[:, size:])
        whole = terms[:, size - 1 : 2 * size - 1] + whole[:, :size] + whole[:, size:]
    return np.hstack(firsts), np.hstack(seconds)
