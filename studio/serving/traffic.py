"""Counts the scoring calls of each endpoint: how many, how long they took, which errors, how many at once.

Counting (limits.py) only adds to numbers in memory, without a lock, since it happens on the event loop alone. Once a
minute a thread writes what was added to one small row for each endpoint, hour and instance of the app, and one for each
web service; traffic_rows.py says what they hold. What was counted since the last minute is lost when a process is
killed, and may be counted to the hour after. Calls to no endpoint or with a wrong key are not counted.
"""

import logging
import threading
import time
from collections import Counter
from datetime import datetime, timedelta

from azure.core.exceptions import AzureError

from studio.registry.endpoints import Endpoint
from studio.serving.traffic_rows import EDGES, HourCounts, endpoint_key, models_key, service_key, write_counts
from studio.storage.account import Storage
from studio.storage.keys import new_id

FLUSH_SECONDS, FRESH_SECONDS = 60.0, 10.0
# An endpoint without a call for so long is forgotten until its next one.
IDLE = timedelta(hours=2)
logger = logging.getLogger(__name__)


class Counts:
    """Calls by duration and errors by status, which only grow."""

    __slots__ = ("buckets", "errors")

    def __init__(self) -> None:
        self.buckets = [0] * (len(EDGES) + 1)
        self.errors: dict[int, int] = {}

    def count_error(self, status: int) -> None:
        """Count a call that failed."""
        self.errors[status] = self.errors.get(status, 0) + 1


class Meter(Counts):
    """The counts of one endpoint, its calls in progress, and the counts of its models while several share the rows."""

    __slots__ = ("endpoint_id", "models", "now", "peak", "service_id", "workspace_id")

    def __init__(self, endpoint: Endpoint) -> None:
        super().__init__()
        self.workspace_id, self.service_id, self.endpoint_id = endpoint.workspace_id, endpoint.service_id, endpoint.id
        self.models: dict[str, Counts] = {}
        self.now = 0
        self.peak = 0

    def of_models(self, models_id: str) -> Counts:
        """Return the counts of a set of the endpoint's models."""
        return self.models.get(models_id) or self.models.setdefault(models_id, Counts())


class Traffic:
    """The meters of one process, and the thread that writes what they counted."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._instance = new_id()[:8]
        self._meters: dict[str, Meter] = {}
        self._seen: dict[tuple[str, str], tuple[list[int], dict[int, int], datetime]] = {}
        self._hours: dict[tuple[str, str], HourCounts] = {}
        self._unwritten: set[tuple[str, str]] = set()
        self._flushing = threading.Lock()
        self._flushed_at = 0.0
        self._writer: threading.Thread | None = None

    def meter(self, endpoint: Endpoint) -> Meter:
        """Return the meter of an endpoint, to count a call with."""
        return self._meters.get(endpoint.id) or self._add(endpoint)

    def _add(self, endpoint: Endpoint) -> Meter:
        self._meters[endpoint.id] = meter = Meter(endpoint)
        if self._writer is None or not self._writer.is_alive():
            self._writer = threading.Thread(target=self._write_each_minute, daemon=True, name="traffic")
            self._writer.start()
        return meter

    def _write_each_minute(self) -> None:
        while True:
            time.sleep(FLUSH_SECONDS)
            try:
                self.flush()
            except AzureError as error:
                # Nothing is lost: the next minute writes it.
                logger.warning("Counts of calls could not be written: %s", type(error).__name__)

    def refresh(self) -> None:
        """Write what was counted, unless that was done within the last seconds: for who is about to read it."""
        if self._meters and time.monotonic() - self._flushed_at > FRESH_SECONDS:
            self.flush()

    def flush(self) -> None:
        """Write what was counted since the last time."""
        with self._flushing:
            now = self._storage.clock()
            for meter in list(self._meters.values()):
                self._take(meter, now)
            written = {key: self._hours[key] for key in self._unwritten}
            write_counts(self._storage, self._instance, written)
            self._unwritten.clear()
            self._forget(now)
            self._flushed_at = time.monotonic()

    def _take(self, meter: Meter, now: datetime) -> None:
        """Add what a meter counted since the last time to the hour's counts."""
        hour = HourCounts.begin(now).start
        for models_id, counts in list(meter.models.items()):
            if added := self._added(meter.endpoint_id, models_id, counts, now):
                self._add_to(meter.workspace_id, models_key(meter.endpoint_id, models_id, hour), *added, 0, now)
        if added := self._added(meter.endpoint_id, "", meter, now):
            peak, meter.peak = meter.peak, meter.now
            self._add_to(meter.workspace_id, endpoint_key(meter.endpoint_id, hour), *added, peak, now)
            self._add_to(meter.workspace_id, service_key(meter.service_id, hour), *added, 0, now)

    def _added(
        self, endpoint_id: str, models_id: str, counts: Counts, now: datetime
    ) -> tuple[list[int], Counter[int]] | None:
        """Return the calls by duration and the errors since the last time, None without a call."""
        key, buckets, errors = (endpoint_id, models_id), list(counts.buckets), dict(counts.errors)
        before, errors_before, at = self._seen.get(key, ([0] * len(buckets), {}, now))
        added = [after - start for after, start in zip(buckets, before, strict=True)]
        if not any(added):
            self._seen.setdefault(key, (buckets, errors, at))
            return None
        failed = Counter(errors)
        failed.subtract(errors_before)
        self._seen[key] = buckets, errors, now
        return added, failed

    def _add_to(
        self, workspace_id: str, key: str, added: list[int], failed: Counter[int], peak: int, now: datetime
    ) -> None:
        place = (workspace_id, key)
        self._hours.setdefault(place, HourCounts.begin(now)).add(now, added, failed, peak)
        self._unwritten.add(place)

    def _forget(self, now: datetime) -> None:
        """Forget endpoints and hours without a call for long."""
        for key, (_, _, at) in list(self._seen.items()):
            endpoint_id, models_id = key
            meter = self._meters.get(endpoint_id)
            if now - at <= IDLE or (meter is not None and meter.now):
                continue
            del self._seen[key]
            if not models_id:
                self._meters.pop(endpoint_id, None)
            elif meter is not None:
                meter.models.pop(models_id, None)
        for place, hour in list(self._hours.items()):
            if now - hour.start > IDLE and place not in self._unwritten:
                del self._hours[place]
