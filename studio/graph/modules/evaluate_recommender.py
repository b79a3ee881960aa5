"""Evaluate Recommender: compare predicted ratings or recommended items with what users rated."""

from typing import Any

import numpy as np

from studio.graph.contract import Call, Module, Port, PortType
from studio.graph.dataset import Dataset, dataset_from_cells
from studio.graph.recommending import RATING, check_columns, keys_of
from studio.tables.schema import Column, ColumnType

TEST, SCORED = "Test dataset", "Scored dataset"


def run(call: Call) -> tuple[Any, ...]:
    """Return MAE and RMSE of predicted ratings, or NDCG of recommended items."""
    test, scored = call.inputs[TEST], call.inputs[SCORED]
    check_columns(call, test, 3, 3, TEST)
    ratings = test.columns[2]
    if not ratings.type.is_numeric or not scored.columns:
        raise call.error("0018", f"the third column of '{TEST}' must hold ratings as numbers.")
    known = _ratings(test)
    if scored.names[-1] == RATING and len(scored.names) == 3:
        return (_errors(call, known, scored),)
    places = [place for place, name in enumerate(scored.names) if name.startswith(("Item ", "Related "))]
    if not places:
        raise call.error("0018", f"'{SCORED}' must come from Score Matchbox Recommender: ratings or recommended items.")
    gains = _gains(known, scored, places)
    return (_table({"NDCG": float(np.mean(gains)) if gains else float("nan")}),)


def _ratings(test: Dataset) -> dict[tuple[str, str], float]:
    values = test.frame[test.names[2]].to_numpy(dtype=np.float64).tolist()
    triples = zip(keys_of(test, 0), keys_of(test, 1), values, strict=True)
    return {(user, item): value for user, item, value in triples if user and item and np.isfinite(value)}


def _errors(call: Call, known: dict[tuple[str, str], float], scored: Dataset) -> Dataset:
    predicted = _ratings(scored)
    differences = np.array([value - known[pair] for pair, value in predicted.items() if pair in known])
    if not len(differences):
        raise call.error("0021", "no predicted rating is of a user and an item in the test dataset.")
    return _table({"MAE": float(np.abs(differences).mean()), "RMSE": float(np.sqrt((differences**2).mean()))})


def _gains(known: dict[tuple[str, str], float], scored: Dataset, places: list[int]) -> list[float]:
    """Return each user's gain of the recommended items, relative to that of the best order of the rated ones."""
    rated: dict[str, list[float]] = {}
    for (user, _), value in known.items():
        rated.setdefault(user, []).append(value)
    gains = []
    columns = [keys_of(scored, place) for place in places]
    for row, key in enumerate(keys_of(scored, 0)):
        best = sorted(rated.get(key or "", ()), reverse=True)[: len(columns)]
        found = [known.get((key or "", keys[row] or ""), 0.0) for keys in columns]
        if _discounted(best) > 0:
            gains.append(_discounted(found) / _discounted(best))
    return gains


def _discounted(values: list[float]) -> float:
    return float(sum(value / np.log2(place + 2) for place, value in enumerate(values)))


def _table(metrics: dict[str, float]) -> Dataset:
    cells = [[None if np.isnan(value) else value] for value in metrics.values()]
    return dataset_from_cells([Column(name, ColumnType.DOUBLE) for name in metrics], cells)


MODULES = (
    Module(
        name="Evaluate Recommender",
        family="9c4d0cb5213e47859cc8d29ce467b9c8",
        inputs=(Port(TEST, PortType.DATASET), Port(SCORED, PortType.DATASET)),
        outputs=(Port("Metric", PortType.DATASET),),
        run=run,
        notes=(
            "Predicted ratings: mean absolute error and root of the mean squared error over pairs in both datasets. "
            "Recommended items: normalized discounted cumulative gain by the test ratings, the mean over users.",
        ),
    ),
)
