"""Score Model: append a trained model's scores to a dataset."""

from typing import Any

from studio.graph.dataset import Dataset, DatasetColumn, Role, Scored, cells_to_array
from studio.graph.palette import Call, Kind, Module, Port, PortType, Property
from studio.graph.training import encode_dataset
from studio.model.pipeline import score_with_pipeline
from studio.model.scores import scored_cells
from studio.model.steps import PlanColumn


def run(call: Call) -> tuple[Any, ...]:
    """Score the rows with the fitted pipeline."""
    import pandas as pd

    model, dataset = call.inputs["Trained model"], call.inputs["Dataset"]
    encoded = encode_dataset(call, model.encoder, dataset)
    scores = score_with_pipeline(model.pipeline, model.task, encoded)
    columns, arrays = [], {}
    if call.properties["Append score columns to output"]:
        columns = [column for column in dataset.columns if column.name not in {item.name for item in model.outputs}]
        arrays = {column.name: dataset.frame[column.name].to_numpy() for column in columns}
    for column, cells in zip(model.outputs, scored_cells(scores, model.task, model.label, model.labels), strict=True):
        columns.append(DatasetColumn(PlanColumn(column, column), Role.SCORE))
        arrays[column.name] = cells_to_array(cells, column.type)
    frame = pd.DataFrame(arrays, index=dataset.frame.index)
    truth = dataset.cells(model.label.name) if model.label.name in dataset.names else None
    return (Dataset(tuple(columns), frame, frame, Scored(model, encoded, scores, truth)),)


MODULE = Module(
    name="Score Model",
    family="401b4f92e7244d5abe81d5b0ff9bdb33",
    inputs=(Port("Trained model", PortType.TRAINED), Port("Dataset", PortType.DATASET)),
    outputs=(Port("Scored dataset", PortType.DATASET),),
    properties=(Property("Append score columns to output", Kind.BOOLEAN, True),),
    run=run,
)
