"""The plain script that a training job is compared with: `python train.py people.csv logistic`."""

import json
import sys
import time
from pathlib import Path

import joblib
import pandas as pd
from fit import LABEL, make_pipelines
from sklearn.metrics import accuracy_score, f1_score, precision_score, recall_score, roc_auc_score
from sklearn.model_selection import train_test_split


def main() -> None:
    """Read, split, fit, score, evaluate, save; print the seconds and the metrics."""
    source, learner = Path(sys.argv[1]), sys.argv[2]
    started = time.perf_counter()
    data = pd.read_csv(source, na_values="?")
    inputs, truth = data.drop(columns=LABEL), (data[LABEL] == ">50K").astype(int)
    known, hold_out, labels, expected = train_test_split(inputs, truth, train_size=0.7, random_state=42)
    pipeline = make_pipelines(inputs)[learner].fit(known, labels)
    scores = pipeline.predict_proba(hold_out)[:, 1]
    found = scores >= 0.5
    metrics = {
        "AUC": roc_auc_score(expected, scores),
        "Accuracy": accuracy_score(expected, found),
        "Precision": precision_score(expected, found),
        "Recall": recall_score(expected, found),
        "F-Score": f1_score(expected, found),
    }
    joblib.dump(pipeline, source.with_name(f"plain-{learner}.joblib"))
    print(json.dumps({"seconds": time.perf_counter() - started, **metrics}))


if __name__ == "__main__":
    main()
