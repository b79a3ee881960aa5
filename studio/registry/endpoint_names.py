"""The names of a workspace's endpoints, kept in memory for as long as no endpoint changes.

Ten thousand endpoints take ten calls to read, one after another. The change token (studio/registry/endpoints.py), which
is renewed with every endpoint that is made, changed or deleted, says with one call whether what was read still holds.
"""

import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from studio.registry.endpoints import read_change_token
from studio.storage.account import Storage
from studio.storage.rows import list_rows

MAX_NAMES = 200_000
# A process that dies between a new endpoint and its change token is not waited for longer.
KEPT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Names:
    """The web service's id and the name of each endpoint by its id, and how many endpoints each web service has."""

    endpoints: Mapping[str, tuple[str, str]]
    counts: Mapping[str, int]


@dataclass(slots=True)
class _Kept:
    lock: threading.Lock = field(default_factory=threading.Lock)
    token: str = ""
    until: float = 0.0
    names: Names | None = None


def read_names(storage: Storage, workspace_id: str) -> Names:
    """Read the names of a workspace's endpoints."""
    rows = list_rows(
        storage.table("endpoints"), workspace_id, select=["PartitionKey", "RowKey", "WebServiceId", "Name"]
    )
    found = {row["RowKey"]: (row["WebServiceId"], row["Name"]) for row in rows}
    return Names(found, Counter(service_id for service_id, _ in found.values()))


class EndpointNames:
    """The names of the workspaces that this process was asked for lately; safe to share between threads.

    Callers that ask for the same workspace at once share one reading of it.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        read: Callable[[Storage, str], Names] = read_names,
        most: int = MAX_NAMES,
    ) -> None:
        self._clock, self._read, self._most = clock, read, most
        self._lock = threading.Lock()
        self._known: OrderedDict[str, _Kept] = OrderedDict()

    def get(self, storage: Storage, workspace_id: str) -> Names:
        """Return the names of a workspace's endpoints as they are now."""
        with self._lock:
            kept = self._known.setdefault(workspace_id, _Kept())
            self._known.move_to_end(workspace_id)
        with kept.lock:
            # Before the rows: what changes while they are read renews it.
            token = read_change_token(storage)
            if kept.names is not None and token == kept.token and self._clock() < kept.until:
                return kept.names
            names = self._read(storage, workspace_id)
            kept.token, kept.until, kept.names = token, self._clock() + KEPT_SECONDS, names
        self._forget_oldest()
        return names

    def _forget_oldest(self) -> None:
        """Keep the workspaces that were asked for last, with at most MAX_NAMES endpoints; each counts as one more."""
        with self._lock:
            known = {key: 1 + (len(kept.names.endpoints) if kept.names else 0) for key, kept in self._known.items()}
            total = sum(known.values())
            for key in list(self._known)[:-1]:
                if total <= self._most:
                    break
                total -= known[key]
                del self._known[key]
