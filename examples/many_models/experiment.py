"""The experiment: hourly bike rentals, trained on the file that the caller names."""

from typing import Any

PARAMETER = "Training data"
LABEL = "rentals"


def rental_experiment(dataset: str) -> dict[str, Any]:
    """Return the experiment document; it has no web service input: a parameter names its data.

    Parameters
    ----------
    dataset
        The file to train on if the parameter is not given.
    """
    return {
        "description": "Predicts bike rentals of a station",
        "modules": {
            "Data": {
                "module": "Import Data",
                "properties": {"Path to container, directory or blob": dataset},
            },
            "Split": {
                "module": "Split Data",
                "properties": {"Fraction of rows in the first output dataset": 0.8, "Random seed": 1},
            },
            "Learner": {
                "module": "Boosted Decision Tree Regression",
                "properties": {"Total number of trees constructed": 50, "Random number seed": 1},
            },
            "Train": {"module": "Train Model", "properties": {"Label column": LABEL}},
            "Score": {"module": "Score Model", "properties": {"Append score columns to output": False}},
            "Evaluate": {"module": "Evaluate Model"},
        },
        "connections": [
            {"from": ["Data", "Results dataset"], "to": ["Split", "Dataset"]},
            {"from": ["Learner", "Untrained model"], "to": ["Train", "Untrained model"]},
            {"from": ["Split", "Results dataset1"], "to": ["Train", "Dataset"]},
            {"from": ["Train", "Trained model"], "to": ["Score", "Trained model"]},
            {"from": ["Split", "Results dataset2"], "to": ["Score", "Dataset"]},
            {"from": ["Score", "Scored dataset"], "to": ["Evaluate", "Scored dataset"]},
        ],
        "webServiceOutputs": [
            {"name": "output1", "from": ["Train", "Trained model"]},
            {"name": "output2", "from": ["Evaluate", "Evaluation results"]},
        ],
        "webServiceParameters": [
            {
                "name": PARAMETER,
                "module": "Data",
                "property": "Path to container, directory or blob",
                "default": dataset,
            }
        ],
    }
