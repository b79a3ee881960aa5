"""Converts datasets to the pandas data frames that scripts expect, and back."""

from collections import Counter
from typing import Any

import numpy as np

from studio.graph.contract import Call
from studio.graph.dataset import Dataset, make_dataset
from studio.tables.schema import Column, ColumnType


def frame_for_scripts(dataset: Dataset) -> Any:
    """Return the dataset as a data frame: dates as datetime64; Booleans and integers as such if none is missing."""
    import pandas as pd

    arrays: dict[str, Any] = {}
    for column in dataset.columns:
        values = dataset.frame[column.name].to_numpy()
        whole = values.dtype.kind == "f" and not np.isnan(values).any()
        if column.type is ColumnType.DATETIME:
            arrays[column.name] = pd.to_datetime(values, unit="s")
        elif column.type is ColumnType.BOOLEAN and whole:
            arrays[column.name] = values.astype(bool)
        elif column.type.is_integer and whole:
            arrays[column.name] = values.astype(np.int64)
        else:
            arrays[column.name] = values
    return pd.DataFrame(arrays)


def dataset_from_frame(call: Call, frame: Any) -> Dataset:
    """Return the dataset for a script's data frame.

    Raises
    ------
    ModuleExecutionError
        0028 if two columns have the same name, 0017 if a column is neither numbers, dates nor text.
    """
    import pandas as pd

    names = [str(name) for name in frame.columns]
    if len(set(names)) < len(names):
        raise call.error("0028", f"two columns are named '{Counter(names).most_common(1)[0][0]}'.")
    columns, arrays = [], {}
    for index, name in enumerate(names):
        values = frame.iloc[:, index]
        type_ = _type(call, name, values.dtype)
        if type_ is ColumnType.STRING:
            array = np.array([None if pd.isna(value) else str(value) for value in values], dtype=object)
        elif type_ is ColumnType.DATETIME:
            array = (values - pd.Timestamp(0)) / pd.Timedelta(seconds=1)
            array = array.to_numpy(dtype=np.float64, na_value=np.nan)
        else:
            array = values.to_numpy(dtype=np.float64, na_value=np.nan)
        columns.append(Column(name, type_))
        arrays[name] = array
    return make_dataset(columns, pd.DataFrame(arrays))


def _type(call: Call, name: str, dtype: Any) -> ColumnType:
    import pandas as pd
    from pandas.api import types

    if types.is_bool_dtype(dtype):
        return ColumnType.BOOLEAN
    if types.is_integer_dtype(dtype):
        return ColumnType.INT64
    if types.is_float_dtype(dtype):
        return ColumnType.DOUBLE
    if types.is_datetime64_dtype(dtype):
        return ColumnType.DATETIME
    if types.is_string_dtype(dtype) or types.is_object_dtype(dtype) or isinstance(dtype, pd.CategoricalDtype):
        return ColumnType.STRING
    raise call.error(
        "0017", f"the column '{name}' of the script's data frame must hold numbers, dates or text, got {dtype}."
    )
