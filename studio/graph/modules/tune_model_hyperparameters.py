"""Tune Model Hyperparameters: try the values in a learner's ranges and keep the best model."""

import math
import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from studio.graph.column_selection import pick_label
from studio.graph.contract import UINT32_MAX, Call, Effect, Kind, Module, Port, PortType, Property
from studio.graph.dataset import Dataset, dataset_from_cells
from studio.graph.metrics import goodness
from studio.graph.sampling import even_folds, shuffled_rows
from studio.graph.scoring import known_truth, score_rows
from studio.graph.training import SUPERVISED, TrainingData, fit_model, for_label, prepare
from studio.model.evaluation import Evaluation, evaluate_scores
from studio.model.importances import Goodness
from studio.model.manifest import MULTICLASS, TWO_CLASS
from studio.model.trained import TrainedModel, UntrainedModel
from studio.tables.schema import Cell, Column, ColumnType

MODE, GRID, RANDOM, RANDOM_GRID = "Specify parameter sweeping mode", "Entire grid", "Random sweep", "Random grid"
CLASS_METRIC = "Metric for measuring performance for classification"
NUMBER_METRIC = "Metric for measuring performance for regression"
FOLDS = 5
MAX_RUNS = 10_000
GRID_SEED = "Random seed for random grid"
# Above this, combinations are drawn without a list of all; NumPy numbers them up to the second figure.
MAX_SHUFFLED, MAX_NUMBERED = 1_000_000, 2**62


def run(call: Call) -> tuple[Any, ...]:
    """Evaluate each combination of values on the validation dataset or by cross-validation, then train the best."""
    from joblib import Parallel, delayed

    untrained: UntrainedModel = call.inputs["Untrained model"]
    dataset: Dataset = call.inputs["Training dataset"]
    if untrained.task not in SUPERVISED:
        raise call.error("0013", f"{untrained.learner} learns without a label, so there is no metric to compute.")
    label = pick_label(call, dataset, call.properties["Name or numerical index of the label column"])
    untrained = for_label(untrained, dataset, label)
    data = prepare(call, untrained, dataset, label)
    tried = [replace(untrained, properties=untrained.properties | values) for values in _combinations(call, untrained)]
    validation = call.inputs.get("Validation dataset")
    judge = _on_folds if validation is None else _on_validation
    found = Parallel(n_jobs=os.cpu_count() or 1, prefer="threads")(
        delayed(_in_time)(judge, call, len(tried), candidate, data, validation) for candidate in tried
    )
    best = max(range(len(found)), key=lambda index: _rank(found[index][0]))
    model = fit_model(call, tried[best], data, draw=False)
    return _sweep_results(call, untrained, tried, found), model


def _in_time(
    judge: Callable[..., tuple[float, Evaluation]], call: Call, total: int, *given: Any
) -> tuple[float, Evaluation]:
    with call.helping():
        found = judge(call, *given)
    if call.journal is not None:
        call.journal.add(call.title, "combination", total, found[0])
    return found


def _rank(value: float) -> float:
    return float("-inf") if np.isnan(value) else value


def _combinations(call: Call, untrained: UntrainedModel) -> list[dict[str, Any]]:
    """Return the property values of each run, without duplicates."""
    grid, properties = untrained.grid, call.properties
    sizes = [len(values) for values in grid.values()]
    total = math.prod(sizes)
    mode = properties[MODE]
    if mode == RANDOM:
        rng = np.random.default_rng(properties["Random seed"])
        runs = properties["Maximum number of runs on random sweep"] if grid else 1
        drawn = [{name: _between(rng, values) for name, values in grid.items()} for _ in range(runs)]
        return list({tuple(values.items()): values for values in drawn}.values())
    if mode == GRID and total > MAX_RUNS:
        raise call.error(
            "0007", f"the entire grid must have at most {MAX_RUNS} combinations, got {total}. Use Random grid."
        )
    if mode == RANDOM_GRID:
        chosen = _drawn(total, properties["Maximum number of runs on random grid"], properties[GRID_SEED])
    else:
        chosen = np.arange(total)
    return (
        [
            {
                name: values[int(place)]
                for (name, values), place in zip(grid.items(), np.unravel_index(number, sizes), strict=True)
            }
            for number in chosen.tolist()
        ]
        if sizes
        else [{}]
    )


def _drawn(total: int, runs: int, seed: int) -> Any:
    """Return the numbers of different combinations, drawn at random, in ascending order."""
    if total > MAX_SHUFFLED:
        return np.unique(np.random.default_rng(seed).integers(min(total, MAX_NUMBERED), size=runs))
    return np.sort(shuffled_rows(total, seed)[:runs])


def _between(rng: Any, values: tuple[Any, ...]) -> int | float:
    """Draw a number between the smallest and the greatest value of a range, on a logarithmic scale if it is wide."""
    low, high = min(values), max(values)
    drawn = (
        float(np.exp(rng.uniform(np.log(low), np.log(high))))
        if low > 0 and high >= 10 * low
        else rng.uniform(low, high)
    )
    return round(drawn) if all(isinstance(value, int) for value in values) else float(drawn)


def _on_validation(
    call: Call, candidate: UntrainedModel, data: TrainingData, validation: Dataset
) -> tuple[float, Evaluation]:
    model = fit_model(call, candidate, data, draw=False, trial=True)
    scored = score_rows(call, model, validation)
    truth, known = known_truth(call, scored)
    return _judged(call, model, truth, scored.scores[known])


def _on_folds(call: Call, candidate: UntrainedModel, data: TrainingData, _: None) -> tuple[float, Evaluation]:
    """Evaluate the scores of all rows, each scored by a model that was trained without it."""
    n_rows = len(data.inputs)
    folds = even_folds(n_rows, FOLDS, 0, data.target if data.classes else None)
    scores: Any = None
    for fold in range(min(FOLDS, n_rows)):
        inside, outside = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        if data.classes and data.lacks_classes(inside):
            raise call.error("0083", f"each label value needs at least {FOLDS} rows for {FOLDS}-fold cross-validation.")
        model = fit_model(call, candidate, data.rows(inside), draw=False, trial=True)
        part = model.score_inputs(data.inputs[outside])
        scores = np.empty((n_rows, part.shape[1])) if scores is None else scores
        scores[outside] = part
    return _judged(call, model, data.target, scores)


def _judged(call: Call, model: TrainedModel, truth: Any, scores: Any) -> tuple[float, Evaluation]:
    measure: Goodness = goodness(call, model, _metric(call, model.task))
    return measure(truth, scores), evaluate_scores(model.task, truth, scores, model.labels)


def _metric(call: Call, task: str) -> str:
    name: str = call.properties[CLASS_METRIC if task in (TWO_CLASS, MULTICLASS) else NUMBER_METRIC]
    return name


def _sweep_results(
    call: Call, untrained: UntrainedModel, tried: list[UntrainedModel], found: list[tuple[float, Evaluation]]
) -> Dataset:
    """Return one row per run, the best first: the values tried, then the metrics."""
    order = sorted(range(len(tried)), key=lambda index: -_rank(found[index][0]))
    cells: dict[str, list[Cell]] = {name: [tried[index].properties[name] for index in order] for name in untrained.grid}
    for metric in found[0][1].metrics:
        cells[metric] = [found[index][1].metrics[metric] for index in order]
    columns = [
        Column(name, ColumnType.INT64 if all(isinstance(value, int) for value in values) else ColumnType.DOUBLE)
        for name, values in cells.items()
    ]
    return dataset_from_cells(columns, list(cells.values()))


MODULES = (
    Module(
        name="Tune Model Hyperparameters",
        family="038d91b6c2f242a192151f2c20ed1b40",
        inputs=(
            Port("Untrained model", PortType.UNTRAINED),
            Port("Training dataset", PortType.DATASET),
            Port("Validation dataset", PortType.DATASET, optional=True),
        ),
        outputs=(Port("Sweep results", PortType.DATASET), Port("Trained best model", PortType.TRAINED)),
        properties=(
            Property(MODE, Kind.CHOICE, RANDOM, choices=(GRID, RANDOM, RANDOM_GRID)),
            Property("Maximum number of runs on random sweep", Kind.INTEGER, 5, 1, MAX_RUNS, when=(MODE, (RANDOM,))),
            Property("Random seed", Kind.INTEGER, 0, 0, UINT32_MAX, when=(MODE, (RANDOM,))),
            Property(
                "Maximum number of runs on random grid", Kind.INTEGER, 5, 1, MAX_RUNS, when=(MODE, (RANDOM_GRID,))
            ),
            Property(GRID_SEED, Kind.INTEGER, 0, 0, UINT32_MAX, when=(MODE, (RANDOM_GRID,))),
            Property("Name or numerical index of the label column", Kind.COLUMNS, optional=True),
            Property(
                CLASS_METRIC,
                Kind.CHOICE,
                "Accuracy",
                choices=("Accuracy", "Precision", "Recall", "F-score", "AUC", "Average Log Loss", "Train Log Loss"),
            ),
            Property(
                NUMBER_METRIC,
                Kind.CHOICE,
                "Mean absolute error",
                choices=(
                    "Mean absolute error",
                    "Root of mean squared error",
                    "Relative absolute error",
                    "Relative squared error",
                    "Coefficient of determination",
                ),
            ),
        ),
        run=run,
        effect=Effect.TABLE,
        library="joblib, one thread per core",
        notes=(
            "Without a validation dataset, runs are cross-validated on five folds. All rows train the final model.",
            "A random sweep draws between the ends of each range, on a logarithmic scale if the range is wide.",
            "F-score and AUC are for two-class learners. Train Log Loss means Average Log Loss.",
        ),
    ),
)
