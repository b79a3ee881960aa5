"""Live metrics: the log joined with truths, evaluated as Evaluate Model does, by day, deployment and model version.

Table `livemetrics`: partition key is the workspace id, row key `{endpoint id}-{day}-{16 hex digits of a hash of
deployment, output and model, and of whether it is in the shadow}`; Day, Deployment, Output, Model, Version, Shadow,
Rows, Truths, Measured, Missing, Metrics (JSON) and UpdatedAt. What was answered and what a candidate scored in the
shadow are never counted together. The timer computes the days for which rows or truths came (stale.py), so that reading
needs no scan.
"""

import functools
import json
import logging
import math
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any

import numpy as np

from studio.errors import NotFound
from studio.model.container import read_model_file
from studio.model.evaluation import evaluate_scores
from studio.model.hold_out import read_truth
from studio.model.manifest import CLUSTERING, MULTICLASS, TWO_CLASS, Manifest
from studio.model.scores import LABELS
from studio.monitoring.feedback import read_truths
from studio.monitoring.log import read_hours
from studio.monitoring.rows import INPUT, SCORE, SHADOW, Table
from studio.monitoring.searches import RECENT, mark_due_searches, may_search
from studio.monitoring.stale import Stale, list_stale, unmark_stale
from studio.registry.endpoints import Endpoint, get_endpoint, kept_days
from studio.registry.models import get_model
from studio.storage.account import Storage
from studio.storage.rows import Row, delete_row, insert_rows, list_rows
from studio.wire import classic_time

TABLE = "livemetrics"
DAY = timedelta(days=1)
# Rows of a day and model that are evaluated; of more, those that come first.
MAX_MEASURED = 1_000_000
# Less than the minute between two ticks.
SECONDS = 30.0
logger = logging.getLogger(__name__)
Key = tuple[str, str, str, int, bool]


@dataclass(frozen=True, slots=True)
class LiveMetrics:
    """What is known of the scores of a model on a day.

    Parameters
    ----------
    day
        The day in UTC, `2026-11-27`.
    rows, truths, measured
        int: the logged rows, those with a truth, and those whose truth the model knows, which `metrics` are of.
    missing
        int: rows of the endpoint on that day, of whatever model, that the log lacks.
    metrics
        Metrics by the names of Evaluate Model; empty if none can be computed.
    shadow
        Whether the rows are those that a candidate scored in the shadow, which nobody got.
    """

    day: str
    deployment: str
    output: str
    model: str
    version: int
    rows: int
    truths: int
    measured: int
    missing: int
    metrics: dict[str, float]
    updated_at: str = ""
    shadow: bool = False


def live_metrics(storage: Storage, endpoint: Endpoint, *, since: datetime, until: datetime) -> list[LiveMetrics]:
    """Return an endpoint's live metrics of the days from `since` to `until`, as the timer last computed them."""
    first, last = (f"{moment.astimezone(UTC):%Y%m%d}" for moment in (since, until))
    within = f"RowKey ge '{endpoint.id}-{first}' and RowKey lt '{endpoint.id}-{last}.'"
    found = [_from_row(row) for row in list_rows(storage.table(TABLE), endpoint.workspace_id, within)]
    return sorted(found, key=lambda item: (item.day, item.deployment, item.output, item.version, item.shadow))


def live_metrics_object(found: list[LiveMetrics]) -> dict[str, Any]:
    """Return live metrics as the API shows them."""
    return {
        "Days": [
            {
                "Day": item.day,
                "Deployment": item.deployment,
                "Output": item.output,
                "Model": item.model,
                "Version": item.version,
                "Shadow": item.shadow,
                "Rows": item.rows,
                "Truths": item.truths,
                "WithoutTruth": item.rows - item.truths,
                "Measured": item.measured,
                "Missing": item.missing,
                "Metrics": item.metrics,
                "UpdatedAt": classic_time(item.updated_at),
            }
            for item in found
        ]
    }


def compute_stale_metrics(storage: Storage, *, now: datetime, seconds: float = SECONDS) -> int:
    """Compute the metrics for which rows or truths came, and return of how many days; may be repeated."""
    started, count = time.monotonic(), 0
    mark_due_searches(storage, now=now)
    for stale in list_stale(storage):
        if time.monotonic() - started > seconds:
            logger.warning("Not all live metrics were computed; the next time goes on.")
            break
        try:
            endpoint = get_endpoint(storage, stale.workspace_id, stale.endpoint_id)
            for day in _days(storage, endpoint, stale, now):
                compute_day(storage, endpoint, day, now=now)
                count += 1
        except NotFound:
            logger.info("The endpoint %s has been deleted.", stale.endpoint_id)
        except Exception:
            # Those of others must not wait for it; it stays noted.
            logger.exception("The live metrics of endpoint %s could not be computed.", stale.endpoint_id)
            continue
        unmark_stale(storage, stale)
    return count


def _days(storage: Storage, endpoint: Endpoint, stale: Stale, now: datetime) -> list[date]:
    """Return the days to compute: those whose rows changed, and those that the new truths are of."""
    days = {datetime.strptime(text, "%Y%m%d").replace(tzinfo=UTC).date() for text in stale.days}
    if stale.since is None:
        return sorted(days)
    waiting = read_truths(storage, endpoint, since=stale.since, until=now + DAY, withdrawn=True)["id"]
    waiting = waiting.combine_chunks()
    oldest = now - kept_days(endpoint) * DAY
    recent = max(oldest, now - RECENT)
    met_days, waiting = _find(storage, endpoint, waiting, recent, now + DAY)
    days |= met_days
    if (
        len(waiting)
        and recent > oldest
        and may_search(storage, endpoint.workspace_id, endpoint.id, stale.since, now=now)
    ):
        days |= _find(storage, endpoint, waiting, oldest, recent)[0]
    return sorted(days)


def _find(
    storage: Storage, endpoint: Endpoint, waiting: Any, since: datetime, until: datetime
) -> tuple[set[date], Any]:
    """Return the days of the rows that ids are of, the latest rows first, and the ids that were not found."""
    import pyarrow.compute as pc

    days: set[date] = set()
    for hour in read_hours(storage, endpoint, since=since, until=until, columns=["id"], latest_first=True):
        if not len(waiting):
            break
        if hour.table.num_rows:
            met = pc.is_in(waiting, value_set=hour.table["id"].combine_chunks())
            if pc.any(met).as_py():
                days.add(hour.start.date())
                waiting = waiting.filter(pc.invert(met))
    return days, waiting


@dataclass(slots=True)
class _Scored:
    """The rows of one model on a day: how many, and scores with truths."""

    rows: int = 0
    truths: int = 0
    tables: list[Table] = field(default_factory=list)
    kept: int = 0


def compute_day(storage: Storage, endpoint: Endpoint, day: date, *, now: datetime) -> list[LiveMetrics]:
    """Compute an endpoint's live metrics of a day, store and return them."""
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    found: dict[Key, _Scored] = {}
    missing = 0
    for hour in read_hours(storage, endpoint, since=start, until=start + DAY):
        missing += hour.missing
        if hour.table.num_rows:
            _join(storage, endpoint, hour.table, found, (start, now + DAY))
    metrics = [
        _evaluate(storage, f"{day:%Y-%m-%d}", key, scored, missing, now) for key, scored in sorted(found.items())
    ]
    _store(storage, endpoint, f"{day:%Y%m%d}", metrics)
    return metrics


def _join(
    storage: Storage, endpoint: Endpoint, table: Table, found: dict[Key, _Scored], span: tuple[datetime, datetime]
) -> None:
    """Count the rows of an hour by model, and keep the scores of those with a truth."""
    import pyarrow as pa
    import pyarrow.compute as pc

    table = table.select([name for name in table.column_names if not name.startswith(INPUT)])
    ids = table["id"].combine_chunks()
    truths = read_truths(storage, endpoint, since=span[0], until=span[1], ids=pc.unique(ids))
    places = pc.index_in(ids, value_set=truths["id"].combine_chunks())
    table = table.append_column("truth", truths["value"].combine_chunks().take(places))
    table = table.append_column("shadow", pc.equal(table["mode"], SHADOW))
    keys = zip(
        *(table[name].to_pylist() for name in ("deployment", "output", "model", "version", "shadow")), strict=True
    )
    for key, rows in Counter(keys).items():
        mine = pc.and_(pc.equal(table["model"], key[2]), pc.equal(table["deployment"], key[0]))
        mine = pc.and_(mine, pc.and_(pc.equal(table["output"], key[1]), pc.equal(table["version"], key[3])))
        mine = pc.and_(mine, pc.equal(table["shadow"], key[4]))
        known = table.filter(pc.and_(mine, pc.is_valid(table["truth"])))
        scored = found.setdefault(key, _Scored())
        scored.rows += rows
        scored.truths += len(known)
        known = known.slice(0, max(0, MAX_MEASURED - scored.kept))
        scored.kept += len(known)
        if len(known):
            scored.tables.append(pa.table({name: known[name] for name in known.column_names if _counts(name)}))


def _counts(name: str) -> bool:
    return name == "truth" or name.startswith(SCORE)


def _evaluate(storage: Storage, day: str, key: Key, scored: _Scored, missing: int, now: datetime) -> LiveMetrics:
    deployment, output, model, version, shadow = key
    measured = 0
    metrics: dict[str, float] = {}
    manifest = read_manifest(storage, model)
    if manifest is not None and scored.tables:
        measured, metrics = evaluate_logged(manifest, scored.tables)
    counts = scored.rows, scored.truths, measured, missing
    return LiveMetrics(day, deployment, output, model, version, *counts, metrics, now.isoformat(), shadow)


def evaluate_logged(manifest: Manifest, tables: list[Table]) -> tuple[int, dict[str, float]]:
    """Return the number of logged rows whose truth a model knows, and its metrics on them; {} if there are none.

    Parameters
    ----------
    tables
        With the columns `score/…` of the log, and `truth`.
    """
    if manifest.task == CLUSTERING or not manifest.label.name:
        return 0, {}
    columns = score_matrix_columns(manifest)
    scores = np.concatenate([_matrix(table, columns) for table in tables])
    truth = np.array([read_truth(text, manifest) for table in tables for text in table["truth"].to_pylist()])
    known = np.flatnonzero(~np.isnan(truth) & ~np.isnan(scores).any(axis=1))
    if not len(known):
        return 0, {}
    classes = manifest.task in (TWO_CLASS, MULTICLASS)
    chosen = truth[known].astype(np.int64 if classes else np.float64)
    metrics = evaluate_scores(manifest.task, chosen, scores[known], manifest.labels).metrics
    return len(known), {name: float(value) for name, value in metrics.items() if math.isfinite(value)}


def score_matrix_columns(manifest: Manifest) -> list[str]:
    """Return the names in the log of the columns that make up a model's matrix of scores, in its order."""
    names = [SCORE + column.name for column in manifest.outputs]
    # Classes and quantiles have a column each; labels are made of them. Of a regression, the label is the score.
    labels = {SCORE + LABELS, f"{SCORE}Assignments"}
    return names if len(names) == 1 else [name for name in names if name not in labels]


def _matrix(table: Table, columns: list[str]) -> Any:
    import pyarrow as pa

    empty = pa.nulls(len(table), pa.float64())
    found = [table[name].cast(pa.float64()) if name in table.column_names else empty for name in columns]
    return np.column_stack([column.to_numpy(zero_copy_only=False).astype(np.float64) for column in found])


def read_manifest(storage: Storage, model: str) -> Manifest | None:
    """Return what the file of a model says of it; None if there is no such file."""
    try:
        return _read_manifest(storage, model)
    except NotFound:
        return None


@functools.lru_cache(maxsize=64)
def _read_manifest(storage: Storage, model: str) -> Manifest:
    return read_model_file(get_model(storage, model), storage.settings.max_model_bytes).manifest


def _store(storage: Storage, endpoint: Endpoint, day: str, metrics: list[LiveMetrics]) -> None:
    """Store the metrics of a day, and delete those of models that have no rows on it any more."""
    table, rows = storage.table(TABLE), [_to_row(endpoint, day, item) for item in metrics]
    insert_rows(table, rows)
    keys = {row["RowKey"] for row in rows}
    within = f"RowKey ge '{endpoint.id}-{day}-' and RowKey lt '{endpoint.id}-{day}.'"
    for row in list_rows(table, endpoint.workspace_id, within, ["PartitionKey", "RowKey"]):
        if row["RowKey"] not in keys:
            delete_row(table, endpoint.workspace_id, row["RowKey"])


def _to_row(endpoint: Endpoint, day: str, item: LiveMetrics) -> Row:
    named = (item.deployment, item.output, item.model, str(item.version), *([SHADOW] if item.shadow else []))
    digest = sha256("\n".join(named).encode()).hexdigest()[:16]
    return {
        "PartitionKey": endpoint.workspace_id,
        "RowKey": f"{endpoint.id}-{day}-{digest}",
        "Day": item.day,
        "Deployment": item.deployment,
        "Output": item.output,
        "Model": item.model,
        "Version": item.version,
        "Shadow": item.shadow,
        "Rows": item.rows,
        "Truths": item.truths,
        "Measured": item.measured,
        "Missing": item.missing,
        "Metrics": json.dumps(item.metrics),
        "UpdatedAt": item.updated_at,
    }


def _from_row(row: Row) -> LiveMetrics:
    return LiveMetrics(
        row["Day"],
        row["Deployment"],
        row["Output"],
        row["Model"],
        row["Version"],
        row["Rows"],
        row["Truths"],
        row["Measured"],
        row["Missing"],
        json.loads(row["Metrics"]),
        row["UpdatedAt"],
        # Rows of earlier versions do not say; those of a shadow are computed anew with the day.
        bool(row.get("Shadow", False)),
    )
