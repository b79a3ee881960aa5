"""Vectorizers in an estimator's document: which column each one reads, and what it counts there.

They are found in the document alone, without scikit-learn, before the estimator is made: the encoder counts the
texts, and `CountedTexts` takes the vectorizer's place.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from studio.model.scikit.codec import EstimatorError
from studio.model.tokens import MAX_WIDTH, TOKEN_PATTERNS, TokenText, learn_vocabulary

ROOM = "sklearn.feature_extraction.text."
COUNTS, TFIDF, HASHES = ROOM + "CountVectorizer", ROOM + "TfidfVectorizer", ROOM + "HashingVectorizer"
VECTORIZERS = (COUNTS, TFIDF, HASHES)
COUNTED_TEXTS = "studio.model.scikit.counted.CountedTexts"
PIPELINE, COLUMNS = "sklearn.pipeline.Pipeline", "sklearn.compose.ColumnTransformer"
# What a search tries is no part of the path that rows take.
TRIED = ("param_grid", "param_distributions")
ENGLISH = "english"


@dataclass(frozen=True, slots=True)
class TextReading:
    """What a vectorizer counts in a column, and which tokens it keeps if it has no vocabulary of its own."""

    column: str
    operation: TokenText
    least: float = 1
    most: float = 1.0
    limit: int | None = None

    def learned(self, texts: Sequence[Any]) -> TokenText:
        """Return the operation with the vocabulary of texts.

        Raises
        ------
        EstimatorError
            If no token is left, or there are more than a model can have columns.
        """
        if self.operation.buckets or self.operation.grams:
            return self.operation
        found = learn_vocabulary(self.operation, texts, self.least, self.most, self.limit)
        if not found:
            raise EstimatorError(
                f"no token of the column '{self.column}' is left. Lower min_df, raise max_df, or look whether the "
                "texts have words other than stop words."
            )
        if len(found) > MAX_WIDTH:
            raise EstimatorError(
                f"the texts of the column '{self.column}' have {len(found):,} different tokens; a model can have "
                f"{MAX_WIDTH:,}. Set max_features, or raise min_df."
            )
        return replace(self.operation, grams=found)


# Takes what a vectorizer counts; returns the first column of the counts in the matrix, and how many there are.
Placing = Callable[[TextReading], tuple[int, int]]


def find_readings(document: Mapping[str, Any], columns: Sequence[str]) -> tuple[TextReading, ...]:
    """Return what the vectorizers of a checked document count, each once.

    Parameters
    ----------
    columns
        The names of the data frame's columns.

    Raises
    ------
    EstimatorError
        If a vectorizer does not read one column by name, or has a parameter that is not supported.
    """
    found: dict[TextReading, None] = {}

    def note(reading: TextReading) -> tuple[int, int]:
        found.setdefault(reading)
        return 0, 0

    replace_vectorizers(document, columns, note)
    return tuple(found)


def replace_vectorizers(document: Mapping[str, Any], columns: Sequence[str], place: Placing) -> dict[str, Any]:
    """Return a document with CountedTexts in place of each vectorizer; errors as of find_readings."""
    return _Walk(columns, place).estimator(document, columns[0] if len(columns) == 1 else None, "")


class _Walk:
    """Walks through a document along with the column that reaches each part, None if several do."""

    def __init__(self, columns: Sequence[str], place: Placing) -> None:
        self._columns = columns
        self._place = place

    def estimator(self, value: Mapping[str, Any], column: str | None, path: str) -> dict[str, Any]:
        name, parameters = value["estimator"], value.get("parameters") or {}
        if name in VECTORIZERS:
            return self._counted(name, parameters, column, path)
        changed = {}
        for key, item in parameters.items():
            shown = f"{path}.{key}" if path else key
            if name == COLUMNS and key == "transformers":
                changed[key] = self._parts(item, shown)
            elif name == PIPELINE and key == "steps":
                steps = enumerate(item) if isinstance(item, list) else ()
                changed[key] = [self.value(step, None if at else column, f"{shown}[{at}]") for at, step in steps]
            else:
                changed[key] = self.value(item, None if key in TRIED else column, shown)
        return {**value, "parameters": changed} if parameters else dict(value)

    def value(self, value: Any, column: str | None, path: str) -> Any:
        if isinstance(value, list):
            return [self.value(item, column, f"{path}[{index}]") for index, item in enumerate(value)]
        if not isinstance(value, dict):
            return value
        if "estimator" in value:
            return self.estimator(value, column, path)
        return {key: self.value(item, column, path) for key, item in value.items()}

    def _parts(self, parts: Any, path: str) -> Any:
        found: list[Any] = []
        for part in parts if isinstance(parts, list) else ():
            items = part["tuple"] if isinstance(part, dict) and "tuple" in part else part
            if not isinstance(items, list) or len(items) != 3:
                return parts
            made = [items[0], self.value(items[1], self._column(items[2]), f"{path}['{items[0]}']"), items[2]]
            found.append({"tuple": made})
        return found

    def _column(self, chosen: Any) -> str | None:
        if isinstance(chosen, str):
            return chosen
        if type(chosen) is int and -len(self._columns) <= chosen < len(self._columns):
            return self._columns[chosen]
        return None

    def _counted(self, name: str, parameters: Mapping[str, Any], column: str | None, path: str) -> dict[str, Any]:
        shown = path or "the estimator"
        if column is None or column not in self._columns:
            raise EstimatorError(
                f"{shown} is a {name.rpartition('.')[2]}, which must read one text column: name it in a "
                f"ColumnTransformer as a text, such as (TfidfVectorizer(), '{_example(self._columns)}'), not in a list."
            )
        start, width = self._place(_reading(name, parameters, column, shown))
        weights = {"norm": "l2", "use_idf": True} if name == TFIDF else {"norm": "l2"} if name == HASHES else {}
        given = ("norm", "use_idf", "smooth_idf", "sublinear_tf") if name == TFIDF else ("norm",)
        weights |= {key: parameters[key] for key in given if key in parameters and name != COUNTS}
        return {"estimator": COUNTED_TEXTS, "parameters": {"start": start, "width": width, **weights}}


def _example(columns: Sequence[str]) -> str:
    return columns[0] if columns else "comment"


def _reading(name: str, given: Mapping[str, Any], column: str, path: str) -> TextReading:
    pattern = given.get("token_pattern", TokenText().pattern)
    if pattern not in TOKEN_PATTERNS:
        raise EstimatorError(
            f"{path}.token_pattern is {str(pattern)[:80]!r}. Accepted: {', '.join(sorted(TOKEN_PATTERNS))}."
        )
    smallest, largest = _range(given.get("ngram_range"), path)
    try:
        operation = TokenText(
            grams=_vocabulary(given.get("vocabulary"), path),
            buckets=int(given.get("n_features", 1 << 20)) if name == HASHES else 0,
            signed=bool(given.get("alternate_sign", True)) and name == HASHES,
            analyzer=given.get("analyzer", "word"),
            lowercase=bool(given.get("lowercase", True)),
            accents=given.get("strip_accents") or "",
            pattern=pattern,
            smallest=smallest,
            largest=largest,
            stop_words=_stop_words(given.get("stop_words"), path),
            binary=bool(given.get("binary", False)),
        )
    except (ValueError, TypeError) as error:
        hint = f" Set n_features to {MAX_WIDTH:,} or less." if name == HASHES else ""
        raise EstimatorError(f"{path} cannot be used in a web service: {error}.{hint}") from error
    least, most, limit = given.get("min_df", 1), given.get("max_df", 1.0), given.get("max_features")
    if type(least) not in (int, float) or type(most) not in (int, float) or type(limit) not in (int, type(None)):
        raise EstimatorError(f"{path}: min_df, max_df and max_features must be numbers.")
    return TextReading(column, operation, least, most, limit)


def _range(value: Any, path: str) -> tuple[int, int]:
    items = value.get("tuple") if isinstance(value, dict) else value
    if items is None:
        return 1, 1
    if not isinstance(items, list) or len(items) != 2 or not all(type(item) is int for item in items):
        raise EstimatorError(f"{path}.ngram_range must be two whole numbers, such as (1, 2).")
    return items[0], items[1]


def _vocabulary(value: Any, path: str) -> tuple[str, ...]:
    if value is None:
        return ()
    if isinstance(value, dict) and isinstance(value.get("dict"), list):
        pairs = sorted((place, token) for token, place in value["dict"])
        if [place for place, _ in pairs] != list(range(len(pairs))):
            raise EstimatorError(f"{path}.vocabulary must number its tokens from 0 without gaps.")
        value = [token for _, token in pairs]
    if not isinstance(value, list) or not all(isinstance(token, str) for token in value):
        raise EstimatorError(f"{path}.vocabulary must be a list of texts, or a dict of their numbers.")
    return tuple(value)


def _stop_words(value: Any, path: str) -> tuple[str, ...]:
    if value is None:
        return ()
    if value == ENGLISH:
        from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

        return tuple(sorted(ENGLISH_STOP_WORDS))
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        raise EstimatorError(f"{path}.stop_words must be 'english' or a list of words.")
    return tuple(value)
