"""The experiment: 70 of 100 drawings train a network by Adam in batches of 256, the others judge it."""

from typing import Any

from examples.drawings.data import LABEL

TRAINER, EVALUATION = "Train Model", "Evaluate Model"


def drawing_experiment(dataset: str, epochs: int) -> dict[str, Any]:
    """Return the experiment document for a file of drawings."""
    return {
        "description": "Recognises drawings",
        "modules": {
            "Import Data": {
                "module": "Import Data",
                "properties": {"Path to container, directory or blob": dataset},
            },
            "Split Data": {
                "module": "Split Data",
                "properties": {
                    "Fraction of rows in the first output dataset": 0.7,
                    "Stratified split": "True",
                    "Stratification key column": LABEL,
                },
            },
            "Network": {
                "module": "Multiclass Neural Network",
                "properties": {
                    "Number of hidden nodes": "256, 128",
                    "Optimizer": "Adam",
                    "Activation of hidden nodes": "ReLU",
                    "Batch size": 256,
                    "Number of learning iterations": epochs,
                    "Early stopping": True,
                    "Random number seed": 1,
                },
            },
            TRAINER: {"module": "Train Model", "properties": {"Label column": LABEL}},
            "Score Model": {"module": "Score Model", "properties": {"Append score columns to output": False}},
            EVALUATION: {"module": "Evaluate Model"},
        },
        "connections": [
            {"from": ["Import Data", "Results dataset"], "to": ["Split Data", "Dataset"]},
            {"from": ["Network", "Untrained model"], "to": [TRAINER, "Untrained model"]},
            {"from": ["Split Data", "Results dataset1"], "to": [TRAINER, "Dataset"]},
            {"from": [TRAINER, "Trained model"], "to": ["Score Model", "Trained model"]},
            {"from": ["Split Data", "Results dataset2"], "to": ["Score Model", "Dataset"]},
            {"from": ["Score Model", "Scored dataset"], "to": [EVALUATION, "Scored dataset"]},
        ],
        "webServiceInputs": [{"name": "input1", "to": ["Score Model", "Dataset"]}],
        "webServiceOutputs": [
            {"name": "output1", "from": [TRAINER, "Trained model"]},
            {"name": "output2", "from": [EVALUATION, "Evaluation results"]},
        ],
    }
