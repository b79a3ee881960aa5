"""Data frames to train on, as the app's tables: with what CSV does not say, and refused if they do not fit.

pandas is imported when a frame is used, never before: the client itself does not need it.
"""

from dataclasses import dataclass
from typing import Any

from perennial.any_frame import is_frame, known_frame
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
    def label_type(self) -> Any:
        """The categories of the label, if it has such a type; else None."""
        import pandas as pd

        kind = None if self.label is None else self.frame[self.label].dtype
        return kind if isinstance(kind, pd.CategoricalDtype) else None

    @property
    def label_values(self) -> int | None:
        """The number of different labels; None without a label."""
        return None if self.label is None else int(self.frame[self.label].nunique())


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
        elif is_frame(values) and not isinstance(values, pd.Series):
            known = known_frame(values)
            values = known.to_pandas() if hasattr(known, "to_pandas") else known
        if isinstance(values, pd.Series):
            # A pipeline that begins with a vectorizer takes one column of texts.
            values = values.to_frame("text" if values.name is None else values.name)
        elif isinstance(values, pd.DataFrame):
            pass
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
            raise _refused(
                "y must have one dimension: a service predicts one label. "
                "Publish the pipeline once for each column of y."
            )
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
