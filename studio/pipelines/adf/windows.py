"""Tumbling windows of version 2 triggers, and slices of version 1 datasets.

References
----------
learn.microsoft.com/azure/data-factory/how-to-create-tumbling-window-trigger; for slices the page "scheduling and
execution" of version 1.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from studio.pipelines.adf.dates import add_months
from studio.pipelines.adf.documents import Active, Availability
from studio.wire import invalid_value

STEPS = {
    "Minute": timedelta(minutes=1),
    "Hour": timedelta(hours=1),
    "Day": timedelta(days=1),
    "Week": timedelta(weeks=1),
}
# When windows start that no calendar has.
FAR = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Windows:
    """Consecutive windows; number 0 starts at `origin`."""

    origin: datetime
    frequency: str
    interval: int

    def start(self, number: int) -> datetime:
        """Return when a window starts, which is when the one before it ends."""
        try:
            if self.frequency == "Month":
                return add_months(self.origin, number * self.interval)
            return self.origin + STEPS[self.frequency] * self.interval * number
        except (OverflowError, ValueError):
            return FAR

    def number_at(self, moment: datetime) -> int:
        """Return the number of the first window that starts at or after a time."""
        if self.frequency == "Month":
            months = (moment.year - self.origin.year) * 12 + moment.month - self.origin.month
            number = months // self.interval - 1
            while self.start(number) < moment:
                number += 1
            return number
        return -((self.origin - moment) // (STEPS[self.frequency] * self.interval))

    def numbers_until(self, moment: datetime) -> int:
        """Return the number of the first window that starts after a time."""
        number = self.number_at(moment)
        return number + 1 if self.start(number) == moment else number


def slices_of(availability: Availability, active: Active) -> tuple[Windows, range]:
    """Return a dataset's slices and the numbers of those within the pipeline's active period."""
    try:
        origin = availability.anchor + availability.offset
    except OverflowError as error:
        raise invalid_value("availability.offset", "within the calendar", str(availability.offset)) from error
    windows = Windows(origin, availability.frequency, availability.interval)
    first = windows.number_at(active.start)
    last = windows.number_at(active.end)
    # A slice that extends beyond the end of the period is not due.
    if windows.start(last) > active.end:
        last -= 1
    return windows, range(first, max(first, last))
