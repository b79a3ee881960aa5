"""Train Anomaly Detection Model: learn what normal rows look like."""

from typing import Any

from studio.graph.contract import Call, Effect, Module, Port, PortType
from studio.graph.training import train
from studio.model.manifest import ANOMALY


def run(call: Call) -> tuple[Any, ...]:
    """Fit the detector to all feature columns; a label column is left out, for Evaluate Model to use."""
    untrained = call.inputs["Untrained model"]
    if untrained.task != ANOMALY:
        raise call.error(
            "0013",
            f"it needs an anomaly detector, but {untrained.learner} is for {untrained.task}. Use its Train module.",
        )
    return (train(call, untrained, call.inputs["Dataset"], None),)


MODULES = (
    Module(
        name="Train Anomaly Detection Model",
        family="d6acbacea72d44b99878869115e02458",
        inputs=(Port("Untrained model", PortType.UNTRAINED), Port("Dataset", PortType.DATASET)),
        outputs=(Port("Trained model", PortType.TRAINED),),
        run=run,
        effect=Effect.TABLE,
        notes=("Mark a column of known anomalies as label with Edit Metadata to keep it out of training.",),
    ),
)
