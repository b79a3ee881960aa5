"""FastAPI with a scikit-learn pipeline: `python serve.py model.joblib port`."""

import sys
from typing import Any

import joblib
import pandas as pd
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

pipeline = joblib.load(sys.argv[1])
app = FastAPI()


class Rows(BaseModel):
    """Rows to score."""

    columns: list[str]
    values: list[list[Any]]


@app.post("/score")
async def score(rows: Rows) -> dict[str, list[float]]:
    """Return the probability of each row."""
    data = pd.DataFrame(rows.values, columns=rows.columns)
    return {"probabilities": pipeline.predict_proba(data)[:, 1].tolist()}


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[2]), log_level="warning", access_log=False)
