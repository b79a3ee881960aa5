"""Times on the wire: ISO 8601 in UTC with milliseconds and a `Z`, as the original wrote them."""

from datetime import UTC, datetime


def optional_classic_time(moment: str) -> str | None:
    """Return a stored time as clients see it; None for one that has not come, stored as an empty text."""
    return classic_time(moment) if moment else None


def classic_time(moment: str) -> str:
    """Return a stored time as clients see it, `2016-01-29T13:27:14.153Z`."""
    at = datetime.fromisoformat(moment).astimezone(UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"
