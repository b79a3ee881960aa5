"""Arguments of functions, read by type; each ValueError names the value seen and what is accepted."""

from collections.abc import Iterable
from typing import Any

from studio.pipelines.adf.budget import check_size
from studio.pipelines.adf.expressions import as_text, shortened
from studio.wire import is_whole_number

MAX_SHOWN = 80


def text(value: Any) -> str:
    """Return a string."""
    if not isinstance(value, str):
        raise _wrong(value, "is not a string")
    return value


def flag(value: Any) -> bool:
    """Return a Boolean."""
    if not isinstance(value, bool):
        raise _wrong(value, "is neither true nor false")
    return value


def number(value: Any) -> int | float:
    """Return a number; `true` is none."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise _wrong(value, "is not a number")
    return value


def whole(value: Any) -> int:
    """Return a whole number."""
    if not is_whole_number(value):
        raise _wrong(value, "is not a whole number")
    return value


def items(value: Any) -> list[Any]:
    """Return a list."""
    if not isinstance(value, list):
        raise _wrong(value, "is not a list")
    return value


def sequence(value: Any) -> str | list[Any]:
    """Return a string or a list."""
    if not isinstance(value, str | list):
        raise _wrong(value, "is neither a string nor a list")
    return value


def comparable(left: Any, right: Any) -> tuple[Any, Any]:
    """Return two numbers or two strings."""
    return (text(left), text(right)) if isinstance(left, str) else (number(left), number(right))


def joined(parts: Iterable[str], mark: str = "") -> str:
    """Return strings with `mark` between them, adding up their length before they are put together."""
    found, size = [], 0
    for part in parts:
        size = check_size(size + len(part) + len(mark))
        found.append(part)
    return mark.join(found)


def _wrong(value: Any, why: str) -> ValueError:
    return ValueError(f"{shortened(as_text(value), MAX_SHOWN)!r} {why}")
