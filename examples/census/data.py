"""Rows like those of the 1994 census extract "Adult": 6 columns of numbers, 8 of text, missing values, two classes.

They are drawn at random, so there can be any number of rows and no licence applies. Shares, ranges and numbers of
levels are like the original's; who earns more than 50K follows a logistic model with noise.

References
----------
B. Becker, R. Kohavi, Adult, UCI Machine Learning Repository (1996), for the columns.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

NUMBERS = ("age", "fnlwgt", "education-num", "capital-gain", "capital-loss", "hours-per-week")
LEVELS = {
    "workclass": 8,
    "education": 16,
    "marital-status": 7,
    "occupation": 14,
    "relationship": 6,
    "race": 5,
    "sex": 2,
    "native-country": 41,
}
TEXTS = tuple(LEVELS)
LABEL = "income"
CLASSES = ("<=50K", ">50K")
MISSING_SHARES = {"fnlwgt": 0.02, "hours-per-week": 0.02, "workclass": 0.05, "occupation": 0.05, "native-country": 0.05}
MISSING = "?"
ROWS_AT_ONCE = 100_000


def write_census(path: Path, rows: int, seed: int = 0, *, label: bool = True) -> Path:
    """Write `rows` rows as CSV and return the path; the same seed writes the same bytes.

    Parameters
    ----------
    label
        Whether to write the column `income`, which training needs and scoring does not.
    """
    import pyarrow as pa
    import pyarrow.csv as pa_csv

    names = [*NUMBERS, *TEXTS, *((LABEL,) if label else ())]
    schema = pa.schema([(name, pa.string()) for name in names])
    with pa_csv.CSVWriter(path, schema, write_options=pa_csv.WriteOptions(quoting_style="none")) as writer:
        for columns in _draw(rows, np.random.default_rng(seed)):
            writer.write_batch(pa.record_batch([pa.array(columns[name], pa.string()) for name in names], schema))
    return path


def sample_rows(rows: int, seed: int = 0) -> list[dict[str, str | None]]:
    """Return rows for scoring, as text; a missing cell is None."""
    columns = next(_draw(rows, np.random.default_rng(seed)))
    cells = zip(*([*columns[name]] for name in (*NUMBERS, *TEXTS)), strict=True)
    return [
        {name: None if cell == MISSING else str(cell) for name, cell in zip((*NUMBERS, *TEXTS), row, strict=True)}
        for row in cells
    ]


def draw_table(rows: int, rng: np.random.Generator) -> dict[str, Any]:
    """Return rows as an array for each column: numbers as floats with NaN, texts as objects with None if missing.

    `score` is the probability of the class `>50K`, which a model that had learned everything would give the row.
    """
    drawn = _draw_parts(rows, rng, _weights())
    table: dict[str, Any] = {name: np.round(values) for name, values in drawn.numbers.items()}
    table |= {name: _levels(name).astype(object)[codes] for name, codes in drawn.codes.items()}
    for name, missing in drawn.missing.items():
        table[name][missing] = np.nan if name in NUMBERS else None
    return table | {"score": drawn.score}


class _Drawn(NamedTuple):
    """Rows: numbers, levels of texts, the probability of the second class, whether they are in it, missing cells."""

    numbers: dict[str, Any]
    codes: dict[str, Any]
    score: Any
    earns: Any
    missing: dict[str, Any]


def _draw(rows: int, rng: np.random.Generator) -> Iterator[dict[str, Any]]:
    """Yield text columns of at most ROWS_AT_ONCE rows at a time."""
    weights = _weights()
    for start in range(0, rows, ROWS_AT_ONCE):
        yield _draw_block(min(ROWS_AT_ONCE, rows - start), rng, weights)


def _weights() -> dict[str, Any]:
    levels = enumerate(LEVELS.items())
    return {name: np.random.default_rng(index).normal(0, 0.6, count) for index, (name, count) in levels}


def _levels(name: str) -> Any:
    return np.array([f"{name}-{level:02}" for level in range(LEVELS[name])])


def _draw_block(rows: int, rng: np.random.Generator, weights: dict[str, Any]) -> dict[str, Any]:
    drawn = _draw_parts(rows, rng, weights)
    columns = {name: np.round(values).astype(np.int64).astype(str) for name, values in drawn.numbers.items()}
    columns |= {name: _levels(name)[codes] for name, codes in drawn.codes.items()}
    for name, missing in drawn.missing.items():
        columns[name] = np.where(missing, MISSING, columns[name])
    columns[LABEL] = np.array(CLASSES)[drawn.earns.astype(int)]
    return columns


def _draw_parts(rows: int, rng: np.random.Generator, weights: dict[str, Any]) -> _Drawn:
    numbers = {
        "age": np.clip(rng.normal(38, 13, rows), 17, 90),
        "fnlwgt": rng.gamma(3.2, 59_000, rows),
        "education-num": np.clip(rng.normal(10, 2.6, rows), 1, 16),
        "capital-gain": np.where(rng.random(rows) < 0.08, rng.gamma(2, 6_000, rows), 0),
        "capital-loss": np.where(rng.random(rows) < 0.05, rng.normal(1_870, 370, rows), 0),
        "hours-per-week": np.clip(rng.normal(40, 12, rows), 1, 99),
    }
    codes = {name: np.minimum(rng.geometric(2.2 / (count + 2), rows) - 1, count - 1) for name, count in LEVELS.items()}
    score = (
        -2.3
        - 0.0012 * (numbers["age"] - 50) ** 2
        + 0.33 * (numbers["education-num"] - 10)
        + 0.03 * (numbers["hours-per-week"] - 40)
        + 0.0002 * numbers["capital-gain"]
        + sum(weights[name][codes[name]] for name in LEVELS)
    )
    probability = 1 / (1 + np.exp(-score))
    earns = rng.random(rows) < probability
    missing = {name: rng.random(rows) < share for name, share in MISSING_SHARES.items()}
    return _Drawn(numbers, codes, probability, earns, missing)
