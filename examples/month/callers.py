"""What callers send in the month: census rows with ids, and what turns out to be right a day later.

From DRIFT_DAY on, a part of the rows are of people whose occupation no model has met before. Of them other people earn
much than of the rest, so that a model trained before is worse than it was.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np

from examples.census.data import CLASSES, LABEL, draw_table

DRIFT_DAY = 14
NEW_OCCUPATION, NEW_SHARE = "occupation-platform", 0.4
# Callers ask in these hours, so many requests in each, of so many rows.
HOURS = range(10, 16)
REQUESTS, ROWS, CALLERS = 40, 12, 400
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Request:
    """A request: how long after the hour began, by whom, its id, its rows, and the truth of each."""

    after: timedelta
    caller: str
    id: str
    rows: list[Row]
    truths: list[str]


def requests_of(day: int, hour: int, rng: np.random.Generator) -> Iterator[Request]:
    """Yield the requests of an hour, in order of time."""
    rows, labels = draw_rows(REQUESTS * ROWS, rng, drifted=day >= DRIFT_DAY)
    for number in range(REQUESTS):
        part = slice(number * ROWS, (number + 1) * ROWS)
        after = timedelta(minutes=60 * number / REQUESTS)
        caller = f"caller-{rng.integers(CALLERS):03}"
        yield Request(after, caller, f"day{day + 1:02}-{hour:02}h-{number:02}", rows[part], labels[part])


def draw_rows(count: int, rng: np.random.Generator, *, drifted: bool) -> tuple[list[Row], list[str]]:
    """Return rows as JSON has them, and the label of each."""
    table = draw_table(count, rng)
    if drifted:
        _drift(table, rng)
    earns = rng.random(count) < table.pop("score")
    columns = {name: [None if cell != cell else cell for cell in cells.tolist()] for name, cells in table.items()}
    rows = [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]
    return rows, [CLASSES[int(one)] for one in earns]


def _drift(table: dict[str, Any], rng: np.random.Generator) -> None:
    new = rng.random(len(table["age"])) < NEW_SHARE
    table["occupation"][new] = NEW_OCCUPATION
    table["age"][new] = np.round(np.clip(rng.normal(29, 7, int(new.sum())), 17, 90))
    hours, schooling = (
        np.nan_to_num(table[name], nan=mean) for name, mean in (("hours-per-week", 40), ("education-num", 10))
    )
    margin = -1.5 + 0.16 * (hours - 40) - 0.45 * (schooling - 10)
    table["score"] = np.where(new, 1 / (1 + np.exp(-margin)), table["score"])


def labelled_csv(count: int, seed: int, *, shuffled: bool = False) -> str:
    """Return rows from before the drift as CSV, with their labels, or with labels that belong to other rows."""
    rng = np.random.default_rng(seed)
    rows, labels = draw_rows(count, rng, drifted=False)
    if shuffled:
        labels = [labels[place] for place in rng.permutation(count)]
    names = list(rows[0])
    lines = [",".join([*names, LABEL])]
    for row, label in zip(rows, labels, strict=True):
        lines.append(",".join([*("?" if row[name] is None else f"{row[name]}" for name in names), label]))
    return "\n".join(lines) + "\n"
