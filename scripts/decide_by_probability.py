"""A script for Execute Python Script after Score Model: adds the column `decision`, by the scored probability."""

import numpy as np
import pandas as pd

ACCEPT, DECLINE = 0.7, 0.3
COLUMN = "Scored Probabilities"


def azureml_main(dataframe1: pd.DataFrame, dataframe2: pd.DataFrame | None = None) -> tuple[pd.DataFrame]:
    """Return the scored rows with `accept`, `decline` or, in between, `review`; a row without a score is to review."""
    probability = dataframe1[COLUMN]
    decision = np.select([probability >= ACCEPT, probability <= DECLINE], ["accept", "decline"], "review")
    return (dataframe1.assign(decision=decision),)
