"""Score Model: append a trained model's scores to a dataset."""

from typing import Any

from studio.graph.contract import Call, Effect, Kind, Module, Port, PortType, Property
from studio.graph.scoring import AS_TRAINED, AS_TRAINED_NOTE, score_dataset
from studio.model.manifest import CLUSTERING


def run(call: Call) -> tuple[Any, ...]:
    """Score the rows with the fitted pipeline."""
    model = call.inputs["Trained model"]
    if model.task == CLUSTERING:
        raise call.error("0013", "the model is a clustering model. Use Assign Data to Clusters.")
    append = call.properties["Append score columns to output"]
    return (score_dataset(call, model, call.inputs["Dataset"], append=append),)


MODULES = (
    Module(
        name="Score Model",
        family="401b4f92e7244d5abe81d5b0ff9bdb33",
        inputs=(Port("Trained model", PortType.TRAINED), Port("Dataset", PortType.DATASET)),
        outputs=(Port("Scored dataset", PortType.DATASET),),
        properties=(Property("Append score columns to output", Kind.BOOLEAN, True), AS_TRAINED),
        run=run,
        effect=Effect.TABLE,
        notes=(AS_TRAINED_NOTE,),
    ),
)
