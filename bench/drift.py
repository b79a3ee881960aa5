"""False alarms and delays of drift detection, measured on simulated days: `python -m bench.drift`.

A model is trained on TRAINING rows of the census (examples/census/data.py); then come days of equal data, or days of
which the later ones have shifted. What is measured is the code that the app runs, without storage: cells are counted by
hour, hours added up to days, and each window judged at the default thresholds.
"""

import argparse
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa

from examples.census.data import draw_table
from studio.model.baseline import BaselineColumn
from studio.model.baseline_making import describe_column
from studio.monitoring.drift_limits import Judge
from studio.tables.schema import Column, ColumnType

TRAINING = 10_000
Table = dict[str, Any]
Change = Callable[[Table, np.random.Generator], None]


def mean_shift(table: Table, _: np.random.Generator) -> None:
    """Raise a number by half of its standard deviation."""
    table["fnlwgt"] += np.nanstd(table["fnlwgt"]) / 2


def new_category(table: Table, rng: np.random.Generator) -> None:
    """Give a tenth of the rows a category that the model does not know."""
    table["workclass"][rng.random(len(table["workclass"])) < 0.1] = "Gig"


def missing_cells(table: Table, rng: np.random.Generator) -> None:
    """Lose a tenth of the cells of a column."""
    table["age"][rng.random(len(table["age"])) < 0.1] = np.nan


SHIFTS: dict[str, Change] = {
    "mean of a number, half a standard deviation": mean_shift,
    "a new category in a tenth of the rows": new_category,
    "a tenth of a column's cells missing": missing_cells,
}


def describe(table: Table) -> list[BaselineColumn]:
    """Return the baseline of a training table."""
    found = (describe_column(_column(name, cells), _arrow(cells)) for name, cells in table.items())
    return [column for column in found if column is not None]


def count(columns: list[BaselineColumn], table: Table) -> dict[str, Any]:
    """Return the counts of a table's cells by column."""
    return {column.name: column.count(_arrow(table[column.name])) for column in columns}


def _column(name: str, cells: Any) -> Column:
    return Column(name, ColumnType.STRING if cells.dtype == object else ColumnType.DOUBLE)


def _arrow(cells: Any) -> Any:
    return pa.array(cells, from_pandas=True)


def false_alarms(days: int, rows_an_hour: int, seed: int = 0) -> tuple[int, int]:
    """Return how many days, and how many hours, of data equal to the training's raise an alarm.

    A new model is trained every thirty days, so that no single sample of training rows decides.
    """
    rng = np.random.default_rng(seed)
    daily = hourly = 0
    columns: list[BaselineColumn] = []
    for day in range(days):
        if day % 30 == 0:
            columns = describe(draw_table(TRAINING, rng))
        hours = [count(columns, draw_table(rows_an_hour, rng)) for _ in range(24)]
        hourly += sum(bool(alarms(columns, hour, "hour")) for hour in hours)
        whole = {column.name: sum(hour[column.name] for hour in hours) for column in columns}
        daily += bool(alarms(columns, whole, "day"))
    return daily, hourly


def alarms(columns: list[BaselineColumn], counts: dict[str, Any], by: str) -> list[str]:
    """Return the measures that fire in a window, as `column measure`."""
    judge = Judge(by, len(columns))
    return [
        f"{column.name} {name}"
        for column in columns
        for name, found in judge.judge(column, counts[column.name]).items()
        if found.fires
    ]


def delay(change: Change, rows_an_hour: int, seed: int) -> tuple[int | None, list[str]]:
    """Return after how many hours a shift first fires, at the latest after two days, and what does."""
    rng = np.random.default_rng(seed)
    columns = describe(draw_table(TRAINING, rng))
    for hour in range(1, 49):
        table = draw_table(rows_an_hour, rng)
        change(table, rng)
        if fired := alarms(columns, count(columns, table), "hour"):
            return hour, fired
    return None, []


def main() -> None:
    """Print both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=1000, help="simulated days")
    parser.add_argument("--tries", type=int, default=20, help="simulations of each shift")
    given = parser.parse_args()
    print("| rows an hour | days with an alarm | hours with an alarm |\n|--:|--:|--:|")
    for rows in (20, 200, 1000):
        daily, hourly = false_alarms(given.days, rows)
        print(f"| {rows} | {daily} of {given.days} | {hourly} of {24 * given.days} |", flush=True)
    print("\n| shift | rows an hour | hours until it fires, median (worst) | what fires first |\n|---|--:|--:|---|")
    for name, change in SHIFTS.items():
        for rows in (200, 1000):
            found = [delay(change, rows, seed) for seed in range(given.tries)]
            hours = sorted(49 if hour is None else hour for hour, _ in found)
            first = sorted({text for _, fired in found for text in fired})
            print(f"| {name} | {rows} | {hours[len(hours) // 2]} ({hours[-1]}) | {', '.join(first)} |", flush=True)


if __name__ == "__main__":
    main()
