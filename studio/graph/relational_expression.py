"""Relational expressions of Split Data: comparisons of one column, joined by & (binds first) and |.

`\\"column" > 3 & < 9`, or `"column" > 3 & "column" < 9`. The text is read once from left to right.
"""

import re
from dataclasses import dataclass

MAX_LENGTH = 10_000
MAX_COMPARISONS = 100
COLUMN = re.compile(r'\s*+\\?"(?P<name>(?:[^"\\]|\\(?!"))++)\\?"\s*+', re.DOTALL)
OPERATOR = re.compile(r"\s*+(<=|>=|==|!=|<|>)\s*+")
VALUE = re.compile(r"[^&|<>=!]++")


class ExpressionError(ValueError):
    """A relational expression that cannot be read; the message says where and what is accepted."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A comparison: the operator, the value as written, and the column if the expression names it again."""

    operator: str
    value: str
    column: str | None


def read_column(text: str) -> tuple[str, str] | None:
    """Return the quoted column name that a text begins with, and the rest; None if it does not begin with one."""
    found = COLUMN.match(text[:MAX_LENGTH])
    return (found["name"], text[found.end() :]) if found else None


def read_comparisons(text: str) -> list[list[Comparison]]:
    """Return the comparisons after the column's name: at least one of the lists must hold, with all in it.

    Raises
    ------
    ExpressionError
        If the text is too long or is not a relational expression.
    """
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"must have at most {MAX_LENGTH:,} characters, got {len(text):,}")
    either: list[list[Comparison]] = [[]]
    at, column = 0, None
    for _ in range(MAX_COMPARISONS):
        operator = OPERATOR.match(text, at)
        value = VALUE.match(text, operator.end()) if operator else None
        if operator is None or value is None or not value[0].strip():
            raise ExpressionError(f'is not valid at {text[at : at + 40]!r}. Example: \\"column" > 3 & < 9')
        either[-1].append(Comparison(operator[1], value[0].strip(), column))
        joint, at = text[value.end() : value.end() + 1], value.end() + 1
        if not joint:
            return either
        if joint not in "&|":
            raise ExpressionError(f'is not valid at {text[at - 1 : at + 39]!r}. Example: \\"column" > 3 & < 9')
        if joint == "|":
            either.append([])
        again = COLUMN.match(text, at)
        at, column = (again.end(), again["name"]) if again else (at, None)
    raise ExpressionError(f"must have at most {MAX_COMPARISONS} comparisons")
