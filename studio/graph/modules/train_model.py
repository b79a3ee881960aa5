"""Train Model: fit a learner to a dataset."""

from typing import Any

from studio.graph.column_selection import pick_label
from studio.graph.contract import Call, Effect, Kind, Module, Port, PortType, Property
from studio.graph.training import SUPERVISED, train
from studio.model.trained import UntrainedModel


def run(call: Call) -> tuple[Any, ...]:
    """Fit the untrained model to all feature columns; the label is the selected column or the one marked as label."""
    untrained: UntrainedModel = call.inputs["Untrained model"]
    if untrained.task not in SUPERVISED:
        raise call.error(
            "0013", f"{untrained.learner} learns without labels. Use the Train module for {untrained.task}."
        )
    dataset = call.inputs["Dataset"]
    return (train(call, untrained, dataset, pick_label(call, dataset, call.properties["Label column"])),)


MODULES = (
    Module(
        name="Train Model",
        family="5cc7053eaa30450d96c0dae4be720977",
        inputs=(Port("Untrained model", PortType.UNTRAINED), Port("Dataset", PortType.DATASET)),
        outputs=(Port("Trained model", PortType.TRAINED),),
        properties=(
            Property("Label column", Kind.COLUMNS, optional=True),
            Property("Model explanations", Kind.BOOLEAN, False),
        ),
        run=run,
        effect=Effect.TABLE,
        notes=(
            "Rows without a label are ignored. If Label column is not set, the column marked as label is used.",
            "Model explanations has no effect: evaluation.json always has the importance of each column.",
        ),
    ),
)
