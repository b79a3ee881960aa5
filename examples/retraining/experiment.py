"""The tutorial's training experiment: import, mark missing values, split, train, score, evaluate."""

from collections.abc import Mapping
from typing import Any

from perennial.experiment_draft import training_document

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
    document = training_document(dataset, label, learner)
    modules = document["modules"]
    modules["Data"]["properties"] |= reading or {}
    several = learner == DECISION_FOREST
    if several:
        modules["Split"]["properties"] |= {"Stratified split": "True", "Stratification key column": label}
    # The one learner here without the property; its seed is the same in each run.
    modules["Learner"]["properties"] = {} if several else {"Random number seed": 42}
    return document
