"""Counts of scoring calls as they are stored: a row for each endpoint or web service, hour, and instance of the app.

Table `traffic`: partition key is the workspace id, row key `e-{endpoint id}-{hour}-{instance}`,
`s-{hour}-{service id}-{instance}` or, for the models of an endpoint while several share its rows,
`m-{endpoint id}-{models}-{hour}-{instance}`, with the hour as `2026112708` in UTC; At (the hour's start), Calls, Errors
(JSON: calls by status), Buckets (JSON: calls by duration), Slots (JSON: calls and errors in each five minutes) and Peak
(the most calls at once). Durations are counted in buckets, each a quarter longer than the one before.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Any

from studio.storage.account import Storage
from studio.storage.rows import Row, insert_rows, list_rows
from studio.wire import classic_time, invalid_value

TABLE = "traffic"
# Seconds, from a tenth of a millisecond to about two minutes.
EDGES = tuple(0.0001 * 1.25**step for step in range(63))
SLOTS, SLOT_MINUTES = 12, 5
MAX_HOURS = 168
HOUR = timedelta(hours=1)


@dataclass(slots=True)
class HourCounts:
    """What was counted in one hour."""

    start: datetime
    buckets: list[int] = field(default_factory=lambda: [0] * (len(EDGES) + 1))
    errors: dict[int, int] = field(default_factory=dict)
    slots: list[list[int]] = field(default_factory=lambda: [[0, 0] for _ in range(SLOTS)])
    peak: int = 0

    @staticmethod
    def begin(at: datetime) -> "HourCounts":
        """Return empty counts for the hour that a time is in."""
        return HourCounts(at.astimezone(UTC).replace(minute=0, second=0, microsecond=0))

    def add(self, at: datetime, buckets: list[int], errors: Mapping[int, int], peak: int) -> None:
        """Add calls by duration, the failed ones of them by status, and how many there were at once."""
        for place, count in enumerate(buckets):
            self.buckets[place] += count
        for status, count in errors.items():
            if count:
                self.errors[status] = self.errors.get(status, 0) + count
        slot = self.slots[min(SLOTS - 1, (at - self.start) // timedelta(minutes=SLOT_MINUTES))]
        slot[0] += sum(buckets)
        slot[1] += sum(errors.values())
        self.peak = max(self.peak, peak)

    def merge(self, other: "HourCounts") -> None:
        """Add what another instance, or another web service, counted in the same hour."""
        for place, count in enumerate(other.buckets):
            self.buckets[place] += count
        for status, count in other.errors.items():
            self.errors[status] = self.errors.get(status, 0) + count
        for mine, theirs in zip(self.slots, other.slots, strict=True):
            mine[0] += theirs[0]
            mine[1] += theirs[1]
        self.peak += other.peak


def endpoint_key(endpoint_id: str, hour: datetime) -> str:
    """Return what the row keys of an endpoint begin with, for an hour."""
    return f"e-{endpoint_id}-{_hour_text(hour)}"


def models_key(endpoint_id: str, models_id: str, hour: datetime) -> str:
    """Return what the row keys of a set of an endpoint's models begin with, for an hour."""
    return f"m-{endpoint_id}-{models_id}-{_hour_text(hour)}"


def service_key(service_id: str, hour: datetime) -> str:
    """Return what the row keys of a web service begin with, for an hour."""
    return f"s-{_hour_text(hour)}-{service_id}"


def write_counts(storage: Storage, instance: str, counts: Mapping[tuple[str, str], HourCounts]) -> None:
    """Store counts by workspace and the beginning of the row key, replacing those of this instance."""
    by_workspace: dict[str, list[Row]] = {}
    for (workspace_id, key), hour in counts.items():
        by_workspace.setdefault(workspace_id, []).append(_row(workspace_id, key, instance, hour))
    for rows in by_workspace.values():
        insert_rows(storage.table(TABLE), rows)


def _row(workspace_id: str, key: str, instance: str, hour: HourCounts) -> Row:
    return {
        "PartitionKey": workspace_id,
        "RowKey": f"{key}-{instance}",
        "At": hour.start.isoformat(),
        "Calls": sum(hour.buckets),
        "Errors": json.dumps(hour.errors),
        "Buckets": json.dumps({place: count for place, count in enumerate(hour.buckets) if count}),
        "Slots": json.dumps(hour.slots),
        "Peak": hour.peak,
    }


def _hour_text(start: datetime) -> str:
    return f"{start:%Y%m%d%H}"


def _read(row: Row) -> HourCounts:
    hour = HourCounts(datetime.fromisoformat(row["At"]), slots=json.loads(row["Slots"]), peak=row["Peak"])
    for place, count in json.loads(row["Buckets"]).items():
        hour.buckets[int(place)] += count
    hour.errors = {int(status): count for status, count in json.loads(row["Errors"]).items()}
    return hour


def read_endpoint(
    storage: Storage, workspace_id: str, endpoint_id: str, hours: int, *, now: datetime
) -> list[HourCounts]:
    """Return an endpoint's counts in each of the last hours, the one that is running last."""
    return _read_hours(storage, workspace_id, f"e-{endpoint_id}", hours, now)


def read_models(
    storage: Storage, workspace_id: str, endpoint_id: str, models_id: str, hours: int, *, now: datetime
) -> list[HourCounts]:
    """Return the counts of a set of an endpoint's models in each of the last hours, the one that is running last."""
    return _read_hours(storage, workspace_id, f"m-{endpoint_id}-{models_id}", hours, now)


def _read_hours(storage: Storage, workspace_id: str, start: str, hours: int, now: datetime) -> list[HourCounts]:
    first = HourCounts.begin(now).start - (hours - 1) * HOUR
    within = f"RowKey ge '{start}-{_hour_text(first)}' and RowKey lt '{start}.'"
    return _by_hour(map(_read, list_rows(storage.table(TABLE), workspace_id, within)), first, hours)


def read_services(storage: Storage, workspace_id: str, hours: int, *, now: datetime) -> dict[str, list[HourCounts]]:
    """Return the counts of each web service in each of the last hours, by its id; those without a call are missing."""
    first = HourCounts.begin(now).start - (hours - 1) * HOUR
    found: dict[str, list[HourCounts]] = {}
    for row in list_rows(storage.table(TABLE), workspace_id, f"RowKey ge 's-{_hour_text(first)}' and RowKey lt 's.'"):
        found.setdefault(row["RowKey"].split("-")[2], []).append(_read(row))
    return {service_id: _by_hour(items, first, hours) for service_id, items in found.items()}


def _by_hour(items: Iterable[HourCounts], first: datetime, hours: int) -> list[HourCounts]:
    found = [HourCounts(first + number * HOUR) for number in range(hours)]
    for item in items:
        number = (item.start - first) // HOUR
        if 0 <= number < hours:
            found[number].merge(item)
    return found


def total(hours: Iterable[HourCounts]) -> HourCounts:
    """Return the counts of several hours as one; the peak is that of the busiest hour."""
    items = list(hours)
    found = HourCounts(items[0].start)
    for item in items:
        found.merge(item)
    found.peak = max(item.peak for item in items)
    return found


def quantile_milliseconds(buckets: list[int], share: float) -> float | None:
    """Return how long a share of the calls took at most, in milliseconds, 12 % off at most; None without calls."""
    calls = sum(buckets)
    if not calls:
        return None
    place = next(place for place, count in enumerate(accumulate(buckets)) if count >= share * calls)
    # The middle of a bucket, whose ends are a quarter apart.
    edge = EDGES[min(place, len(EDGES) - 1)]
    return float(f"{1000 * edge / 1.25**0.5:.3g}")


def counts_object(hour: HourCounts) -> dict[str, Any]:
    """Return counts as the API shows them."""
    return {
        "Calls": sum(hour.buckets),
        "Failed": sum(hour.errors.values()),
        "P50": quantile_milliseconds(hour.buckets, 0.5),
        "P95": quantile_milliseconds(hour.buckets, 0.95),
        "P99": quantile_milliseconds(hour.buckets, 0.99),
    }


def metrics_object(hours: list[HourCounts]) -> dict[str, Any]:
    """Return the counts of an endpoint in the last hours as the API shows them."""
    whole = total(hours)
    busiest = max(hours, key=lambda item: item.peak)
    return {
        "Hours": len(hours),
        **counts_object(whole),
        "Errors": {str(status): count for status, count in sorted(whole.errors.items())},
        "Peak": whole.peak,
        "PeakHour": classic_time(busiest.start.isoformat()) if busiest.peak else None,
        "ByHour": [
            {
                "Start": classic_time(item.start.isoformat()),
                **counts_object(item),
                "Peak": item.peak,
                "FiveMinutes": [calls for calls, _ in item.slots],
                "FailedFiveMinutes": [failed for _, failed in item.slots],
            }
            for item in hours
        ],
    }


def read_hours(text: str | None) -> int:
    """Read how many hours a client wants, 24 if it does not say; BadArgument for what is no number up to 168."""
    if not text:
        return 24
    if not re.fullmatch("[0-9]{1,3}", text) or not 1 <= int(text) <= MAX_HOURS:
        raise invalid_value("hours", f"a whole number from 1 to {MAX_HOURS}", text[:40])
    return int(text)
