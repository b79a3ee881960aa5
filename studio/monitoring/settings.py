"""The settings of an endpoint's prediction log as clients write them: switched on, changed, switched off."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from studio.errors import BadArgument, InvalidOperation, NotFound
from studio.hints import listed, suggest
from studio.problems import Problems
from studio.registry.definitions import PREDICTIVE, Definition, get_definition
from studio.registry.endpoints import Endpoint, change_endpoint, next_change
from studio.registry.history import Cause
from studio.registry.prediction_log import MAX_RETENTION_DAYS, RETENTION_DAYS, PredictionLog
from studio.storage.account import Storage
from studio.wire import invalid_value, is_whole_number

PROPERTIES = ("Share", "IdColumn", "LeaveOut", "Hash", "RetentionDays")
MAX_COLUMN_NAME = 256


def put_prediction_log(
    storage: Storage, endpoint: Endpoint, body: dict[str, Any], *, by: str, now: datetime
) -> Endpoint:
    """Switch an endpoint's prediction log on, or change its settings, and return the endpoint.

    Raises
    ------
    BadArgument
        If a setting is invalid; has a detail for each that is.
    InvalidOperation
        If the endpoint scores no rows in requests that a log could keep.
    """
    settings = read_prediction_log(get_definition(storage, endpoint.definition), body)
    return _change(storage, endpoint, settings, by=by, now=now)


def delete_prediction_log(storage: Storage, endpoint: Endpoint, *, by: str, now: datetime) -> Endpoint:
    """Switch an endpoint's prediction log off; may be repeated. Rows that it has stay for as long as they would."""
    return endpoint if endpoint.prediction_log is None else _change(storage, endpoint, None, by=by, now=now)


def get_prediction_log(endpoint: Endpoint) -> PredictionLog:
    """Return the settings of an endpoint's log; NotFound if it is off."""
    if endpoint.prediction_log is None:
        raise NotFound(
            "PredictionLogNotFound",
            f"The endpoint '{endpoint.name}' has no prediction log. PUT its settings to …/predictionlog, {{}} for all "
            "rows.",
        )
    return endpoint.prediction_log


def prediction_log_object(settings: PredictionLog) -> dict[str, Any]:
    """Return the settings as the API shows them."""
    return {
        "Share": settings.share,
        "IdColumn": settings.id_column or None,
        "LeaveOut": list(settings.leave_out),
        "Hash": list(settings.hashed),
        "RetentionDays": settings.retention_days,
    }


def read_prediction_log(definition: Definition, body: dict[str, Any]) -> PredictionLog:
    """Return the settings in a body, as put_prediction_log does."""
    if definition.kind != PREDICTIVE or definition.models:
        what = "trains" if definition.kind != PREDICTIVE else "runs modules beside its model"
        raise InvalidOperation(
            "DataTypeNotSupported",
            f"A prediction log keeps what a trained model scores; this web service {what}. Publish the experiment's "
            "predictive web service, with one trained model for each output.",
        )
    known = [column.name for item in definition.inputs for column in item.columns]
    problems = Problems()
    for name in body:
        if name not in PROPERTIES:
            # A misspelt LeaveOut must not keep what should have been left out.
            text = f"A prediction log has no setting '{str(name)[:100]}'. {suggest(str(name), PROPERTIES, 'Accepted')}"
            problems.note(BadArgument("BadParameterValue", text, str(name)[:100]))
    settings = PredictionLog(
        share=problems.attempt(_share, body.get("Share")) or 1.0,
        id_column=problems.attempt(_id_column, body.get("IdColumn")) or "",
        leave_out=problems.attempt(_columns, "LeaveOut", body.get("LeaveOut"), known) or (),
        hashed=problems.attempt(_columns, "Hash", body.get("Hash"), [*known, str(body.get("IdColumn"))]) or (),
        retention_days=problems.attempt(_days, body.get("RetentionDays")) or RETENTION_DAYS,
    )
    for name in settings.leave_out:
        if name in settings.hashed or name == settings.id_column:
            other = "Hash" if name in settings.hashed else "IdColumn"
            text = f"LeaveOut and {other} both name the column '{name}'; it can be kept or left out."
            problems.note(BadArgument("BadParameterValue", text, "LeaveOut"))
    problems.raise_all()
    return settings


def _share(value: Any) -> float:
    if value is None:
        return 1.0
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value <= 1:
        raise invalid_value("Share", "a number above 0 and up to 1, the share of the rows to keep", value)
    return float(value)


def _id_column(value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str) or not 0 < len(value) <= MAX_COLUMN_NAME:
        raise invalid_value("IdColumn", f"the name of a column, up to {MAX_COLUMN_NAME} characters, or null", value)
    return value


def _columns(name: str, value: Any, known: Sequence[str]) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise invalid_value(name, "a list of names of input columns", value)
    unknown = [item for item in value if item not in known]
    if unknown:
        raise BadArgument(
            "BadParameterValue",
            f"{name}: the web service takes no column {listed(map(repr, unknown))}. {suggest(unknown[0], known)}",
            name,
        )
    return tuple(dict.fromkeys(value))


def _days(value: Any) -> int:
    if value is None:
        return RETENTION_DAYS
    if not is_whole_number(value) or not 1 <= value <= MAX_RETENTION_DAYS:
        raise invalid_value("RetentionDays", f"a whole number of days from 1 to {MAX_RETENTION_DAYS}", value)
    return value


def _change(
    storage: Storage, endpoint: Endpoint, settings: PredictionLog | None, *, by: str, now: datetime
) -> Endpoint:
    why = "off" if settings is None else f"{settings.share:.0%} of the rows, {settings.retention_days} days"

    def change(before: Endpoint) -> Endpoint:
        step = next_change(before, Cause(by, "prediction log", why), now=now, resources=before.resources)
        # Rows that a log has when it is switched off are kept for as long as it said.
        days = before.prediction_log.retention_days if before.prediction_log else before.log_days
        return replace(before, prediction_log=settings, log_days=0 if settings else days, change=step)

    return change_endpoint(storage, endpoint, change)
