"""Fits the models that peers serve, in a peer's environment: `python fit.py people.csv folder`."""

import sys
from pathlib import Path

import joblib
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

LABEL = "income"


def make_pipelines(data: pd.DataFrame) -> dict[str, object]:
    """Return the two unfitted learners, with the preprocessing that a careful person writes by hand."""
    numbers = list(data.select_dtypes("number").columns)
    texts = [name for name in data.columns if name not in numbers]
    scaled = make_pipeline(SimpleImputer(), StandardScaler())
    one_hot = OneHotEncoder(handle_unknown="ignore")
    dense = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    trees = HistGradientBoostingClassifier(
        max_iter=100, max_leaf_nodes=20, min_samples_leaf=10, learning_rate=0.2, early_stopping=False, random_state=42
    )
    return {
        "logistic": make_pipeline(
            make_column_transformer((scaled, numbers), (one_hot, texts)), LogisticRegression(max_iter=1000)
        ),
        "boosted": make_pipeline(make_column_transformer(("passthrough", numbers), (dense, texts)), trees),
    }


def main() -> None:
    """Fit and save both."""
    source, folder = Path(sys.argv[1]), Path(sys.argv[2])
    data = pd.read_csv(source, na_values="?")
    inputs, truth = data.drop(columns=LABEL), (data[LABEL] == ">50K").astype(int)
    folder.mkdir(parents=True, exist_ok=True)
    for name, pipeline in make_pipelines(inputs).items():
        joblib.dump(pipeline.fit(inputs, truth), folder / f"{name}.joblib")


if __name__ == "__main__":
    main()
