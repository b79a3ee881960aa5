"""A BentoML service; PEER_MODEL names the model."""

import os
from typing import Any

import bentoml
import joblib
import pandas as pd


@bentoml.service(workers=1)
class Scorer:
    """Scores rows."""

    def __init__(self) -> None:
        self.pipeline = joblib.load(os.environ["PEER_MODEL"])

    @bentoml.api
    def score(self, columns: list[str], values: list[list[Any]]) -> list[float]:
        """Return the probability of each row."""
        data = pd.DataFrame(values, columns=columns)
        return self.pipeline.predict_proba(data)[:, 1].tolist()
