"""What the month showed, by day: rows, models, drift, metrics, shares and events, as the app tells them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from examples.month.endpoint import Watched
from studio.model.shifts import MEASURES
from studio.monitoring.drift_counts import list_windows
from studio.monitoring.drift_limits import DAY as BY_DAY
from studio.monitoring.metrics import live_metrics
from studio.monitoring.rows import INPUT
from studio.storage.event_log import (
    DRIFT_DETECTED,
    PROMOTION_ROLLED_BACK,
    PROMOTION_STEP,
    SWAPPED,
    Recorded,
    list_recorded,
)

DAY = timedelta(days=1)
PSI = MEASURES[0]
WORDS = {PROMOTION_ROLLED_BACK: "taken back", SWAPPED: "new model"}


@dataclass(slots=True)
class Day:
    """A day of the month.

    Parameters
    ----------
    drift
        By version, the largest PSI of an input column, less what chance adds, and the name of that column.
    fired
        By version, the columns that drift.
    auc
        By version, the metric on the truths that came, on how many, and whether in the shadow and by callers together.
    shares
        Percent of the rows that each version answers at the end of the day; 0 in the shadow.
    """

    number: int
    rows: int = 0
    missing: int = 0
    drift: dict[int, tuple[float, str]] = field(default_factory=dict)
    fired: dict[int, list[str]] = field(default_factory=dict)
    auc: dict[int, tuple[float, int]] = field(default_factory=dict)
    shares: dict[int, int] = field(default_factory=dict)
    events: list[Recorded] = field(default_factory=list)

    @property
    def version(self) -> int:
        """The version that answers most rows."""
        return max(self.shares, key=lambda version: self.shares[version])


def read_days(watched: Watched, start: datetime, count: int) -> list[Day]:
    """Return the days of the month."""
    storage, endpoint, end = watched.app.storage, watched.endpoint, start + count * DAY
    days = [Day(number + 1) for number in range(count)]
    versions: dict[str, int] = {}
    for item in live_metrics(storage, endpoint, since=start, until=end):
        place = (date.fromisoformat(item.day) - start.date()).days
        if not 0 <= place < count:
            continue
        versions[item.model] = item.version
        day = days[place]
        day.missing = max(day.missing, item.missing)
        if "AUC" in item.metrics:
            _add_metric(day, item.version, item.metrics["AUC"], item.measured)
    for window in list_windows(storage, endpoint.id, BY_DAY, start, end):
        day = days[(window.start - start) // DAY]
        day.rows += window.rows
        version = versions.get(window.model, 0)
        inputs = {name: found[PSI].value for name, found in window.shifts.items() if name.startswith(INPUT)}
        largest = max(inputs, key=lambda name: inputs[name])
        day.drift[version] = inputs[largest], largest.removeprefix(INPUT)
        day.fired[version] = sorted(window.fired)
    for at, shares in watched.shares:
        for day in days[max(0, (at - start) // DAY) :]:
            day.shares = shares
    for event in list_recorded(storage, watched.workspace):
        place = (datetime.fromisoformat(event.at) - start) // DAY
        days[min(max(place, 0), count - 1)].events.insert(0, event)
    return days


def _add_metric(day: Day, version: int, value: float, measured: int) -> None:
    """Take rows of the shadow and of callers together, weighted by their truths, as the gates do."""
    before, known = day.auc.get(version, (0.0, 0))
    whole = known + measured
    day.auc[version] = (before * known + value * measured) / whole, whole


def table_rows(days: Sequence[Day]) -> list[tuple[str, ...]]:
    """Return the table of days as texts."""
    return [
        (
            f"{day.number}",
            f"{day.rows:,}",
            " ".join(f"v{version} {_percent(share)}" for version, share in sorted(day.shares.items())),
            " ".join(_drift_text(day, version) for version in sorted(day.drift) if version in day.shares),
            " ".join(f"v{version} {value:.3f}" for version, (value, _) in sorted(day.auc.items())),
            ", ".join(_words(day.events)),
        )
        for day in days
    ]


COLUMNS = ("day", "rows", "who answers", "largest PSI", "AUC by truths", "events")


def _percent(share: int) -> str:
    return f"{share} %" if share else "shadow"


def _drift_text(day: Day, version: int) -> str:
    value, column = day.drift[version]
    return f"{value:.2f} {column}" if day.fired[version] else f"{value:.2f}"


def _words(events: Sequence[Recorded]) -> list[str]:
    return list(dict.fromkeys(event_words(event) for event in events))


def event_words(event: Recorded) -> str:
    """Return what an event tells, in two or three words."""
    if event.type == DRIFT_DETECTED:
        return "drift: retraining" if event.data.get("policy") else "drift"
    if event.type == PROMOTION_STEP:
        (version,) = event.data["versions"].values()
        what = str(event.data["what"]).replace(" of the rows", "").replace(" rows in the shadow", " in shadow")
        return f"v{version} {what}"
    return WORDS.get(event.type, event.type.removeprefix("perennial."))
