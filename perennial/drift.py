"""How far an endpoint's rows are from those its model was trained on, as a frame and as notebooks show it."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from perennial.html_view import table_html
from perennial.records import Records, frame_of

BARS = "▁▂▃▄▅▆▇█"
# A line of one character a window shows so many.
MAX_BARS = 30
Moment = str | datetime


class Drift(dict[str, Any]):
    """An endpoint's drift as the service returns it: see docs/reference/drift.md.

    `columns` has a record a column with its latest measures; `to_frame` a row for each column and window.
    """

    @property
    def columns(self) -> Records:
        """A record a column: whether it drifts, why, its latest measures, and a line of how much it did."""
        return Records(self._latest(column) for column in self["Columns"])

    @property
    def drifting(self) -> list[str]:
        """The names of the columns that drift in the latest window."""
        return [str(column["Name"]) for column in self["Columns"] if column["Drifts"]]

    def to_frame(self, library: str | None = None) -> Any:
        """Return the measures as a frame: a row for each column and window, with `Fired` as text."""
        return frame_of(list(self._rows()), library)

    def _rows(self) -> Iterator[dict[str, Any]]:
        names = list(dict.fromkeys(name for column in self["Columns"] for name in column["Measures"]))
        for column in self["Columns"]:
            for place, window in enumerate(self["Windows"]):
                measures = {name: _at(column["Measures"].get(name), place) for name in names}
                yield {
                    "Column": column["Name"],
                    "Of": column["Of"],
                    "Start": window["Start"],
                    "Rows": window["Rows"],
                    **measures,
                    "Fired": ", ".join(column["Fired"][place]),
                }

    def _latest(self, column: dict[str, Any]) -> dict[str, Any]:
        measures = {name: _last(values) for name, values in column["Measures"].items()}
        fired: list[str] = column["Fired"][-1] if column["Drifts"] else []
        return {
            "Column": column["Name"],
            "Of": column["Of"],
            "Drifts": column["Drifts"],
            "Why": ", ".join(fired) or column["Lacks"],
            **measures,
            "Course": bars(column["Measures"].get("PSI", []), column["Thresholds"].get("PSI", 1)),
        }

    def _repr_html_(self) -> str:
        shown = [record | {"Drifts": "yes" if record["Drifts"] else "no"} for record in self.columns]
        return table_html(shown, f"Drift of {self['Endpoint']}", " ".join(self["Lacks"]))


def moment_text(moment: Moment | None) -> str | None:
    """Return a time as text: datetimes in ISO 8601, texts as they are."""
    return moment.isoformat() if isinstance(moment, datetime) else moment


def bars(values: list[float | None], threshold: float) -> str:
    """Return values as a line of bars, the highest of which is twice the threshold or more; `·` for none."""
    top = 2 * threshold
    shown = values[-MAX_BARS:]
    return "".join("·" if value is None else BARS[min(7, int(8 * value / top))] for value in shown)


def _at(values: list[Any] | None, place: int) -> Any:
    return values[place] if values else None


def _last(values: list[Any]) -> Any:
    return next((value for value in reversed(values) if value is not None), None)
