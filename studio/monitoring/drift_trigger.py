"""The drift that starts a retraining: what a policy asks for, and whether the latest windows show it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from studio.errors import BadArgument, InvalidOperation
from studio.hints import suggest
from studio.model.baseline import BaselineColumn
from studio.model.shifts import MEASURES
from studio.monitoring.drift_counts import (
    LENGTHS,
    Window,
    list_windows,
    named_columns,
    read_model_baseline,
)
from studio.monitoring.drift_limits import DAY, HOUR, MINIMUM_ROWS, Judge, rows_of
from studio.monitoring.rows import INPUT, SCORE
from studio.problems import Problems
from studio.registry.endpoints import Endpoint
from studio.storage.account import Storage
from studio.wire import invalid_value, is_whole_number

MAX_LONG = {HOUR: 72, DAY: 30}
MAX_COLUMNS, MAX_NAME = 200, 512
# Windows with too few rows are passed over, so far back.
LOOK_BACK = 3


@dataclass(frozen=True, slots=True)
class DriftTrigger:
    """What has to drift, and for how long.

    Parameters
    ----------
    measure
        One of MEASURES; empty for any of them.
    columns
        Names of columns, or names in the log (`input/age`, `score/Scored Labels`); empty for all.
    threshold
        float: in place of the measure's default; None for the default.
    by, windows
        How many hours or days in a row the same column has to drift.
    """

    measure: str
    columns: tuple[str, ...]
    threshold: float | None
    by: str
    windows: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the latest windows show the drift, None if they cannot tell; which columns since when; and in words."""

    drifts: bool | None
    why: str
    columns: tuple[str, ...] = ()
    since: str = ""


def read_drift_trigger(value: dict[str, Any]) -> DriftTrigger:
    """Read a policy's trigger of type Drift.

    Raises
    ------
    BadArgument
        If a property is invalid; has a detail for each that is.
    """
    problems = Problems()
    measure, columns, threshold = value.get("Metric"), value.get("Columns"), value.get("Threshold")
    if measure is not None and measure not in MEASURES:
        problems.note(invalid_value("Trigger.Metric", " or ".join(MEASURES), measure))
    listed = columns if isinstance(columns, list) else []
    named = all(isinstance(name, str) and 0 < len(name) <= MAX_NAME for name in listed)
    if columns is not None and not (listed and named and len(listed) <= MAX_COLUMNS):
        problems.note(invalid_value("Trigger.Columns", f"a list of 1 to {MAX_COLUMNS} names of columns", columns))
    if threshold is not None:
        number = isinstance(threshold, int | float) and not isinstance(threshold, bool)
        if not number or not 0 < threshold <= 100:
            problems.note(invalid_value("Trigger.Threshold", "a number above 0, at most 100", threshold))
        elif measure is None:
            problems.note(invalid_value("Trigger.Metric", f"the metric that has the threshold, {MEASURES}", None))
    length = problems.attempt(_read_length, value.get("For", {"Days": 1})) or (DAY, 1)
    problems.raise_all()
    return DriftTrigger(measure or "", tuple(listed), None if threshold is None else float(threshold), *length)


def _read_length(value: Any) -> tuple[str, int]:
    units = {"Hours": HOUR, "Days": DAY}
    name = next(iter(value), "") if isinstance(value, dict) and len(value) == 1 else ""
    count = value[name] if name in units else None
    if name not in units or not is_whole_number(count) or not 1 <= count <= MAX_LONG[units[name]]:
        text = f'{{"Hours": 1 to {MAX_LONG[HOUR]}}} or {{"Days": 1 to {MAX_LONG[DAY]}}}'
        raise invalid_value("Trigger.For", text, value)
    return units[name], count


def check_drift_trigger(storage: Storage, endpoint: Endpoint, model: str, trigger: DriftTrigger) -> None:
    """Check that the drift of an endpoint can be seen.

    Raises
    ------
    InvalidOperation
        If the endpoint has no prediction log, or the model no baseline.
    BadArgument
        If the model has no such column, or the log none of its cells.
    """
    log = endpoint.prediction_log
    if log is None:
        raise InvalidOperation(
            "PredictionLogNeeded",
            f"A policy with a Drift trigger needs the prediction log of the endpoint '{endpoint.name}', which is off. "
            "PUT its settings to …/predictionlog first, {} for all rows.",
        )
    baseline = read_model_baseline(storage, model)
    if baseline is None:
        raise InvalidOperation(
            "BaselineNotFound",
            "The model in use has no baseline that rows could be compared with: it was trained by an earlier version "
            "of the app, or it was imported. Train it again in this app first.",
        )
    columns = named_columns(baseline)
    problems = Problems()
    for name in trigger.columns:
        found = _full_name(name, columns)
        if found is None:
            known = (item.partition("/")[2] for item in columns)
            hint = suggest(name, known, "The model has")
            text = f"The model has no column '{name[:200]}' to watch. {hint}".rstrip()
            problems.note(BadArgument("BadParameterValue", text, "Trigger.Columns"))
        elif found.startswith(INPUT) and found.removeprefix(INPUT) in (*log.leave_out, *log.hashed):
            text = f"The prediction log leaves out or hashes the column '{name}', so its drift cannot be seen."
            problems.note(BadArgument("BadParameterValue", text, "Trigger.Columns"))
    problems.raise_all()


def find_drift(storage: Storage, endpoint: Endpoint, model: str, trigger: DriftTrigger, *, now: datetime) -> Verdict:
    """Return whether the latest windows of a model that have enough rows show the drift."""
    baseline = read_model_baseline(storage, model)
    if baseline is None:
        return Verdict(None, "the model has no baseline: it was trained by an earlier version, or imported")
    if endpoint.prediction_log is None:
        return Verdict(None, "the prediction log is off")
    since = now - max(LOOK_BACK * trigger.windows, 7) * LENGTHS[trigger.by]
    listed = list_windows(storage, endpoint.id, trigger.by, since, now)
    windows = [window for window in listed if window.model == model and window.rows >= MINIMUM_ROWS]
    if len(windows) < trigger.windows:
        return Verdict(
            None,
            f"{len(windows)} of {trigger.windows} {trigger.by}s with {MINIMUM_ROWS} rows or more that the model scored",
        )
    columns = named_columns(baseline)
    wanted = [name for name in (_full_name(name, columns) for name in trigger.columns) if name] or [*columns]
    firing = [set(_firing(window, wanted, columns, trigger)) for window in windows]
    lasting = set(wanted).intersection(*firing[-trigger.windows :])
    if not lasting:
        return Verdict(False, f"no drift in the latest {trigger.by} with enough rows")
    start = len(windows) - trigger.windows
    while start and lasting & firing[start - 1]:
        start -= 1
    names = tuple(sorted(lasting))
    shown = ", ".join(name.partition("/")[2] for name in names[:5]) + (", …" if len(names) > 5 else "")
    text = f"drift of {shown} since {windows[start].start.isoformat()}"
    return Verdict(True, text, names, windows[start].start.isoformat())


def _firing(
    window: Window, wanted: Sequence[str], columns: dict[str, BaselineColumn], trigger: DriftTrigger
) -> Iterator[str]:
    thresholds = {trigger.measure: trigger.threshold} if trigger.threshold is not None else None
    judge = Judge(window.by, len(wanted), thresholds, named=bool(trigger.columns))
    for name in wanted:
        shifts = window.shifts.get(name, {})
        rows = rows_of(columns[name], window.counts[name]) if name in window.counts else 0
        for measure, shift in shifts.items():
            chosen = trigger.measure in ("", measure)
            if chosen and judge.judge_shift(columns[name], measure, shift, rows).fires:
                yield name
                break


def _full_name(name: str, columns: dict[str, BaselineColumn]) -> str | None:
    """Return the name in the log of a column that is named in either way; inputs come before scores."""
    return next((full for full in (name, INPUT + name, SCORE + name) if full in columns), None)
