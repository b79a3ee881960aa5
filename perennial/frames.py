"""Data frames as the app's tables: written as CSV with what CSV does not say, and read with their types.

pandas is imported when a frame is used, never before: the client itself does not need it.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from perennial.errors import PerennialError

MAX_COLUMNS = 10_000
DATES, TEXTS, CATEGORIES = "dates", "texts", "categories"
LABEL = "label"


@dataclass(frozen=True)
class TrainingTable:
    """A frame with its label as the last column, and the columns whose type the file does not show."""

    frame: Any
    features: tuple[str, ...]
    label: str | None
    dates: tuple[str, ...]
    texts: tuple[str, ...]
    categories: tuple[str, ...]

    @property
    def label_values(self) -> int | None:
        """The number of different labels; None without a label."""
        return None if self.label is None else int(self.frame[self.label].nunique())

    def write(self, path: Path) -> None:
        """Write the frame as CSV; numbers are written so that the same number is read."""
        self.frame.to_csv(path, index=False, date_format="%Y-%m-%dT%H:%M:%S.%f")


def as_frame(values: Any) -> Any:
    """Return columns as a pandas data frame with text names.

    Parameters
    ----------
    values
        A data frame of pandas, or of a library that converts to pandas, or an array of shape (n_rows, n_columns).

    Raises
    ------
    PerennialError
        If it is none of these, has no columns or too many, or two columns of one name.
    """
    import pandas as pd

    if hasattr(values, "toarray") or hasattr(values, "sparse"):
        raise _refused("X is sparse. Pass X.toarray() or a data frame.")
    if not isinstance(values, pd.DataFrame):
        if hasattr(values, "to_pandas"):
            values = values.to_pandas()
        elif getattr(values, "ndim", None) == 2:
            values = pd.DataFrame(values, columns=[f"x{index}" for index in range(values.shape[1])])
        else:
            raise _refused(f"X must be a data frame or an array of two dimensions, got {type(values).__name__}.")
    names = [str(name) for name in values.columns]
    if not names or len(names) > MAX_COLUMNS:
        raise _refused(f"X must have 1 to {MAX_COLUMNS:,} columns, got {len(names):,}. Select those that matter.")
    twice = {name for name in names if names.count(name) > 1} if len(set(names)) < len(names) else set()
    if twice:
        raise _refused(f"two columns of X are named '{min(twice)}'. Rename one.")
    return values.set_axis(names, axis=1)


def training_table(features: Any, target: Any) -> TrainingTable:
    """Return features and a target as one table; PerennialError says what does not fit."""
    import pandas as pd
    from pandas.api import types

    frame = as_frame(features)
    if not len(frame):
        raise _refused("X has no rows.")
    names = tuple(frame.columns)
    label = None
    if target is not None:
        values = pd.Series(target) if getattr(target, "ndim", 1) == 1 else None
        if values is None:
            raise _refused("y must have one dimension: a service predicts one label.")
        if len(values) != len(frame):
            raise _refused(f"X has {len(frame):,} rows and y has {len(values):,}.")
        values = values.set_axis(frame.index)
        label = str(getattr(target, "name", None) or LABEL)
        _check_label(frame, values, label)
        frame = frame.assign(**{label: values})
    frame = frame.assign(**{name: frame[name].astype(object) for name in names if types.is_object_dtype(frame[name])})
    texts = [name for name in frame.columns if _is_text(frame[name])]
    return TrainingTable(
        frame,
        names,
        label,
        tuple(name for name in names if types.is_datetime64_any_dtype(frame[name])),
        tuple(name for name in texts if _looks_like_numbers(frame[name])),
        tuple(name for name in names if isinstance(frame[name].dtype, pd.CategoricalDtype)),
    )


def rows_of(frame: Any, features: tuple[str, ...]) -> list[list[Any]]:
    """Return the rows of a frame as JSON, in the order of the service's columns.

    Raises
    ------
    PerennialError
        If columns are missing; the message lists them and what the frame has.
    """
    from pandas.api import types

    lacking = [name for name in features if name not in frame.columns]
    if lacking:
        raise _refused(
            f"X lacks the column{'s' if len(lacking) > 1 else ''} {', '.join(map(repr, lacking[:20]))}, which the "
            f"service was trained on. It has: {', '.join(map(repr, list(frame.columns)[:20]))}."
        )
    columns = []
    for name in features:
        values = frame[name]
        if types.is_datetime64_any_dtype(values):
            cells = values.dt.strftime("%Y-%m-%dT%H:%M:%S.%f").astype(object)
        else:
            cells = values.astype(object)
        columns.append(cells.where(values.notna(), None).tolist())
    return [list(row) for row in zip(*columns, strict=True)]


def typed_frame(table: dict[str, Any], index: Any) -> Any:
    """Return a table of the wire, whose cells are texts, as a frame with the types it names."""
    import pandas as pd

    names, kinds = table["ColumnNames"], table["ColumnTypes"]
    columns = zip(*table["Values"], strict=True) if table["Values"] else [()] * len(names)
    made = {}
    for name, kind, cells in zip(names, kinds, columns, strict=True):
        made[name] = _typed(pd.Series(list(cells), dtype=object), kind)
    return pd.DataFrame(made).set_axis(index, axis=0)


def _typed(cells: Any, kind: str) -> Any:
    import pandas as pd

    missing = cells.isna()
    if kind == "Double":
        return pd.to_numeric(cells).astype("float64")
    if kind in ("Int32", "Int64"):
        return pd.to_numeric(cells).astype("Int64" if missing.any() else "int64")
    if kind == "Boolean":
        flags = cells.map({"True": True, "False": False})
        return flags.astype("boolean" if missing.any() else "bool")
    if kind == "DateTime":
        return pd.to_datetime(cells, format="ISO8601")
    return cells.astype("str") if hasattr(pd.options, "future") else cells


def _check_label(frame: Any, values: Any, label: str) -> None:
    if label in frame.columns:
        raise _refused(f"X has the column '{label}', which is y's name. Leave the label out of X, or rename y.")
    if values.isna().all():
        raise _refused("y has no values.")
    for name in frame.columns:
        column = frame[name]
        if values.nunique() > 1 and column.dtype == values.dtype and (column.to_numpy() == values.to_numpy()).all():
            raise _refused(f"the column '{name}' of X is the same as y: the model would only repeat it. Leave it out.")


def _is_text(values: Any) -> bool:
    from pandas.api import types

    return bool(types.is_string_dtype(values) or types.is_object_dtype(values))


def _looks_like_numbers(values: Any) -> bool:
    """Return whether a column of texts would be read as something else."""
    import pandas as pd

    known = values.dropna()
    if not len(known) or not all(isinstance(value, str) for value in known.head(1000)):
        return False
    lower = known.str.strip().str.lower()
    return bool(pd.to_numeric(known, errors="coerce").notna().all() or lower.isin(("true", "false")).all())


def _refused(message: str) -> PerennialError:
    # The argument y keeps its name at the start of a sentence.
    shown = message if message.startswith("y ") else f"{message[0].upper()}{message[1:]}"
    return PerennialError(0, "InvalidData", shown)
