"""Estimators that scikit-learn lacks, built from its own classes."""

import warnings
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, ClusterMixin, RegressorMixin, TransformerMixin, clone
from sklearn.cluster import KMeans
from sklearn.decomposition import TruncatedSVD
from sklearn.ensemble import RandomForestRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, PoissonRegressor
from sklearn.svm import OneClassSVM
from sklearn.utils import check_array
from sklearn.utils.multiclass import check_classification_targets

from studio.model.elastic_net import LOGISTIC, MAX_TOLERANCE, MULTINOMIAL, POISSON, Problem, Solution, solve

ROWS_AT_ONCE = 256


class QuantileForest(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """A regression forest that predicts quantiles of the training labels in a row's leaves.

    Each leaf keeps at most `leaf_samples` labels, evenly spaced among its sorted labels; a quantile is taken over the
    samples of all trees together.

    References
    ----------
    N. Meinshausen, Quantile Regression Forests, Journal of Machine Learning Research 7 (2006).
    """

    def __init__(self, forest: Any = None, quantiles: tuple[float, ...] = (0.5,), leaf_samples: int = 100) -> None:
        self.forest = forest
        self.quantiles = quantiles
        self.leaf_samples = leaf_samples

    def fit(self, X: Any, y: Any) -> "QuantileForest":
        """Fit the forest to (n_rows, n_columns) and (n_rows,), and fill its leaves with labels."""
        self.forest_ = clone(RandomForestRegressor() if self.forest is None else self.forest).fit(X, y)
        leaves = self.forest_.apply(X)
        nodes = [tree.tree_.node_count for tree in self.forest_.estimators_]
        self.offsets_ = np.concatenate([[0], np.cumsum(nodes)[:-1]])
        members = [np.sort(y[leaves[:, tree] == leaf]) for tree in range(len(nodes)) for leaf in range(nodes[tree])]
        width = min(self.leaf_samples, max(len(labels) for labels in members))
        places = (np.arange(width) + 0.5) / width
        self.samples_ = np.zeros((sum(nodes), width))
        for node, labels in enumerate(members):
            if len(labels):
                self.samples_[node] = labels[(places * len(labels)).astype(int)]
        return self

    def predict(self, X: Any) -> Any:
        """Return the quantiles, shape (n_rows, n_quantiles)."""
        leaves = self.forest_.apply(X) + self.offsets_
        blocks = [self._quantiles(leaves[at : at + ROWS_AT_ONCE]) for at in range(0, len(leaves), ROWS_AT_ONCE)]
        return np.concatenate(blocks)

    def _quantiles(self, leaves: Any) -> Any:
        pooled = np.sort(self.samples_[leaves].reshape(len(leaves), -1), axis=1)
        lower, upper, share = self.positions
        return pooled[:, lower] + (pooled[:, upper] - pooled[:, lower]) * share

    @property
    def positions(self) -> tuple[Any, Any, Any]:
        """The quantiles' positions among a row's samples: the index below, the index above, the fraction between."""
        exact = np.array(self.quantiles) * (self.samples_.shape[1] * len(self.offsets_) - 1)
        lower = np.floor(exact).astype(np.int64)
        return lower, np.ceil(exact).astype(np.int64), exact - lower


class PcaAnomalyDetector(BaseEstimator):  # type: ignore[misc]
    """Scores rows from 0 to 1 by how badly the principal components reconstruct them.

    The score is e / (e + t) for the squared error e. The threshold t, where the score is 0.5, is three standard
    deviations above the mean error in training.
    """

    def __init__(
        self, n_components: int = 2, n_oversamples: int = 2, centre: bool = False, random_state: int = 0
    ) -> None:
        self.n_components = n_components
        self.n_oversamples = n_oversamples
        self.centre = centre
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None) -> "PcaAnomalyDetector":
        """Find the components of (n_rows, n_columns)."""
        self.mean_ = X.mean(axis=0) if self.centre else np.zeros(X.shape[1])
        decomposition = TruncatedSVD(
            self.n_components, n_oversamples=self.n_oversamples, random_state=self.random_state
        )
        self.components_ = decomposition.fit(X - self.mean_).components_
        errors = self.errors(X)
        self.threshold_ = float(max(errors.mean() + 3 * errors.std(), 1e-9))
        return self

    def errors(self, X: Any) -> Any:
        """Return the squared reconstruction errors, shape (n_rows,)."""
        centred = X - self.mean_
        rest = centred - (centred @ self.components_.T) @ self.components_
        return (rest**2).sum(axis=1)

    def predict(self, X: Any) -> Any:
        """Return the scores, shape (n_rows,)."""
        errors = self.errors(X)
        return errors / (errors + self.threshold_)


class OneClassDetector(BaseEstimator):  # type: ignore[misc]
    """Scores rows from 0 to 1 by a one-class support vector machine's decision function; 0.5 is its boundary."""

    def __init__(self, nu: float = 0.1, tol: float = 0.001) -> None:
        self.nu = nu
        self.tol = tol

    def fit(self, X: Any, y: Any = None) -> "OneClassDetector":
        """Fit the machine; the standard deviation of its decisions is the unit of the score."""
        self.machine_ = OneClassSVM(nu=self.nu, tol=self.tol, gamma="scale").fit(X)
        self.spread_ = float(max(self.machine_.decision_function(X).std(), 1e-9))
        return self

    def predict(self, X: Any) -> Any:
        """Return the scores, shape (n_rows,)."""
        return 1 / (1 + np.exp(self.machine_.decision_function(X) / self.spread_))


class ExactKMeans(TransformerMixin, ClusterMixin, BaseEstimator):  # type: ignore[misc]
    """K-means with distances computed from squared differences; with `cosine`, rows are first scaled to length 1.

    scikit-learn's distances lose half of their digits near a centre, because it subtracts squared lengths.
    """

    def __init__(self, kmeans: Any = None, cosine: bool = False) -> None:
        self.kmeans = kmeans
        self.cosine = cosine

    def fit(self, X: Any, y: Any = None) -> "ExactKMeans":
        """Find the centres of (n_rows, n_columns)."""
        self.kmeans_ = clone(KMeans() if self.kmeans is None else self.kmeans).fit(self.directions(X))
        return self

    def directions(self, X: Any) -> Any:
        """Return the rows to cluster."""
        if not self.cosine:
            return X
        lengths = np.sqrt((X**2).sum(axis=1, keepdims=True))
        return X / np.where(lengths == 0, 1, lengths)

    def transform(self, X: Any) -> Any:
        """Return the distances to the centres, shape (n_rows, n_clusters)."""
        rows = self.directions(X)
        return np.column_stack([np.sqrt(((rows - c) ** 2).sum(axis=1)) for c in self.kmeans_.cluster_centers_])


class PairwiseClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """One two-class model per pair of classes; a class's probability is its mean over the pairs it is in.

    scikit-learn's one-vs-one classifier returns votes, not probabilities.
    """

    def __init__(self, estimator: Any = None) -> None:
        self.estimator = estimator

    def fit(self, X: Any, y: Any) -> "PairwiseClassifier":
        """Fit one model to the rows of each pair of classes."""
        self.classes_ = np.unique(y)
        self.pairs_ = [(a, b) for b in range(len(self.classes_)) for a in range(b)]
        self.estimators_ = []
        for a, b in self.pairs_:
            rows = np.flatnonzero((y == self.classes_[a]) | (y == self.classes_[b]))
            self.estimators_.append(clone(self.estimator).fit(X[rows], (y[rows] == self.classes_[b]).astype(int)))
        return self

    def predict_proba(self, X: Any) -> Any:
        """Return the probabilities of the classes, shape (n_rows, n_classes)."""
        sums = np.zeros((X.shape[0], len(self.classes_)))
        for (a, b), estimator in zip(self.pairs_, self.estimators_, strict=True):
            second = estimator.predict_proba(X)[:, 1]
            sums[:, b] += second
            sums[:, a] += 1 - second
        return sums / len(self.pairs_)

    def predict(self, X: Any) -> Any:
        """Return the most probable classes, shape (n_rows,)."""
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


class ElasticNetLogistic(LogisticRegression):  # type: ignore[misc]
    """scikit-learn's logistic regression with an L1 penalty, solved here instead of by SAGA, to the same objective.

    `C` and `l1_ratio` mean what they mean there: L1 is `l1_ratio / C`, L2 is `(1 - l1_ratio) / C`.
    """

    def fit(self, X: Any, y: Any, sample_weight: None = None) -> "ElasticNetLogistic":
        """Fit to (n_rows, n_columns), dense or sparse, and (n_rows,); warns if the solver did not arrive."""
        rows = check_array(X, accept_sparse="csr", dtype=np.float64)
        check_classification_targets(y)
        self.classes_, truth = np.unique(y, return_inverse=True)
        several = len(self.classes_) > 2
        found = solve(
            Problem(
                rows,
                truth if several else truth.astype(np.float64),
                MULTINOMIAL if several else LOGISTIC,
                self.l1_ratio / self.C,
                (1 - self.l1_ratio) / self.C,
                min(self.tol, MAX_TOLERANCE),
                len(self.classes_) if several else 0,
            )
        )
        self.coef_ = found.weights.T if several else found.weights[np.newaxis]
        self.intercept_ = np.atleast_1d(found.intercept)
        self.n_features_in_, self.n_iter_ = rows.shape[1], np.array([found.steps])
        _warn_unless_arrived(found)
        return self


class ElasticNetPoisson(PoissonRegressor):  # type: ignore[misc]
    """scikit-learn's Poisson regression with an L1 penalty beside its own.

    Parameters
    ----------
    alpha
        The L2 weight, of the mean loss.
    l1
        The L1 weight, of the mean loss.
    """

    def __init__(self, *, alpha: float = 1.0, l1: float = 0.0, tol: float = 1e-4, max_iter: int = 100) -> None:
        super().__init__(alpha=alpha, tol=tol, max_iter=max_iter)
        self.l1 = l1

    def fit(self, X: Any, y: Any, sample_weight: None = None) -> "ElasticNetPoisson":
        """Fit to (n_rows, n_columns), dense or sparse, and (n_rows,); warns if the solver did not arrive."""
        rows = check_array(X, accept_sparse="csr", dtype=np.float64)
        truth = np.asarray(y, dtype=np.float64)
        if (truth < 0).any() or not truth.sum() > 0:
            raise ValueError("Some value(s) of y are out of the valid range of the Poisson loss.")
        n_rows = len(truth)
        found = solve(
            Problem(rows, truth, POISSON, self.l1 * n_rows, self.alpha * n_rows, min(self.tol, MAX_TOLERANCE))
        )
        self.coef_, self.intercept_ = found.weights, float(found.intercept)
        self.n_features_in_, self.n_iter_ = rows.shape[1], found.steps
        self._base_loss = self._get_loss()
        _warn_unless_arrived(found)
        return self


def _warn_unless_arrived(found: Solution) -> None:
    if not found.arrived:
        warnings.warn(
            f"the solver stopped after {found.steps} steps before it arrived at the smallest objective",
            ConvergenceWarning,
            stacklevel=3,
        )
