"""Times on the wire, as the original wrote them.

The management API has ISO 8601 in UTC with milliseconds and a `Z`, the Studio API milliseconds since 1970.
"""

from datetime import UTC, datetime


def optional_classic_time(moment: str) -> str | None:
    """Return a stored time as clients see it; None for one that has not come, stored as an empty text."""
    return classic_time(moment) if moment else None


def classic_time(moment: str) -> str:
    """Return a stored time as clients see it, `2016-01-29T13:27:14.153Z`."""
    at = datetime.fromisoformat(moment).astimezone(UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"


def studio_time(moment: str) -> str | None:
    """Return a stored time as the Studio API shows it, `/Date(1454073600000)/`; None for an empty text."""
    return f"/Date({round(datetime.fromisoformat(moment).timestamp() * 1000)})/" if moment else None
