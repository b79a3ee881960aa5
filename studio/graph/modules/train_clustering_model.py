"""Train Clustering Model: find clusters in a dataset."""

from dataclasses import replace
from typing import Any

from studio.graph.column_selection import pick_columns
from studio.graph.contract import Call, Effect, Kind, Module, Port, PortType, Property
from studio.graph.dataset import Dataset, DatasetColumn, Role
from studio.graph.scoring import score_dataset
from studio.graph.training import train
from studio.model.manifest import CLUSTERING

APPEND = "Check for Append or Uncheck for Result Only"


def run(call: Call) -> tuple[Any, ...]:
    """Fit the clusters to the selected columns and assign each row to one."""
    untrained, dataset = call.inputs["Untrained model"], call.inputs["Dataset"]
    if untrained.task != CLUSTERING:
        raise call.error(
            "0013",
            f"it needs a clustering learner, but {untrained.learner} is for {untrained.task}. Use its Train module.",
        )
    picked = pick_columns(call, dataset, call.properties["Column Set"])
    if len(dataset.frame) < len(untrained.labels):
        raise call.error(
            "0021", f"{len(untrained.labels)} clusters need at least that many rows, got {len(dataset.frame)}."
        )
    model = train(call, untrained, _with_features(dataset, picked), None)
    return model, score_dataset(call, model, dataset, append=call.properties[APPEND])


def _with_features(dataset: Dataset, picked: list[str]) -> Dataset:
    """Return the dataset with the selected columns as features; a label column stays the label."""

    def role(column: DatasetColumn) -> Role:
        if column.name in picked:
            return Role.FEATURE
        return Role.LABEL if column.role is Role.LABEL else Role.NONE

    return dataset.with_columns([replace(column, role=role(column)) for column in dataset.columns], {})


MODULES = (
    Module(
        name="Train Clustering Model",
        family="bb43c744f7fa41d0ae6774ae75da3ffd",
        inputs=(Port("Untrained model", PortType.UNTRAINED), Port("Dataset", PortType.DATASET)),
        outputs=(Port("Trained model", PortType.TRAINED), Port("Results dataset", PortType.DATASET)),
        properties=(
            Property("Column Set", Kind.COLUMNS, {"select": "features"}),
            Property(APPEND, Kind.BOOLEAN, True),
        ),
        run=run,
        effect=Effect.TABLE,
    ),
)
