"""The entry script of azureml-inference-server-http; PEER_MODEL names the model."""

import json
import os

import joblib
import pandas as pd


def init() -> None:
    """Load the model."""
    global pipeline
    pipeline = joblib.load(os.environ["PEER_MODEL"])


def run(raw_data: str) -> list[float]:
    """Return the probability of each row."""
    rows = json.loads(raw_data)
    data = pd.DataFrame(rows["values"], columns=rows["columns"])
    return pipeline.predict_proba(data)[:, 1].tolist()
