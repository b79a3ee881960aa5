"""Permutation Feature Importance: how much worse a metric gets when a column is shuffled."""

from typing import Any

from studio.graph.contract import UINT32_MAX, Call, Effect, Kind, Module, Port, PortType, Property
from studio.graph.dataset import dataset_from_cells
from studio.graph.metrics import goodness
from studio.graph.scoring import known_truth, score_rows
from studio.model.importances import column_importances
from studio.model.manifest import CLUSTERING
from studio.model.saved import SavedModel
from studio.tables.schema import Cell, Column, ColumnType


def run(call: Call) -> tuple[Any, ...]:
    """Score the test data once for each of the model's columns, with that column shuffled."""
    model, dataset = call.inputs["Trained model"], call.inputs["Test data"]
    if isinstance(model, SavedModel):
        raise call.error("0013", "it needs a model that is trained in the same experiment, not one from a file.")
    if model.task == CLUSTERING:
        raise call.error("0013", "a clustering model has no metric to compare.")
    scored = score_rows(call, model, dataset)
    truth, known = known_truth(call, scored)
    losses = column_importances(
        model,
        scored.inputs[known],
        truth,
        goodness=goodness(call, model, call.properties["Metric for measuring performance"]),
        most=scored.inputs.shape[1],
        seed=call.properties["Random seed"],
    )
    columns = [Column("Feature", ColumnType.STRING), Column("Score", ColumnType.DOUBLE)]
    cells: list[list[Cell]] = [list(losses), list(losses.values())]
    return (dataset_from_cells(columns, cells),)


MODULES = (
    Module(
        name="Permutation Feature Importance",
        family="2e010ee4714e44e9933e62d8c41818a9",
        inputs=(Port("Trained model", PortType.TRAINED), Port("Test data", PortType.DATASET)),
        outputs=(Port("Feature importance", PortType.DATASET),),
        properties=(
            Property("Random seed", Kind.INTEGER, 0, 0, UINT32_MAX),
            Property(
                "Metric for measuring performance",
                Kind.CHOICE,
                "Accuracy",
                choices=(
                    "Accuracy",
                    "Precision",
                    "Recall",
                    "Average Log Loss",
                    "Mean Absolute Error",
                    "Root Mean Squared Error",
                    "Relative Absolute Error",
                    "Relative Squared Error",
                    "Coefficient of Determination",
                ),
            ),
        ),
        run=run,
        effect=Effect.TABLE,
        notes=(
            "Scores say how much worse the metric gets (positive for errors too); an uninformative column has about 0.",
        ),
    ),
)
