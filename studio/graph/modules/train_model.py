"""Train Model: fit a learner to a dataset."""

from typing import Any

from studio.graph.column_selection import pick_column
from studio.graph.dataset import Dataset
from studio.graph.palette import Call, Kind, Module, Port, PortType, Property
from studio.graph.training import train


def run(call: Call) -> tuple[Any, ...]:
    """Fit the untrained model on all feature columns; the label column is picked, or marked by Edit Metadata."""
    dataset: Dataset = call.inputs["Dataset"]
    label = pick_column(call, dataset, call.properties["Label column"] or {"select": "labels"})
    return (train(call, call.inputs["Untrained model"], dataset, label),)


MODULE = Module(
    name="Train Model",
    family="5cc7053eaa30450d96c0dae4be720977",
    inputs=(Port("Untrained model", PortType.UNTRAINED), Port("Dataset", PortType.DATASET)),
    outputs=(Port("Trained model", PortType.TRAINED),),
    properties=(
        Property("Label column", Kind.COLUMNS, optional=True),
        Property("Model explanations", Kind.BOOLEAN, False),
    ),
    run=run,
)
