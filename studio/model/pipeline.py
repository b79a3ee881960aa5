"""The scikit-learn pipeline that training fits. Its input is the encoder's matrix; only the encoder handles text.

Trees take numbers unchanged; for all others missing numbers are replaced with means, and most scale numbers.
Categories are always one-hot encoded; codes not seen in training are all zeros.
"""

from enum import StrEnum
from typing import Any

from studio.model.encoder import Encoder
from studio.model.manifest import CLUSTERING, MULTICLASS, TWO_CLASS
from studio.model.operations import Matrix

NORMALIZER_BINS = 32


class Scaling(StrEnum):
    """The preparation of numbers that an estimator needs."""

    NONE = "as they are, missing included"
    IMPUTED = "mean for missing"
    STANDARD = "mean for missing, zero mean and unit variance"
    MIN_MAX = "mean for missing, from 0 to 1"
    BINNED = "mean for missing, number of the quantile bin from 0 to 1"


def build_pipeline(encoder: Encoder, estimator: Any, scaling: Scaling, *, sparse: bool) -> Any:
    """Return an unfitted Pipeline of a ColumnTransformer `columns` and the estimator.

    Parameters
    ----------
    sparse
        Whether the one-hot columns, and with them all columns, may be sparse.
    """
    from sklearn.compose import ColumnTransformer
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import OneHotEncoder

    n_numbers, n_features = len(encoder.numbers), len(encoder.features)
    transformers: list[tuple[str, Any, list[int]]] = []
    if n_numbers:
        transformers.append(("numbers", _number_transformer(scaling), list(range(n_numbers))))
    if encoder.categories:
        one_hot = OneHotEncoder(
            categories=[[float(code) for code in feature.known_codes] for feature in encoder.categories],
            handle_unknown="ignore",
            sparse_output=sparse,
        )
        transformers.append(("categories", one_hot, list(range(n_numbers, n_features))))
    columns = ColumnTransformer(transformers, sparse_threshold=1.0 if sparse else 0.0)
    return Pipeline([("columns", columns), ("estimator", estimator)])


def score_with_pipeline(pipeline: Any, task: str, inputs: Matrix) -> Matrix:
    """Return scikit-learn's scores for the learner's inputs, ndarray of shape (n_rows, score_width), float64."""
    scores: Matrix
    if task == TWO_CLASS:
        scores = pipeline.predict_proba(inputs)[:, 1:]
    elif task == MULTICLASS:
        scores = pipeline.predict_proba(inputs)
    elif task == CLUSTERING:
        scores = pipeline.transform(inputs)
    else:
        scores = pipeline.predict(inputs)
        scores = scores.reshape(len(inputs), -1)
    return scores


def _number_transformer(scaling: Scaling) -> Any:
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import KBinsDiscretizer, MinMaxScaler, StandardScaler

    if scaling is Scaling.NONE:
        return "passthrough"
    steps: list[tuple[str, Any]] = [("impute", SimpleImputer(strategy="mean", keep_empty_features=True))]
    if scaling is Scaling.STANDARD:
        steps.append(("scale", StandardScaler()))
    if scaling is Scaling.BINNED:
        method = {"strategy": "quantile", "quantile_method": "averaged_inverted_cdf", "subsample": None}
        steps.append(("bin", KBinsDiscretizer(NORMALIZER_BINS, encode="ordinal", **method)))
    if scaling in (Scaling.MIN_MAX, Scaling.BINNED):
        steps.append(("scale", MinMaxScaler()))
    return Pipeline(steps)
