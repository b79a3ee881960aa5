"""The columns of the data frame that a user's estimator is fitted to, as the encoder's matrix holds them."""

from dataclasses import asdict, dataclass
from typing import Any

NUMBER, INTEGER, BOOLEAN, DATE, TEXT, CATEGORY = "number", "integer", "boolean", "date", "text", "category"
# Texts that a vectorizer reads: the encoder counts them, and the frame has a number for each row (counted.py).
COUNTED = "counted"
# What stands in the frame for a category that training did not see; no cell can hold it.
UNSEEN = "\0unseen"


@dataclass(frozen=True, slots=True)
class FrameColumn:
    """A column of the frame: its place in the matrix, its kind, and the values of its codes (None for numbers)."""

    name: str
    slot: int
    kind: str
    values: tuple[Any, ...] | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the column as a request holds it."""
        return asdict(self)

    @staticmethod
    def from_json(value: dict[str, Any]) -> "FrameColumn":
        """Read what to_json wrote."""
        values = value["values"]
        return FrameColumn(value["name"], value["slot"], value["kind"], None if values is None else tuple(values))
