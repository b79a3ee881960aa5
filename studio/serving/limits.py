"""Concurrency limits: how many scoring calls an endpoint may have in progress in this process; counts the calls, too.

References
----------
Sections 2.10 and 7.4 of the original's wire contract: calls over the limit get a 503, never a 429.
"""

import time
from bisect import bisect_left

from studio import telemetry
from studio.errors import ServiceUnavailable, StudioError
from studio.registry.endpoints import Endpoint
from studio.serving.routing import Routing
from studio.serving.traffic import Meter, Traffic
from studio.serving.traffic_rows import EDGES


class CallLimits:
    """Counts the calls in progress per endpoint. Counting happens only on the event loop, so it needs no lock."""

    def __init__(self, traffic: Traffic) -> None:
        self._traffic = traffic

    def enter(self, endpoint: Endpoint, routing: Routing | None = None) -> "Call":
        """Return a context manager that counts a call; ServiceUnavailable if the endpoint is at its limit.

        Parameters
        ----------
        routing
            How the call is routed, if the endpoint has several deployments; it is counted for those that answer, too.
        """
        meter = self._traffic.meter(endpoint)
        if meter.now >= endpoint.max_concurrent_calls:
            telemetry.count(telemetry.THROTTLED, 1, {"perennial.endpoint.id": endpoint.id})
            meter.buckets[0] += 1
            meter.count_error(ServiceUnavailable.status)
            raise ServiceUnavailable(
                "TooManyConcurrentRequests",
                f"The endpoint '{endpoint.name}' has {meter.now} calls in progress, which is its limit. Try again in a "
                "moment, or raise its MaxConcurrentCalls.",
            )
        return Call(meter, routing)


class Call:
    """A call that is counted, with its duration and the status of its error, for the duration of a `with` block."""

    __slots__ = ("_meter", "_routing", "_started")

    def __init__(self, meter: Meter, routing: Routing | None) -> None:
        self._meter = meter
        self._routing = routing

    def __enter__(self) -> None:
        meter = self._meter
        meter.now += 1
        if meter.now > meter.peak:
            meter.peak = meter.now
        self._started = time.perf_counter()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        meter = self._meter
        meter.now -= 1
        meter.buckets[bisect_left(EDGES, time.perf_counter() - self._started)] += 1
        if error is not None:
            meter.count_error(error.status if isinstance(error, StudioError) else 500)
        if self._routing is not None:
            self._routing.count(meter, error)
