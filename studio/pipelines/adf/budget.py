"""What an expression may cost: the size and depth of each value, and the size and number of all of them together.

A value's size is what it would take as text: its characters, and NODE for each number, list, object or item in one.
A value that contains another several times counts it several times, although memory holds it once.
"""

import math
from dataclasses import dataclass
from typing import Any

NODE = 16
# Data Factory itself allows 896 KB for everything that an activity is given.
MAX_SIZE = 1024 * 1024
MAX_WORK = 8 * MAX_SIZE
MAX_CALLS = 10_000
# Of calls in an expression, of lists and objects in a document, and of what a value may come to by both.
MAX_NESTING, MAX_DOCUMENT_DEPTH, MAX_VALUE_DEPTH = 64, 100, 128
MAX_NUMBER = 2**63
TOO_LARGE = f"gives a value of more than {MAX_SIZE:,} characters"


class LimitExceeded(ValueError):
    """A value or an expression that is larger than allowed; the message continues "The expression … "."""


@dataclass(slots=True)
class Budget:
    """What the expressions of one JSON value have used so far."""

    calls: int = 0
    work: int = 0

    def count_call(self) -> None:
        """Count a function call; LimitExceeded if there are too many."""
        self.calls += 1
        if self.calls > MAX_CALLS:
            raise LimitExceeded(f"is one of those that make more than {MAX_CALLS:,} calls together")

    def count(self, value: Any) -> None:
        """Count a value that is used or made; LimitExceeded if it, or all of them together, are too large."""
        self.work += size_of(value)
        if self.work > MAX_WORK:
            raise LimitExceeded(f"is one of those that work on more than {MAX_WORK:,} characters together")


def size_of(value: Any) -> int:
    """Return the size of a JSON value; LimitExceeded if it is too large, too deep or no number JSON can write."""
    if isinstance(value, str):
        return check_size(len(value))
    size, level = NODE, [value]
    for _ in range(MAX_VALUE_DEPTH):
        below: list[Any] = []
        for item in level:
            if isinstance(item, str):
                size += len(item)
            elif isinstance(item, list):
                below += item
            elif isinstance(item, dict):
                size += sum(len(str(name)) for name in item)
                below += item.values()
            elif isinstance(item, int | float):
                check_number(item)
            # What is counted is never written out: a list may contain the same list thousands of times.
            if size + NODE * len(below) > MAX_SIZE:
                raise LimitExceeded(TOO_LARGE)
        if not below:
            return size
        size += NODE * len(below)
        level = below
    raise LimitExceeded(f"gives a value nested more than {MAX_VALUE_DEPTH} deep")


def check_number(value: float) -> None:
    """Raise LimitExceeded unless a number is finite and, if it is whole, has at most 64 bits."""
    if isinstance(value, float):
        if not math.isfinite(value):
            raise LimitExceeded("gives a number that is not finite")
    elif not -MAX_NUMBER <= value < MAX_NUMBER:
        raise LimitExceeded("gives a whole number of more than 64 bits")


def check_size(size: int) -> int:
    """Return a size; LimitExceeded if it is too large."""
    if size > MAX_SIZE:
        raise LimitExceeded(TOO_LARGE)
    return size


def is_nested_deeper(value: Any, limit: int) -> bool:
    """Return whether a JSON value, as parsed from text, nests lists or objects more than `limit` deep."""
    level = [value]
    for _ in range(limit + 1):
        level = [
            inner
            for item in level
            if isinstance(item, list | dict)
            for inner in (item.values() if isinstance(item, dict) else item)
        ]
        if not level:
            return False
    return True
