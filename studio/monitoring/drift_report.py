"""What there is to show of an endpoint's drift: one entry a column, its measures by window, the two distributions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

from studio.errors import BadArgument
from studio.model.baseline import CATEGORY, BaselineColumn
from studio.model.shifts import measures_of, moves_by_itself
from studio.monitoring.drift import judge_window
from studio.monitoring.drift_counts import (
    LENGTHS,
    Window,
    add_up,
    floor_time,
    list_windows,
    named_columns,
    read_model_baseline,
)
from studio.monitoring.drift_limits import DAY, HOUR, MINIMUM_ROWS, Found, Judge, rows_of
from studio.monitoring.rows import INPUT
from studio.registry.endpoints import Endpoint
from studio.storage.account import Storage
from studio.tables.schema import ColumnType, number_cell
from studio.wire import classic_time, invalid_value

MAX_WINDOWS = {HOUR: 14 * 24, DAY: 92}
SHOWN_WINDOWS = {HOUR: 48, DAY: 30}
MAX_LABELS = 20
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
OTHER = "other values"


@dataclass(frozen=True, slots=True)
class Span:
    """The time that a report covers, in windows of one length."""

    by: str
    since: datetime
    until: datetime


def read_span(by: str, since: datetime | None, until: datetime | None, *, now: datetime) -> Span:
    """Return the time that a report covers: by default the last 30 days, or 48 hours.

    Raises
    ------
    BadArgument
        If `by` is neither hour nor day, or the span is empty or longer than 92 days, 14 of hours.
    """
    if by not in LENGTHS:
        raise invalid_value("by", "hour or day", by[:40])
    until = until or now
    if until < EARLIEST:
        raise invalid_value("until", f"a time after {EARLIEST.isoformat()}", until.isoformat())
    since = floor_time(since or until - SHOWN_WINDOWS[by] * LENGTHS[by], by)
    if since >= until:
        raise invalid_value("since", f"a time before {until.isoformat()}", since.isoformat())
    most = MAX_WINDOWS[by] * LENGTHS[by] + LENGTHS[by]
    if until - since > most:
        text = (
            f"A report by {by} covers {MAX_WINDOWS[by]} {by}s at most, got {since.isoformat()} to {until.isoformat()}."
        )
        raise BadArgument("BadParameterValue", text, "since")
    return Span(by, since, until)


def drift_report(
    storage: Storage, endpoint: Endpoint, span: Span, model: str | None, *, now: datetime
) -> dict[str, Any]:
    """Return what drifted at an endpoint as the API shows it.

    Parameters
    ----------
    model
        The hash of a model that scored rows in this time; None for the one that the endpoint uses.
    """
    windows = _windows(storage, endpoint, span, now)
    used = [resource.model for resource in endpoint.resources]
    chosen = model or next((digest for digest in used if any(item.model == digest for item in windows)), None)
    chosen = chosen or (used[0] if used else "")
    mine = [window for window in windows if window.model == chosen]
    baseline = read_model_baseline(storage, chosen) if chosen else None
    columns = named_columns(baseline) if baseline else {}
    judge = Judge(span.by, len(columns))
    return {
        "Endpoint": endpoint.name,
        "Model": chosen or None,
        "Models": [{"Model": digest, "Rows": rows} for digest, rows in _rows_by_model(windows).items()],
        "By": span.by,
        "Since": classic_time(span.since.isoformat()),
        "Until": classic_time(span.until.isoformat()),
        "Rows": sum(window.rows for window in mine),
        "MinimumRows": MINIMUM_ROWS,
        "Chance": judge.chance,
        "ScoresOf": baseline.scored if baseline else None,
        "Lacks": _lacks(endpoint, baseline is not None, mine),
        "Windows": [_window_object(window, now) for window in mine],
        "Columns": [_column_object(name, column, mine, judge, endpoint) for name, column in columns.items()],
    }


def _windows(storage: Storage, endpoint: Endpoint, span: Span, now: datetime) -> list[Window]:
    """Return what was counted; of a day that goes on, the hours until now."""
    found = [*list_windows(storage, endpoint.id, span.by, span.since, span.until)]
    today = floor_time(min(now, span.until), DAY)
    # The hours of yesterday count until the day has been closed.
    for day in (today - LENGTHS[DAY], today) if span.by == DAY else ():
        if day < span.since or any(window.start == day for window in found):
            continue
        hours = list_windows(storage, endpoint.id, HOUR, day, min(day + LENGTHS[DAY], span.until))
        found += [judge_window(storage, window) for window in add_up(hours, DAY, day)]
    return found


def _rows_by_model(windows: Sequence[Window]) -> dict[str, int]:
    rows: dict[str, int] = {}
    for window in windows:
        rows[window.model] = rows.get(window.model, 0) + window.rows
    return rows


def _lacks(endpoint: Endpoint, has_baseline: bool, windows: Sequence[Window]) -> list[str]:
    """Return what is missing for a full report, each with what to do."""
    found = []
    if endpoint.prediction_log is None:
        found.append("The prediction log is off. PUT its settings to …/predictionlog; hours are counted as they end.")
    if not has_baseline:
        found.append(
            "The model has no baseline: it was trained by an earlier version of the app, or it was imported. Train it "
            "again here, and its rows are compared from then on."
        )
    few = sum(window.rows < MINIMUM_ROWS for window in windows)
    if few:
        wider = "Ask by day, whose hours count together" if windows[0].by == HOUR else "Wait for more rows"
        log = endpoint.prediction_log
        more = f", or log more than {log.share:g} of the rows" if log is not None and log.share < 1 else ""
        text = f"{few} of {len(windows)} windows have fewer than {MINIMUM_ROWS} rows, too few to judge."
        found.append(f"{text} {wider}{more}.")
    if not windows:
        found.append(
            "No row that this model scored has been counted in this time. Hours are counted a few minutes after they "
            "end; ask for other times with since and until, or for one of Models with model."
        )
    return found


def _window_object(window: Window, now: datetime) -> dict[str, Any]:
    return {
        "Start": classic_time(window.start.isoformat()),
        "Rows": window.rows,
        "Complete": window.end <= now,
        "Fired": len(window.fired),
    }


def _column_object(
    name: str, column: BaselineColumn, windows: Sequence[Window], judge: Judge, endpoint: Endpoint
) -> dict[str, Any]:
    judged = [_judged(judge, column, name, window) for window in windows]
    counts = [window.counts[name] for window in windows if name in window.counts]
    measures = measures_of(column)
    fired = [[measure for measure, found in item.items() if found.fires] for item in judged]
    return {
        "Name": column.name,
        "Of": "input" if name.startswith(INPUT) else "score",
        "Type": column.type.value,
        "Kind": column.kind,
        "Drifts": bool(fired and fired[-1]),
        "Lacks": None if counts or not windows else _why_not(name, column, endpoint),
        "Thresholds": {measure: judge.threshold(column, measure) for measure in measures},
        "Judged": not moves_by_itself(column),
        "Measures": {
            measure: [_rounded(item[measure].value) if measure in item else None for item in judged]
            for measure in measures
        },
        "Fired": fired,
        "Distribution": _distribution(column, sum(counts) if counts else np.zeros(column.width, np.int64)),
    }


def _judged(judge: Judge, column: BaselineColumn, name: str, window: Window) -> dict[str, Found]:
    if name not in window.counts:
        return {}
    rows = rows_of(column, window.counts[name])
    shifts = window.shifts[name]
    return {measure: judge.judge_shift(column, measure, shifts[measure], rows) for measure in shifts}


def _why_not(name: str, column: BaselineColumn, endpoint: Endpoint) -> str:
    log = endpoint.prediction_log
    if log and name.startswith(INPUT) and column.name in log.hashed:
        return "The prediction log has hashes of this column, which tell nothing. Take it out of Hash to compare it."
    if log and name.startswith(INPUT) and column.name in log.leave_out:
        return "The prediction log leaves this column out. Take it out of LeaveOut to compare it."
    return (
        "The rows that were logged do not have this column: another of the service's models may have scored them, or "
        "the log left it out then."
    )


def _distribution(column: BaselineColumn, counts: Any) -> dict[str, Any]:
    """Return the shares of the training's and the window's cells in the same bins."""
    if column.kind == CATEGORY:
        labels = [*column.values[:MAX_LABELS], OTHER]
        both = [_cut(vector, len(labels)) for vector in (column.vector, counts)]
        edges: list[Any] = []
    else:
        start = column.bins.stop
        labels, both = [], [vector[start:] for vector in (column.vector, counts)]
        times = column.type is ColumnType.DATETIME
        edges = [number_cell(edge, column.type) if times else _rounded(edge) for edge in column.shown]
    before, now = ([_rounded(float(share)) for share in vector / max(1, int(vector.sum()))] for vector in both)
    missing = [_rounded(vector[0] / max(1, rows_of(column, vector))) for vector in (column.vector, counts)]
    return {
        "Edges": edges,
        "Labels": labels,
        "Baseline": before,
        "Window": now,
        "BaselineMissing": missing[0],
        "WindowMissing": missing[1],
    }


def _cut(vector: Any, places: int) -> Any:
    """Return the counts of the first categories, and those of all others together."""
    return np.append(vector[1:places], vector[places:].sum())


def _rounded(value: float) -> float:
    return float(f"{value:.6g}")
