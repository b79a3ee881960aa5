"""Score Matchbox Recommender: predict ratings, or recommend items, related users or related items."""

from typing import Any

import numpy as np

from studio.graph.contract import Call, Kind, Module, Port, PortType, Property
from studio.graph.dataset import Dataset, dataset_from_cells
from studio.graph.recommending import (
    ITEM,
    RATING,
    USER,
    check_columns,
    check_recommender,
    codes_of,
    keys_of,
    traits_of,
)
from studio.model.trained import TrainedModel
from studio.tables.schema import Column, ColumnType

MODEL, DATA, TRAINING = "Trained Matchbox recommender", "Dataset to score", "Training data"
KIND = "Recommender prediction kind"
RATINGS, ITEMS, USERS, RELATED = "Rating Prediction", "Item Recommendation", "Related Users", "Related Items"
SELECTION = "Recommended item selection"
ALL, RATED, UNRATED = (
    "From All Items",
    "From Rated Items (for model evaluation)",
    "From Unrated Items (to suggest new items to users)",
)
COUNT, POOL = (
    "Maximum number of items to recommend to a user",
    "Minimum size of the recommendation pool for a single user",
)
SHOW = "Whether to return the predicted ratings of the items along with the labels"
COUNT_USERS = "Maximum number of related users to find for a user"
COUNT_ITEMS = "Maximum number of related items to find for an item"
MAX_COUNT = 100


def run(call: Call) -> tuple[Any, ...]:
    """Return the predicted ratings, or one row for each user or item with what is recommended."""
    model, dataset = call.inputs[MODEL], call.inputs[DATA]
    check_recommender(call, model)
    match call.properties[KIND]:
        case "Rating Prediction":
            check_columns(call, dataset, 2, 3, DATA)
            return (_ratings(model, dataset),)
        case "Item Recommendation":
            return (_items(call, model, dataset),)
        case "Related Users":
            check_columns(call, dataset, 1, 3, DATA)
            return (_related(model, dataset, 0, USER, call.properties[COUNT_USERS]),)
    check_columns(call, dataset, 1, 3, DATA)
    return (_related(model, dataset, 1, ITEM, call.properties[COUNT_ITEMS]),)


def _ratings(model: TrainedModel, dataset: Dataset) -> Dataset:
    ratings = model.score_inputs(codes_of(model, dataset))[:, 0].tolist()
    columns = [Column(name, item.type) for name, item in zip((USER, ITEM), dataset.schema, strict=False)]
    cells = [dataset.cells(name) for name in dataset.names[:2]]
    return dataset_from_cells([*columns, Column(RATING, ColumnType.DOUBLE)], [*cells, ratings])


def _items(call: Call, model: TrainedModel, dataset: Dataset) -> Dataset:
    """Return each user's best items: of all, of those in the dataset, or of those not rated in training."""
    selection, count = call.properties[SELECTION], call.properties[COUNT]
    check_columns(call, dataset, 2 if selection == RATED else 1, 3, DATA)
    everything = list(model.encoder.categories[1].categories or ())
    users = list(dict.fromkeys(key for key in keys_of(dataset, 0) if key is not None))
    pools: dict[str, list[str]] = dict.fromkeys(users, everything)
    if selection == RATED:
        pools = _by_user(dataset)
        pools = {user: pool for user, pool in pools.items() if len(pool) >= call.properties[POOL]}
    elif selection == UNRATED:
        training: Dataset | None = call.inputs.get(TRAINING)
        if training is None:
            raise call.error("0003", f"'{UNRATED}' needs the training data at the port '{TRAINING}'.")
        check_columns(call, training, 2, 3, TRAINING)
        rated = {user: set(items) for user, items in _by_user(training).items()}
        pools = {user: [item for item in everything if item not in rated.get(user, ())] for user in users}
    ranked = {user: _best(model, user, pool, count) for user, pool in pools.items()}
    width = max((len(items) for items in ranked.values()), default=0)
    columns, cells = [Column(USER, ColumnType.STRING)], [list[Any](ranked)]
    for place in range(width):
        found = [items[place] if place < len(items) else (None, None) for items in ranked.values()]
        columns.append(Column(f"{ITEM} {place + 1}", ColumnType.STRING))
        cells.append([item for item, _ in found])
        if call.properties[SHOW]:
            columns.append(Column(f"{RATING} {place + 1}", ColumnType.DOUBLE))
            cells.append([rating for _, rating in found])
    return dataset_from_cells(columns, cells)


def _by_user(dataset: Dataset) -> dict[str, list[str]]:
    """Return the distinct items of each user, in order."""
    pools: dict[str, dict[str, None]] = {}
    for user, item in zip(keys_of(dataset, 0), keys_of(dataset, 1), strict=True):
        if user is not None and item is not None:
            pools.setdefault(user, {})[item] = None
    return {user: list(items) for user, items in pools.items()}


def _best(model: TrainedModel, user: str, pool: list[str], count: int) -> list[tuple[str, float]]:
    """Return the items of a pool with the highest ratings, and the ratings; of equal ones the first come first."""
    items = traits_of(model, 1, list(pool))
    mine = np.repeat(traits_of(model, 0, [user]), len(items), axis=0)
    ratings = model.pipeline.named_steps["estimator"].rated(mine, items)
    best = np.argsort(-ratings, kind="stable")[:count]
    return [(pool[place], float(ratings[place])) for place in best]


def _related(model: TrainedModel, dataset: Dataset, side: int, what: str, count: int) -> Dataset:
    """Return, for each user or item of the first column, those of training whose traits point the same way."""
    known = list(model.encoder.categories[side].categories or ())
    asked = list(dict.fromkeys(key for key in keys_of(dataset, 0) if key is not None))
    everyone, mine = (_directions(traits_of(model, side, list(keys))) for keys in (known, asked))
    rows = []
    for key, direction in zip(asked, mine, strict=True):
        likeness = everyone @ direction
        order = np.argsort(-likeness, kind="stable") if key in known else np.array([], dtype=np.int64)
        rows.append([known[place] for place in order if known[place] != key][:count])
    width = max((len(row) for row in rows), default=0)
    columns = [Column(what, ColumnType.STRING)]
    columns += [Column(f"Related {what} {place + 1}", ColumnType.STRING) for place in range(width)]
    places = [[row[place] if place < len(row) else None for row in rows] for place in range(width)]
    return dataset_from_cells(columns, [list[Any](asked), *places])


def _directions(traits: Any) -> Any:
    lengths = np.linalg.norm(traits[:, 1:], axis=1, keepdims=True)
    return traits[:, 1:] / np.where(lengths == 0, 1, lengths)


MODULES = (
    Module(
        name="Score Matchbox Recommender",
        family="",
        inputs=(
            Port(MODEL, PortType.TRAINED),
            Port(DATA, PortType.DATASET),
            Port(TRAINING, PortType.DATASET, optional=True),
        ),
        outputs=(Port("Scored dataset", PortType.DATASET),),
        properties=(
            Property(KIND, Kind.CHOICE, ITEMS, choices=(RATINGS, ITEMS, USERS, RELATED)),
            Property(SELECTION, Kind.CHOICE, RATED, choices=(ALL, RATED, UNRATED), when=(KIND, (ITEMS,))),
            Property(COUNT, Kind.INTEGER, 5, 1, MAX_COUNT, when=(KIND, (ITEMS,))),
            Property(POOL, Kind.INTEGER, 2, 1, when=(SELECTION, (RATED,))),
            Property(SHOW, Kind.BOOLEAN, False, when=(KIND, (ITEMS,))),
            Property(COUNT_USERS, Kind.INTEGER, 5, 1, MAX_COUNT, when=(KIND, (USERS,))),
            Property(COUNT_ITEMS, Kind.INTEGER, 5, 1, MAX_COUNT, when=(KIND, (RELATED,))),
        ),
        run=run,
        notes=(
            "Users and items are the first two columns. Related users and items are those of training whose traits "
            "point the same way (cosine), most alike first.",
            "It works in experiments. A web service of the model predicts ratings: send user and item.",
        ),
    ),
)
