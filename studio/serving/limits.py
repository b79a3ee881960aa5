"""Concurrency limits: how many scoring calls an endpoint may have in progress in this process.

References
----------
Sections 2.10 and 7.4 of the original's wire contract: calls over the limit get a 503, never a 429.
"""

from studio import telemetry
from studio.errors import ServiceUnavailable
from studio.registry.endpoints import Endpoint


class CallLimits:
    """Counts the calls in progress per endpoint. Counting happens only on the event loop, so it needs no lock."""

    def __init__(self) -> None:
        self._under_way: dict[str, int] = {}

    def enter(self, endpoint: Endpoint) -> "Call":
        """Return a context manager that counts a call; ServiceUnavailable if the endpoint is at its limit."""
        count = self._under_way.get(endpoint.id, 0)
        if count >= endpoint.max_concurrent_calls:
            telemetry.count(telemetry.THROTTLED, 1, {"perennial.endpoint.id": endpoint.id})
            raise ServiceUnavailable(
                "TooManyConcurrentRequests",
                f"The endpoint '{endpoint.name}' has {count} calls in progress, which is its limit. Try again in a "
                "moment, or raise its MaxConcurrentCalls.",
            )
        return Call(self._under_way, endpoint.id)


class Call:
    """A call that is counted for the duration of a `with` block."""

    __slots__ = ("_endpoint_id", "_under_way")

    def __init__(self, under_way: dict[str, int], endpoint_id: str) -> None:
        self._under_way = under_way
        self._endpoint_id = endpoint_id

    def __enter__(self) -> None:
        self._under_way[self._endpoint_id] = self._under_way.get(self._endpoint_id, 0) + 1

    def __exit__(self, *_: object) -> None:
        left = self._under_way[self._endpoint_id] - 1
        if left:
            self._under_way[self._endpoint_id] = left
        else:
            del self._under_way[self._endpoint_id]
