"""Reads the values of module properties, checks their bounds and fills in defaults."""

import json
import math
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from studio.graph.contract import Kind, Module, Property
from studio.hints import suggest
from studio.model.scikit.codec import EstimatorError, read_estimator
from studio.settings import other_estimators

MAX_SHOWN = 200
# The numbers to try that a range may list.
MAX_VALUES = 100


class PropertyError(ValueError):
    """A property value that is not accepted; `number` is the original's module error number, `name` the property."""

    def __init__(self, number: str, message: str, name: str | None = None) -> None:
        super().__init__(message)
        self.number = number
        self.message = message
        self.name = name


def _raise(error: PropertyError) -> NoReturn:
    raise error


def read_properties(
    module: Module,
    given: Mapping[str, Any],
    skip: frozenset[str] = frozenset(),
    report: Callable[[PropertyError], None] = _raise,
) -> dict[str, Any]:
    """Return the module's property values with defaults filled in.

    Parameters
    ----------
    given
        Values by property name, as in the document.
    skip
        Properties that may be missing because a web service parameter sets them later.
    report
        What is done with an error; if it returns, the property has no value, and the next one is read.

    Raises
    ------
    PropertyError
        If a property is unknown, out of bounds, or required and missing.
    """
    known = [item.name for item in module.properties]
    extra = [name for name in given if name not in known and module.property(name) is not None]
    for name in given:
        if name not in known and name not in extra:
            report(PropertyError("0105", f"there is no property '{name[:MAX_SHOWN]}'. {suggest(name, known)}", name))
    values: dict[str, Any] = {}
    for item in module.properties:
        if not _applies(item, values):
            continue
        if given.get(item.name) is not None:
            _read_into(values, item, given[item.name], report)
        elif item.required and item.name not in skip:
            report(
                PropertyError("0003", f"the property '{item.name}' is required. Set it to {_wanted(item)}.", item.name)
            )
        else:
            values[item.name] = item.default
    for name in extra:
        found = module.property(name)
        if found is not None and given[name] is not None:
            _read_into(values, found, given[name], report)
    return values


def _read_into(values: dict[str, Any], item: Property, given: Any, report: Callable[[PropertyError], Any]) -> None:
    try:
        values[item.name] = read_property(item, given)
    except PropertyError as error:
        error.name = item.name
        report(error)


def _wanted(item: Property) -> str:
    """Return what a property's value has to be, for a message."""
    match item.kind:
        case Kind.TEXT:
            return "a text"
        case Kind.BOOLEAN:
            return "True or False"
        case Kind.CHOICE:
            return f"one of {', '.join(item.choices)}"
        case Kind.COLUMNS:
            return "a column name, a list of names or a selection"
        case Kind.RANGE:
            return "numbers to try, such as '1; 10; 50'"
        case Kind.INTEGER:
            return "a whole number"
        case Kind.NUMBER:
            return "a number"
        case Kind.ESTIMATOR:
            return "a scikit-learn estimator, described as JSON"


def read_property(item: Property, value: Any) -> Any:
    """Return a value converted to its property's type; PropertyError if it has another type or is out of bounds."""
    match item.kind:
        case Kind.TEXT:
            if item.sealed_for and isinstance(value, dict) and set(value) == {"sealed", "shown"}:
                return value
            if not isinstance(value, (str, int, float)):
                raise _unreadable(item, value)
            return str(value)
        case Kind.BOOLEAN:
            return _read_boolean(item, value)
        case Kind.CHOICE:
            found = [choice for choice in item.choices if choice.lower() == str(value).strip().lower()]
            if not found:
                raise _unreadable(item, value)
            return found[0]
        case Kind.COLUMNS:
            if not isinstance(value, (str, list, dict)) or not value:
                raise _unreadable(item, value)
            return value
        case Kind.RANGE:
            return _read_range(item, value)
        case Kind.ESTIMATOR:
            return _read_estimator(item, value)
        case Kind.INTEGER | Kind.NUMBER:
            return _read_number(item, value)


def _read_estimator(item: Property, value: Any) -> str:
    """Return an estimator's JSON as text, which is what travels and is stored, whatever its depth."""
    try:
        return json.dumps(read_estimator(value, other_estimators()))
    except EstimatorError as error:
        raise PropertyError("0002", f"{item.name}: {error}") from error


def _applies(item: Property, values: Mapping[str, Any]) -> bool:
    return item.when is None or values.get(item.when[0]) in item.when[1]


def _read_boolean(item: Property, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    text = str(value).strip().lower()
    if text not in ("true", "false"):
        raise _unreadable(item, value)
    return text == "true"


def _read_range(item: Property, value: Any) -> tuple[int | float, ...]:
    parts = value.replace(",", ";").split(";") if isinstance(value, str) else value
    if isinstance(parts, (int, float)):
        parts = [parts]
    if not isinstance(parts, (list, tuple)) or not parts:
        raise _unreadable(item, value)
    if len(parts) > MAX_VALUES:
        raise PropertyError("0007", f"{item.name} must be at most {MAX_VALUES} numbers to try, got {len(parts)}.")
    numbers = [_read_number(item, part) for part in parts]
    return tuple(int(number) if float(number).is_integer() else number for number in numbers)


def _read_number(item: Property, value: Any) -> int | float:
    if isinstance(value, bool):
        raise _unreadable(item, value, number=True)
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise _unreadable(item, value, number=True) from error
    if not math.isfinite(number):
        raise _unreadable(item, value, number=True)
    if item.kind is Kind.INTEGER and not number.is_integer():
        raise _unreadable(item, value, number=True)
    low, high = item.minimum, item.maximum
    if low is not None and high is not None and not low <= number <= high:
        raise PropertyError("0008", f"{item.name} must be between {low:g} and {high:g}, got {str(value)[:MAX_SHOWN]}.")
    if low is not None and number < low:
        raise PropertyError("0005", f"{item.name} must be {low:g} or more, got {str(value)[:MAX_SHOWN]}.")
    if high is not None and number > high:
        raise PropertyError("0007", f"{item.name} must be {high:g} or less, got {str(value)[:MAX_SHOWN]}.")
    if item.above is not None and not number > item.above:
        raise PropertyError("0004", f"{item.name} must be greater than {item.above:g}, got {str(value)[:MAX_SHOWN]}.")
    return int(number) if item.kind is Kind.INTEGER else number


def _unreadable(item: Property, value: Any, *, number: bool = False) -> PropertyError:
    expected = "a number" if number and item.kind is Kind.RANGE else _wanted(item)
    return PropertyError("0002", f"{item.name} must be {expected}, got {repr(value)[:MAX_SHOWN]}.")
