"""What lists say of an experiment's runs: the latest one, and how its main metric has developed.

The main metric is the first one of the last Evaluate Model. Column Metric of table `runs` has it (JSON; missing in rows
of earlier versions, whose summaries have it), so that a list reads no summary.
"""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from studio.experiments.experiments import SavedExperiment, experiment_object, list_experiments
from studio.model.hold_out import LESS_IS_BETTER
from studio.storage.account import Storage
from studio.storage.documents import get_document
from studio.storage.pages import ALL, Page, by_name
from studio.storage.rows import Row, list_rows
from studio.wire import classic_time, optional_classic_time
from studio.work.state import State

# As many as a small chart shows.
MAX_VALUES = 20
READERS = 8
COLUMNS = ["PartitionKey", "RowKey", "State", "CreatedAt", "StartedAt", "EndedAt", "Document", "Summary", "Metric"]


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric of a module; the value is None where it is undefined."""

    module: str
    name: str
    value: float | None


def main_metric(metrics: Mapping[str, Mapping[str, Any]]) -> Metric | None:
    """Return the main metric of those of a run's modules, in running order; None if there is none."""
    for module, found in reversed([*metrics.items()]):
        for name, value in found.items():
            number = float(value) if isinstance(value, (int, float)) else math.nan
            return Metric(module, name, number if math.isfinite(number) else None)
    return None


def metric_text(metric: Metric | None) -> str:
    """Return a metric as its column holds it."""
    return json.dumps([metric.module, metric.name, metric.value] if metric else None)


def list_run_rows(storage: Storage, experiment: SavedExperiment) -> list[Row]:
    """Return what lists need of the rows of an experiment's runs, newest first."""
    rows = list_rows(storage.table("runs"), experiment.runs_partition, select=COLUMNS)
    return sorted(rows, key=lambda row: str(row["CreatedAt"]), reverse=True)


def page_experiments(storage: Storage, workspace_id: str, page: Page) -> tuple[list[dict[str, Any]], str | None]:
    """Return a page of the workspace's experiments as the API lists them, and where the next page starts.

    They have their histories unless all of them are asked for at once, as earlier clients do.
    """
    named = ((item.name, item) for item in list_experiments(storage, workspace_id))
    found, after = by_name(named, page) if page.limit < ALL else ([item for _, item in named], None)
    listed = [experiment_object(storage, item, with_document=False) for item in found]
    if page.limit == ALL:
        return listed, after
    histories = _list_histories(storage, found)
    return [item | history for item, history in zip(listed, histories, strict=True)], after


def _list_histories(storage: Storage, experiments: Iterable[SavedExperiment]) -> list[dict[str, Any]]:
    with ThreadPoolExecutor(READERS) as readers:
        found = readers.map(lambda item: list_run_rows(storage, item), experiments)
        return [history_object(storage, rows) for rows in found]


def history_object(storage: Storage, rows: Sequence[Row]) -> dict[str, Any]:
    """Return what the API shows of runs, given newest first: the latest, its metric and the values of that metric."""
    ended = (read_metric(storage, row) for row in rows if row["State"] == State.FINISHED)
    metrics = [metric for _, metric in zip(range(MAX_VALUES), ended, strict=False) if metric is not None]
    alike = [metric.value for metric in metrics if (metric.module, metric.name) == (metrics[0].module, metrics[0].name)]
    return {
        "LatestRun": latest_run_object(rows[0]) if rows else None,
        "Metric": metric_object(metrics[0] if metrics else None),
        "MetricHistory": alike[::-1],
    }


def read_metric(storage: Storage, row: Row) -> Metric | None:
    """Return the main metric of a finished run."""
    if "Metric" not in row or row["Metric"] is None:
        return main_metric(get_document(storage, row["Summary"]).get("metrics", {}))
    found = json.loads(row["Metric"])
    return Metric(*found) if found else None


def metric_object(metric: Metric | None) -> dict[str, Any] | None:
    """Return a metric as the API shows it."""
    if metric is None:
        return None
    return {
        "Module": metric.module,
        "Name": metric.name,
        "Value": metric.value,
        "LessIsBetter": metric.name in LESS_IS_BETTER,
    }


def latest_run_object(row: Row) -> dict[str, Any]:
    """Return a run as lists of experiments and versions show it."""
    return {
        "RunId": row["RowKey"],
        "StatusCode": row["State"],
        "CreationTime": classic_time(row["CreatedAt"]),
        "StartTime": optional_classic_time(row["StartedAt"]),
        "EndTime": optional_classic_time(row["EndedAt"]),
    }
