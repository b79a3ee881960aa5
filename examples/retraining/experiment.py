"""The tutorial's training experiment: import, mark missing values, split, train, score, evaluate."""

from collections.abc import Mapping
from typing import Any

BOOSTED_TREE = "Two-Class Boosted Decision Tree"
LOGISTIC_REGRESSION = "Two-Class Logistic Regression"
DECISION_FOREST = "Multiclass Decision Forest"
BOOSTED_REGRESSION = "Boosted Decision Tree Regression"


def training_experiment(
    dataset: str, label: str, learner: str = BOOSTED_TREE, reading: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return the experiment document.

    Parameters
    ----------
    dataset
        Name of a dataset in the workspace; a cell `?` means missing.
    label
        The column to predict.
    learner
        The learner module to train. A split for one of several classes keeps their shares.
    reading
        Properties of Import Data that say how the dataset is read.
    """
    several = learner == DECISION_FOREST
    # The one learner here without the property; its seed is the same in each run.
    seed = {} if several else {"Random number seed": 42}
    stratified = {"Stratified split": "True", "Stratification key column": label} if several else {}
    return {
        "description": f"Predicts {label}",
        "modules": {
            "Data": {
                "module": "Import Data",
                "properties": {"Path to container, directory or blob": dataset, **(reading or {})},
            },
            "Mark missing values": {
                "module": "Convert to Dataset",
                "properties": {"Action": "SetMissingValues", "Custom Missing Value": "?"},
            },
            "Split": {
                "module": "Split Data",
                "properties": {"Fraction of rows in the first output dataset": 0.7, "Random seed": 42, **stratified},
            },
            "Learner": {"module": learner, "properties": seed},
            "Train": {"module": "Train Model", "properties": {"Label column": label}},
            "Score": {"module": "Score Model"},
            "Evaluate": {"module": "Evaluate Model"},
        },
        "connections": [
            {"from": ["Data", "Results dataset"], "to": ["Mark missing values", "Dataset"]},
            {"from": ["Mark missing values", "Results dataset"], "to": ["Split", "Dataset"]},
            {"from": ["Learner", "Untrained model"], "to": ["Train", "Untrained model"]},
            {"from": ["Split", "Results dataset1"], "to": ["Train", "Dataset"]},
            {"from": ["Train", "Trained model"], "to": ["Score", "Trained model"]},
            {"from": ["Split", "Results dataset2"], "to": ["Score", "Dataset"]},
            {"from": ["Score", "Scored dataset"], "to": ["Evaluate", "Scored dataset"]},
        ],
        "webServiceInputs": [{"name": "input1", "to": ["Mark missing values", "Dataset"]}],
        "webServiceOutputs": [
            {"name": "output1", "from": ["Train", "Trained model"]},
            {"name": "output2", "from": ["Evaluate", "Evaluation results"]},
        ],
    }
