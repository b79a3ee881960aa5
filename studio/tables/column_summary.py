"""What there is to show of a column: how many cells are missing, statistics, a histogram, the most frequent values.

Numbers are exact up to MAX_SORTED rows; of more, the median, the number of distinct values, the histogram and the most
frequent values are those of a sample of so many rows, spread evenly.
"""

import math
from typing import Any

import numpy as np

from studio.tables.schema import ColumnType

BINS, TOP, MAX_SORTED = 20, 10, 200_000
MAX_TEXT = 200
Summary = dict[str, Any]


def summarise_column(name: str, type_: ColumnType, values: Any) -> Summary:
    """Return the summary of a column.

    Parameters
    ----------
    values
        Of a text column an arrow array of texts; of any other an ndarray of shape (n_rows,), float64, NaN for missing
        cells, with Booleans as 0 and 1, and times as seconds since 1970.
    """
    found = _texts(values) if type_ is ColumnType.STRING else _numbers(values)
    return {"name": name, "type": type_.value, **found}


def _numbers(values: Any) -> Summary:
    present = values[~np.isnan(values)]
    missing = len(values) - len(present)
    if not len(present):
        return {"missing": missing, "unique": 0}
    ordered = np.sort(present if len(present) <= MAX_SORTED else present[_places(len(present))])
    starts = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
    with np.errstate(all="ignore"):
        found = {
            "mean": present.mean(),
            "median": ordered[[(len(ordered) - 1) // 2, len(ordered) // 2]].mean(),
            "min": present.min(),
            "max": present.max(),
            "std": present.std(ddof=1) if len(present) > 1 else 0.0,
        }
    counts = np.diff(np.append(starts, len(ordered)))
    return {
        "missing": missing,
        "unique": len(starts),
        **{key: _finite(value) for key, value in found.items()},
        "histogram": _histogram(ordered),
        "top": _top(ordered[starts], counts) if len(starts) <= TOP else [],
    }


def _texts(values: Any) -> Summary:
    import pyarrow as pa
    import pyarrow.compute as pc

    missing = values.null_count
    if len(values) > MAX_SORTED:
        values = values.take(pa.array(_places(len(values))))
    counted = pc.value_counts(values.drop_null())
    order = pc.sort_indices(counted.field("counts"), sort_keys=[("", "descending")]) if len(counted) else []
    shown = counted.take(order[:TOP]) if len(counted) else []
    top = [{"value": shorten(item["values"].as_py()), "count": item["counts"].as_py()} for item in shown]
    return {"missing": missing, "unique": len(counted), "top": top}


def shorten(text: str, most: int = MAX_TEXT) -> str:
    """Return a text, or its beginning."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _places(count: int) -> Any:
    return np.linspace(0, count - 1, MAX_SORTED).astype(np.int64)


def _histogram(ordered: Any) -> Summary | None:
    """Return the histogram of ordered numbers, without those that are infinite."""
    finite = ordered[np.searchsorted(ordered, -np.inf, "right") : np.searchsorted(ordered, np.inf, "left")]
    if not len(finite):
        return None
    low, high = float(finite[0]), float(finite[-1])
    with np.errstate(all="ignore"):
        edges = np.linspace(low, high, BINS + 1) if low < high else np.array([low, high])
    if not np.isfinite(edges).all():
        return None
    inner = np.searchsorted(finite, edges[1:-1], "left")
    counts = np.diff(np.concatenate(([0], inner, [len(finite)])))
    return {"edges": edges.tolist(), "counts": counts.tolist()}


def _top(values: Any, counts: Any) -> list[Summary]:
    order = np.argsort(-counts, kind="stable")
    return [{"value": _finite(values[place]), "count": int(counts[place])} for place in order]


def _finite(value: Any) -> float | None:
    return float(value) if math.isfinite(value) else None
