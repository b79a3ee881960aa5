"""Assign Data to Clusters: append the nearest cluster and the distance to every cluster."""

from typing import Any

from studio.graph.contract import Call, Effect, Kind, Module, Port, PortType, Property
from studio.graph.scoring import AS_TRAINED, AS_TRAINED_NOTE, score_dataset
from studio.model.manifest import CLUSTERING

APPEND = "Check for Append or Uncheck for Result Only"


def run(call: Call) -> tuple[Any, ...]:
    """Assign each row to the cluster whose centre is nearest."""
    model = call.inputs["Trained model"]
    if model.task != CLUSTERING:
        raise call.error("0013", f"it needs a clustering model, got one for {model.task}. Use Score Model.")
    return (score_dataset(call, model, call.inputs["Dataset"], append=call.properties[APPEND]),)


MODULES = (
    Module(
        name="Assign Data to Clusters",
        family="20a0683a07f94a08a89b44b3bbaae382",
        inputs=(Port("Trained model", PortType.TRAINED), Port("Dataset", PortType.DATASET)),
        outputs=(Port("Results dataset", PortType.DATASET),),
        properties=(Property(APPEND, Kind.BOOLEAN, True), AS_TRAINED),
        run=run,
        effect=Effect.TABLE,
        notes=(
            "The dataset needs the columns the clusters were trained on, with the same names and types.",
            AS_TRAINED_NOTE,
        ),
    ),
)
