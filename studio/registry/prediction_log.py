"""What an endpoint keeps of the rows that it scores: the settings of its prediction log, part of the endpoint's row."""

import json
from dataclasses import asdict, dataclass
from typing import Any

RETENTION_DAYS, MAX_RETENTION_DAYS = 90, 3650


@dataclass(frozen=True, slots=True)
class PredictionLog:
    """The settings of a prediction log.

    Parameters
    ----------
    share
        float in (0, 1]: the share of the rows that are kept, chosen by a hash of the row's id.
    id_column
        The column whose cells are the ids of the rows; empty if the request's id and the row's number are.
    leave_out, hashed
        Input columns that are not kept, and those of which a keyed hash is kept.
    retention_days
        int, days: how long rows are kept.
    """

    share: float = 1.0
    id_column: str = ""
    leave_out: tuple[str, ...] = ()
    hashed: tuple[str, ...] = ()
    retention_days: int = RETENTION_DAYS

    @property
    def keeps_all(self) -> bool:
        """Whether rows are kept as they were sent, all of them."""
        return self.share >= 1 and not (self.id_column or self.leave_out or self.hashed)

    def to_json(self) -> str:
        """Return the settings as an endpoint's row stores them."""
        return json.dumps(asdict(self))

    @staticmethod
    def from_json(text: str | None) -> "PredictionLog | None":
        """Read what to_json wrote; None for an endpoint without a log, and for rows of earlier versions."""
        if not text:
            return None
        value: dict[str, Any] = json.loads(text)
        return PredictionLog(
            share=float(value["share"]),
            id_column=value["id_column"],
            leave_out=tuple(value["leave_out"]),
            hashed=tuple(value["hashed"]),
            retention_days=int(value["retention_days"]),
        )
