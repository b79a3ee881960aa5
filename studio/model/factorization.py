"""Matrix factorisation: ratings as means, biases and products of a user's and an item's traits."""

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin


class MatrixFactorization(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """Predicts the rating of an item by a user; both are one-hot columns, users first.

    The rating is the mean, plus a bias of the user and one of the item, plus the product of their traits, within the
    range of the ratings seen. Fitted by alternating least squares; a user or item not seen has neither bias nor traits.

    References
    ----------
    Y. Koren, R. Bell and C. Volinsky, Matrix Factorization Techniques for Recommender Systems, Computer 42 (2009).
    """

    def __init__(
        self, n_users: int = 1, traits: int = 10, iterations: int = 5, penalty: float = 0.1, random_state: int = 0
    ) -> None:
        self.n_users = n_users
        self.traits = traits
        self.iterations = iterations
        self.penalty = penalty
        self.random_state = random_state

    def fit(self, X: Any, y: Any) -> "MatrixFactorization":
        """Fit biases and traits to (n_rows, n_users + n_items) and (n_rows,)."""
        users, items = self._codes(X[:, : self.n_users]), self._codes(X[:, self.n_users :])
        n_items = X.shape[1] - self.n_users
        rng = np.random.default_rng(self.random_state)
        self.mean_, self.low_, self.high_ = float(np.mean(y)), float(np.min(y)), float(np.max(y))
        # The first column is the bias, which the other side meets with 1.
        self.users_ = np.zeros((self.n_users, self.traits + 1))
        self.items_ = rng.normal(0, 0.1, (n_items, self.traits + 1))
        self.items_[:, 0] = 0
        for _ in range(self.iterations):
            self.users_ = self._solved(users, items, y, self.users_, self.items_)
            self.items_ = self._solved(items, users, y, self.items_, self.users_)
        return self

    def _codes(self, columns: Any) -> Any:
        return np.asarray(columns @ np.arange(columns.shape[1])).ravel().astype(np.int64)

    def _solved(self, mine: Any, others: Any, ratings: Any, current: Any, fixed: Any) -> Any:
        """Return the biases and traits of one side that fit best, given those of the other."""
        result = np.zeros_like(current)
        order = np.argsort(mine, kind="stable")
        ends = np.searchsorted(mine[order], np.arange(len(current) + 1))
        for code in range(len(current)):
            rows = order[ends[code] : ends[code + 1]]
            if not len(rows):
                continue
            known = fixed[others[rows]]
            features = np.hstack([np.ones((len(rows), 1)), known[:, 1:]])
            rest = ratings[rows] - self.mean_ - known[:, 0]
            squares = features.T @ features + self.penalty * len(rows) * np.eye(features.shape[1])
            result[code] = np.linalg.solve(squares, features.T @ rest)
        return result

    def predict(self, X: Any) -> Any:
        """Return the ratings, shape (n_rows,)."""
        mine, others = X[:, : self.n_users] @ self.users_, X[:, self.n_users :] @ self.items_
        return self.rated(np.asarray(mine), np.asarray(others))

    def rated(self, users: Any, items: Any) -> Any:
        """Return the ratings for rows of biases and traits of users and of items."""
        found = self.mean_ + users[:, 0] + items[:, 0] + (users[:, 1:] * items[:, 1:]).sum(axis=1)
        return np.clip(found, self.low_, self.high_)
