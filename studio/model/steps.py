"""Steps from a source column to a model's column, applied to one cell at a time.

columns.py has the same steps for whole Arrow columns; a test compares the two.
"""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from studio.model.cleaning import CleanText
from studio.tables.schema import READERS, Cell, Column, ColumnType, write_cell


@dataclass(frozen=True, slots=True)
class MissingIf:
    """Make text cells equal to `token` missing."""

    token: str

    def apply(self, cell: Cell) -> Cell:
        """Return None for the token, else the cell."""
        return None if isinstance(cell, str) and cell.strip() == self.token else cell


@dataclass(frozen=True, slots=True)
class Cast:
    """Convert the cell to another type."""

    type: ColumnType

    def apply(self, cell: Cell) -> Cell:
        """Return the cell converted to the new type; ValueError if that fails."""
        if cell is None:
            return None
        return READERS[self.type](cell)


@dataclass(frozen=True, slots=True)
class Fill:
    """Replace a missing cell with a value."""

    value: Cell

    def apply(self, cell: Cell) -> Cell:
        """Return the value for a missing cell, else the cell."""
        return self.value if cell is None else cell


@dataclass(frozen=True, slots=True)
class Indicator:
    """Replace the cell with whether it is missing."""

    def apply(self, cell: Cell) -> Cell:
        """Return True for a missing cell, else False."""
        return cell is None


@dataclass(frozen=True, slots=True)
class Replace:
    """Replace one value with another."""

    old: Cell
    new: Cell

    def apply(self, cell: Cell) -> Cell:
        """Return the new value for the old one, else the cell."""
        return self.new if cell == self.old and cell is not None else cell


Step = MissingIf | Cast | Fill | Indicator | Replace | CleanText


@dataclass(frozen=True, slots=True)
class PlanColumn:
    """A column derived from one source column by `steps`, in order, ending in the type of `column`.

    `missing_tokens` are texts, such as `?`, that mark a missing cell in the source.
    """

    column: Column
    source: Column
    steps: tuple[Step, ...] = ()
    missing_tokens: tuple[str, ...] = ()

    def reader(self) -> Callable[[Any], Cell]:
        """Return the function that turns a wire cell into the finished cell; it raises ValueError for a bad cell."""
        read, steps = self._source_reader(), [step.apply for step in self.steps]
        if not steps:
            return read
        if len(steps) == 1:
            only = steps[0]
            return lambda value: only(read(value))

        def apply_all(value: Any) -> Cell:
            cell = read(value)
            for step in steps:
                cell = step(cell)
            return cell

        return apply_all

    def _source_reader(self) -> Callable[[Any], Cell]:
        read, tokens = self.source.reader(), frozenset(self.missing_tokens)
        if not tokens:
            return read
        return lambda value: None if isinstance(value, str) and value.strip() in tokens else read(value)

    def to_json(self) -> dict[str, Any]:
        """Return the plan as stored in `encoder.json`."""
        return {
            "column": self.column.to_json(),
            "source": self.source.to_json(),
            "steps": [_step_to_json(step) for step in self.steps],
            "missingTokens": list(self.missing_tokens),
        }

    @staticmethod
    def from_json(value: dict[str, Any]) -> "PlanColumn":
        """Read what to_json wrote."""
        steps = tuple(_step_from_json(step) for step in value["steps"])
        column, source = (Column.from_json(value[name]) for name in ("column", "source"))
        return PlanColumn(column, source, steps, tuple(value["missingTokens"]))


def category_key(cell: Cell) -> str | None:
    """Return the text that identifies a cell of a categorical column."""
    return cell if cell is None or isinstance(cell, str) else write_cell(cell)


def _step_to_json(step: Step) -> dict[str, Any]:
    match step:
        case MissingIf(token):
            return {"step": "missing-if", "token": token}
        case Cast(type_):
            return {"step": "cast", "type": type_.value}
        case Fill(value):
            return {"step": "fill", "value": value}
        case Indicator():
            return {"step": "is-missing"}
        case Replace(old, new):
            return {"step": "replace", "old": old, "new": new}
        case CleanText():
            return {"step": "clean-text", **dataclasses.asdict(step)}


def _step_from_json(value: dict[str, Any]) -> Step:
    match value["step"]:
        case "missing-if":
            return MissingIf(str(value["token"]))
        case "cast":
            return Cast(ColumnType(value["type"]))
        case "fill":
            return Fill(value["value"])
        case "is-missing":
            return Indicator()
        case "replace":
            return Replace(value["old"], value["new"])
        case "clean-text":
            fields = {name: item for name, item in value.items() if name != "step"}
            return CleanText(**fields | {"stop_words": tuple(value["stop_words"])})
    raise ValueError(f"Unknown step '{value['step']}'.")
