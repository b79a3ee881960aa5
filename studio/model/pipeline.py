"""The scikit-learn pipeline that training fits: on the encoder's matrix, so that text is seen by the encoder alone.

Linear models get imputed, standardised numbers; trees get them as they are. Categories are one-hot either way;
codes that training did not see are all zeros.
"""

from typing import Any

from studio.model.encoder import Encoder


def build_pipeline(encoder: Encoder, estimator: Any, *, scaled: bool) -> Any:
    """Return an unfitted Pipeline of a ColumnTransformer `columns` and the estimator.

    Parameters
    ----------
    scaled
        True for linear models: mean for missing numbers, zero mean and unit variance, sparse one-hot columns.
    """
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    n_numbers, n_features = len(encoder.numbers), len(encoder.features)
    transformers: list[tuple[str, Any, list[int]]] = []
    if n_numbers:
        impute = SimpleImputer(strategy="mean", keep_empty_features=True)
        numbers = Pipeline([("impute", impute), ("scale", StandardScaler())]) if scaled else "passthrough"
        transformers.append(("numbers", numbers, list(range(n_numbers))))
    if encoder.categories:
        one_hot = OneHotEncoder(
            categories=[[float(code) for code in feature.known_codes] for feature in encoder.categories],
            handle_unknown="ignore",
            sparse_output=scaled,
        )
        transformers.append(("categories", one_hot, list(range(n_numbers, n_features))))
    columns = ColumnTransformer(transformers, sparse_threshold=1.0 if scaled else 0.0)
    return Pipeline([("columns", columns), ("estimator", estimator)])


def score_with_pipeline(pipeline: Any, task: str, matrix: Any) -> Any:
    """Return scikit-learn's scores, ndarray of shape (n_rows, 1): positive class probability, or the prediction."""
    if task == "two-class":
        return pipeline.predict_proba(matrix)[:, 1:]
    return pipeline.predict(matrix).reshape(-1, 1)
