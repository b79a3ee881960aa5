"""What rows of the prediction log were in each hour and day, counted by model: a day is the sum of its hours.

Table `drift`: partition key is the endpoint id, row key `h2026112708-{model}` or `d20261127-{model}` with the first 32
digits of the model's hash, so that counting again replaces. Columns: At (when the window starts), Model, Rows, Fired
(JSON: what drifted, at the default thresholds), Part0, Part1, … (the counts and shifts of each column: JSON, deflated).
"""

import functools
import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import orjson
from azure.core.exceptions import ResourceNotFoundError
from azure.data.tables import UpdateMode

from studio.errors import BadArgument
from studio.model.baseline import Baseline, BaselineColumn, read_baseline
from studio.model.container import read_description
from studio.model.shifts import Shift
from studio.monitoring.drift_limits import DAY, HOUR
from studio.monitoring.rows import INPUT, SCORE, SHADOW
from studio.registry.models import get_model
from studio.storage.account import Storage
from studio.storage.rows import Row, list_rows

TABLE = "drift"
# A property of a row holds 64 KiB, a row 1 MiB.
PART_BYTES = 60_000
LENGTHS = {HOUR: timedelta(hours=1), DAY: timedelta(days=1)}
Counts = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Window:
    """The rows of an hour or a day that one model scored.

    Parameters
    ----------
    counts
        The vector of each column, by its name in the log (`input/age`, `score/Scored Labels`); empty if the model has
        no baseline.
    shifts
        How far each column is from the baseline, by measure.
    fired
        The columns that drifted at the default thresholds, with the measures that say so.
    """

    by: str
    start: datetime
    model: str
    rows: int
    counts: Counts = field(default_factory=dict)
    shifts: dict[str, dict[str, Shift]] = field(default_factory=dict)
    fired: dict[str, list[str]] = field(default_factory=dict)

    @property
    def end(self) -> datetime:
        """The time at which it ends."""
        return self.start + LENGTHS[self.by]


@functools.lru_cache(maxsize=64)
def read_model_baseline(storage: Storage, digest: str) -> Baseline | None:
    """Return the baseline of a stored model; None if its file has none, or is not stored any more."""
    try:
        return read_baseline(*read_description(get_model(storage, digest)))
    except (ResourceNotFoundError, BadArgument):
        return None


def named_columns(baseline: Baseline) -> dict[str, BaselineColumn]:
    """Return the columns of a baseline by their names in the log."""
    inputs = {INPUT + column.name: column for column in baseline.columns}
    return inputs | {SCORE + column.name: column for column in baseline.scores}


def count_rows(
    storage: Storage, tables: Iterable[Any], by: str, start: datetime, hashed: Iterable[str] = ()
) -> list[Window]:
    """Count the rows of tables of the log by model; rows that a candidate scored in the shadow are left out.

    Parameters
    ----------
    hashed
        The input columns of which the log has hashes, which tell nothing.
    """
    rows: dict[str, int] = {}
    counts: dict[str, Counts] = {}
    without = {INPUT + name for name in hashed}
    for model, table in _by_model(tables):
        rows[model] = rows.get(model, 0) + table.num_rows
        baseline = read_model_baseline(storage, model) or Baseline()
        known = counts.setdefault(model, {})
        for name, column in named_columns(baseline).items():
            if name in table.column_names and name not in without:
                cells = table[name].combine_chunks()
                known[name] = known.get(name, 0) + column.count(cells)
    return [Window(by, start, model, rows[model], counts[model]) for model in sorted(rows)]


def _by_model(tables: Iterable[Any]) -> Iterator[tuple[str, Any]]:
    import pyarrow.compute as pc

    for table in tables:
        answered = table.filter(pc.not_equal(table["mode"], SHADOW))
        for model in pc.unique(answered["model"]).to_pylist():
            yield model, answered.filter(pc.equal(answered["model"], model))


def add_up(windows: Iterable[Window], by: str, start: datetime) -> list[Window]:
    """Return windows as one for each model."""
    rows: dict[str, int] = {}
    counts: dict[str, Counts] = {}
    for window in windows:
        rows[window.model] = rows.get(window.model, 0) + window.rows
        known = counts.setdefault(window.model, {})
        for name, vector in window.counts.items():
            known[name] = known.get(name, 0) + vector
    return [Window(by, start, model, rows[model], counts[model]) for model in sorted(rows)]


def put_window(storage: Storage, endpoint_id: str, window: Window) -> None:
    """Store a window, replacing what was counted of it before."""
    columns = {
        name: {
            "counts": vector.tolist(),
            "shifts": {measure: [shift.value, shift.chance] for measure, shift in window.shifts.get(name, {}).items()},
        }
        for name, vector in window.counts.items()
    }
    content = zlib.compress(orjson.dumps(columns), 6)
    row: Row = {
        "PartitionKey": endpoint_id,
        "RowKey": _key(window.by, window.start) + f"-{window.model[:32]}",
        "At": window.start.isoformat(),
        "Model": window.model,
        "Rows": window.rows,
        "Fired": json.dumps(window.fired),
    }
    starts = range(0, len(content), PART_BYTES)
    row |= {f"Part{place}": content[start : start + PART_BYTES] for place, start in enumerate(starts)}
    storage.table(TABLE).upsert_entity(row, mode=UpdateMode.REPLACE)


def list_windows(
    storage: Storage, endpoint_id: str, by: str, since: datetime, until: datetime, *, light: bool = False
) -> Iterator[Window]:
    """Yield the stored windows that start from `since` to before `until`, in order of time.

    Parameters
    ----------
    light
        Whether only to say what fired, without counts and shifts.
    """
    within = f"RowKey ge '{_key(by, since)}' and RowKey lt '{_key(by, until)}'"
    select = ["PartitionKey", "RowKey", "At", "Model", "Rows", "Fired"] if light else None
    for row in list_rows(storage.table(TABLE), endpoint_id, within, select):
        yield _read(by, row)


def _read(by: str, row: Row) -> Window:
    content = b"".join(
        row[name]
        for name in sorted(
            (name for name in row if name.startswith("Part") and name[4:].isdigit()), key=lambda name: int(name[4:])
        )
    )
    columns = orjson.loads(zlib.decompress(content)) if content else {}
    return Window(
        by,
        datetime.fromisoformat(row["At"]),
        row["Model"],
        row["Rows"],
        {name: np.array(item["counts"], dtype=np.int64) for name, item in columns.items()},
        {name: {measure: Shift(*found) for measure, found in item["shifts"].items()} for name, item in columns.items()},
        json.loads(row["Fired"]),
    )


def _key(by: str, start: datetime) -> str:
    """Return the beginning of the row keys of a window; they sort by time."""
    moment = start.astimezone(UTC)
    # A bound within a window stands before the window that starts after it.
    rest = moment - floor_time(moment, by)
    moment = moment if not rest else floor_time(moment, by) + LENGTHS[by]
    return f"h{moment:%Y%m%d%H}" if by == HOUR else f"d{moment:%Y%m%d}"


def floor_time(moment: datetime, by: str) -> datetime:
    """Return the start of the hour or day, in UTC, that a moment is in."""
    hour = moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return hour if by == HOUR else hour.replace(hour=0)
