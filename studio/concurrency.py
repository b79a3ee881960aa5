"""How many scoring calls an endpoint may have under way in this process.

References
----------
Sections 2.10 and 7.4 of the original's wire contract: over the limit the answer is 503, never 429.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from studio import telemetry
from studio.endpoints import Endpoint
from studio.errors import ServiceUnavailable


class CallLimits:
    """Counts calls under way by endpoint. Counting happens on the event loop alone, so it needs no lock."""

    def __init__(self) -> None:
        self._under_way: dict[str, int] = {}

    @contextmanager
    def enter(self, endpoint: Endpoint) -> Iterator[None]:
        """Count a call for the length of a `with` block; ServiceUnavailable if there are too many already."""
        count = self._under_way.get(endpoint.id, 0)
        if count >= endpoint.max_concurrent_calls:
            telemetry.count(telemetry.THROTTLED, 1, {"perennial.endpoint.id": endpoint.id})
            raise ServiceUnavailable(
                "TooManyConcurrentRequests",
                f"The endpoint '{endpoint.name}' has {count} calls under way, as many as it may. Try again in a "
                "moment, or raise its MaxConcurrentCalls.",
            )
        self._under_way[endpoint.id] = count + 1
        try:
            yield
        finally:
            left = self._under_way[endpoint.id] - 1
            if left:
                self._under_way[endpoint.id] = left
            else:
                del self._under_way[endpoint.id]
