"""What stands for a vectorizer in the process that fits: the encoder has counted the texts (model/tokens.py).

The frame has the number of its row where the text was, so that a pipeline may select, split and resample rows as it
likes; the counts are those of the matrix that is being fitted or scored.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.feature_extraction.text import TfidfTransformer

# The matrices that are in use, the latest last, each with the number of its first row. The process has one thread.
_given: list[tuple[Any, int]] = []


@contextmanager
def counts_given(matrix: Any, first: int = 0) -> Iterator[None]:
    """Let vectorizers read a matrix (n_rows, n_inputs), whose rows have numbers from `first` on."""
    _given.append((matrix, first))
    try:
        yield
    finally:
        _given.pop()


def row_names(rows: int) -> Any:
    """Return the numbers of the rows of the matrix in use as a column of texts."""
    import pandas as pd

    first = _given[-1][1] if _given else 0
    return pd.array([str(first + row) for row in range(rows)], dtype="str")


class CountedTexts(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Gives the counts of a column's texts, weighted as TfidfVectorizer does.

    Parameters
    ----------
    start, width
        Which columns of the matrix hold the counts.
    norm, use_idf, smooth_idf, sublinear_tf
        As of TfidfTransformer.
    """

    def __init__(
        self,
        start: int = 0,
        width: int = 0,
        norm: str | None = None,
        use_idf: bool = False,
        smooth_idf: bool = True,
        sublinear_tf: bool = False,
    ) -> None:
        self.start = start
        self.width = width
        self.norm = norm
        self.use_idf = use_idf
        self.smooth_idf = smooth_idf
        self.sublinear_tf = sublinear_tf

    def set_params(self, **params: Any) -> "CountedTexts":
        """Set parameters; ValueError for those of a vectorizer that decide what is counted."""
        unknown = sorted(params.keys() - {"norm", "use_idf", "smooth_idf", "sublinear_tf"})
        if unknown:
            raise ValueError(
                f"'{unknown[0]}' of a vectorizer cannot be searched: texts are counted once, before the search. Give "
                "it one value."
            )
        super().set_params(**params)
        return self

    def fit(self, X: Any, y: Any = None) -> "CountedTexts":
        """Learn how rare each token is."""
        self.weights_ = TfidfTransformer(
            norm=self.norm, use_idf=self.use_idf, smooth_idf=self.smooth_idf, sublinear_tf=self.sublinear_tf
        ).fit(self._counts(X))
        return self

    def transform(self, X: Any) -> Any:
        """Return the weighted counts of rows, a sparse matrix of shape (n_rows, width)."""
        return self.weights_.transform(self._counts(X))

    def get_feature_names_out(self, names: Any = None) -> Any:
        """Return names for the columns."""
        return np.array([f"token{place}" for place in range(self.width)], dtype=object)

    def _counts(self, X: Any) -> Any:
        from scipy.sparse import csr_matrix

        matrix, first = _given[-1]
        rows = np.asarray(X, dtype=object).reshape(-1).astype(np.int64) - first
        return csr_matrix(matrix[rows, self.start : self.start + self.width])
