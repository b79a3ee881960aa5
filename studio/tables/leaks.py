"""Columns that give the label away: a model learns nothing else, and they are unknown when it matters."""

from typing import Any

from studio.errors import BadUserArgument
from studio.tables.profile import Reading

# Fewer rows tell nothing; a column of more values may well tell the classes apart by itself.
MIN_ROWS, MAX_VALUES = 20, 50


def leaks(reading: Reading, label: str) -> dict[str, str]:
    """Return the columns that give the label away, each with why; a model would use nothing else.

    Raises
    ------
    BadUserArgument
        InputMismatchError if there is no column of that name.
    """
    names = [column.name for column in reading.columns]
    if label not in names:
        raise BadUserArgument(
            "InputMismatchError",
            f"There is no column '{label}'. The file has {', '.join(map(repr, names[:40]))}.",
            label,
        )
    frame = reading.table.to_pandas()
    found = {}
    for item in reading.profile.columns:
        name = item.column.name
        if name != label and not item.left_out and (why := gives_away(frame[name], frame[label])):
            found[name] = why
    return found


def gives_away(values: Any, label: Any) -> str:
    """Return why a column gives the label away; empty if it does not, or there are too few rows to tell.

    Parameters
    ----------
    values, label : pandas.Series of shape (n_rows,)
        The column and the label, with missing cells as NaN or None.
    """
    import pandas as pd

    both = values.notna() & label.notna()
    values, label = values[both], label[both]
    if len(values) < MIN_ROWS or label.nunique() < 2:
        return ""
    if pd.api.types.is_float_dtype(label) or label.nunique() > len(label) / 5:
        numbers = all(
            pd.api.types.is_numeric_dtype(item) and not pd.api.types.is_bool_dtype(item) for item in (values, label)
        )
        if numbers and values.nunique() > 1 and abs(values.corr(label)) > 0.999999:
            return "follows the label exactly, as if computed from it"
        return ""
    if values.nunique() <= min(len(values) / 5, MAX_VALUES) and (label.groupby(values).nunique() == 1).all():
        return "has the label in other words: each of its values occurs with one label only"
    return ""
