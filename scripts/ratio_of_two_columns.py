"""A script for Execute Python Script: adds the column `ratio`, the first numeric column over the second."""

import pandas as pd


def azureml_main(dataframe1: pd.DataFrame, dataframe2: pd.DataFrame | None = None) -> tuple[pd.DataFrame]:
    """Return the data frame with the added column; division by 0 gives a missing value."""
    upper, lower = dataframe1.select_dtypes("number").columns[:2]
    ratio = dataframe1[upper] / dataframe1[lower].where(dataframe1[lower] != 0)
    return (dataframe1.assign(ratio=ratio),)
