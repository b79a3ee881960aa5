"""Snapshots of endpoints: what scoring needs to know, in memory, and never more than a second old when used.

A thread polls one row: the change token, which every change to any endpoint renews. While the token is unchanged and
was read less than a second ago, snapshots are used without a storage call. When it changes, the next request that uses
a snapshot has it refreshed from its row in the background, and waits for that only if the snapshot is over a second
old. While storage does not respond, snapshots are used as they are.

Epochs tell how fresh a snapshot is without reading its row. The epoch counts the observed changes of the token, and a
snapshot has the epoch in which it was read. A snapshot of the current epoch is as fresh as the last read of the token.
A snapshot of the previous epoch was valid until the last read before the token changed, so its age counts from there.
Older snapshots count as infinitely old and are read again before use.
"""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from azure.core.exceptions import AzureError

from studio.errors import StudioError
from studio.registry.definitions import Definition, get_definition
from studio.registry.endpoints import Endpoint, get_endpoint, read_change_token
from studio.serving.model_cache import ModelCache
from studio.serving.routing import Router, make_router
from studio.storage.account import Storage
from studio.storage.rows import IMPATIENT

MAX_AGE_SECONDS = 1.0
WATCH_SECONDS = 0.4
IDLE_SECONDS = 30.0
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An endpoint with its definition and its two keys, as of `epoch`.

    `router` says which deployment answers a row; None while the current models answer alone.
    """

    endpoint: Endpoint
    definition: Definition
    keys: tuple[str, str]
    epoch: int
    router: Router | None = None


@dataclass(frozen=True, slots=True)
class _Watched:
    """The state of the watch on the change token.

    Parameters
    ----------
    epoch
        How often the token was seen to change.
    verified_at
        float, seconds: when the current token was last read.
    superseded_at
        float, seconds: when the previous token was last read.
    """

    epoch: int
    verified_at: float
    superseded_at: float

    def age(self, epoch: int, now: float) -> float:
        """Return how many seconds ago a snapshot of an epoch was last known to match storage."""
        if epoch == self.epoch:
            return now - self.verified_at
        return now - self.superseded_at if epoch == self.epoch - 1 else float("inf")


class Snapshots:
    """The snapshots of one process; safe to share between threads. `clock` counts seconds and never goes back."""

    def __init__(self, storage: Storage, models: ModelCache, clock: Callable[[], float] = time.monotonic) -> None:
        self._storage = storage
        self._models = models
        self._clock = clock
        self._snapshots: dict[tuple[str, str], Snapshot] = {}
        self._watched = _Watched(0, -MAX_AGE_SECONDS, -MAX_AGE_SECONDS)
        self._used_at = 0.0
        self._storage_is_away = False
        self._watcher: threading.Thread | None = None
        self._lock = threading.Lock()
        self._loading: dict[tuple[str, str], threading.Lock] = {}
        self._refreshing: set[tuple[str, str]] = set()
        self._refresher = ThreadPoolExecutor(1, "endpoint-refresh")

    def find(self, workspace_id: str, endpoint_id: str) -> Snapshot | None:
        """Return a snapshot that is fresh enough to use, with its models in memory, or None. Never calls storage."""
        key = (workspace_id, endpoint_id)
        snapshot, watched, now = self._snapshots.get(key), self._watched, self._clock()
        self._used_at = now
        if snapshot is None:
            return None
        if not self._storage_is_away:
            if watched.age(snapshot.epoch, now) >= MAX_AGE_SECONDS:
                return None
            if snapshot.epoch != watched.epoch:
                self._refresh(key)
        for resource in snapshot.endpoint.resources:
            if self._models.find(resource.model) is None:
                return None
        if snapshot.router is not None:
            for route in snapshot.router.routes:
                for resource in route.resources.values():
                    if self._models.find(resource.model) is None:
                        return None
        return snapshot

    def load(self, workspace_id: str, endpoint_id: str) -> Snapshot:
        """Return a snapshot less than a second old, with its models loaded; concurrent callers load it only once.

        Raises NotFound if there is no such endpoint.
        """
        self._watch()
        key = (workspace_id, endpoint_id)
        with self._lock:
            loading = self._loading.setdefault(key, threading.Lock())
        with loading:
            snapshot = self.find(*key)
            if snapshot is None or snapshot.epoch != self._watched.epoch:
                snapshot = self._load(*key)
        with self._lock:
            self._loading.pop(key, None)
        return snapshot

    def _load(self, workspace_id: str, endpoint_id: str) -> Snapshot:
        epoch = self._watched.epoch
        known = self._snapshots.get((workspace_id, endpoint_id))
        try:
            options = IMPATIENT if known else {}
            endpoint = get_endpoint(self._storage, workspace_id, endpoint_id, **options)
        except AzureError:
            if known is None:
                raise
            logger.warning("Storage does not respond; using the last known state of endpoint %s.", endpoint_id)
            return known
        return self._keep(endpoint, epoch, known)

    def _refresh(self, key: tuple[str, str]) -> None:
        """Reload a snapshot in the background, unless that is already in progress."""
        with self._lock:
            if key in self._refreshing:
                return
            self._refreshing.add(key)
        self._refresher.submit(self._reload, key)

    def _reload(self, key: tuple[str, str]) -> None:
        try:
            self._load(*key)
        except (AzureError, StudioError) as error:
            # The next request that needs a fresh snapshot gets the error itself.
            logger.info("Could not refresh endpoint %s: %s", key[1], error)
        finally:
            with self._lock:
                self._refreshing.discard(key)

    def replace(self, endpoint: Endpoint) -> None:
        """Apply a change that this process has just stored, so that the next request sees it."""
        known = self._snapshots.get((endpoint.workspace_id, endpoint.id))
        self._keep(endpoint, self._watched.epoch, known)

    def forget(self, workspace_id: str, endpoint_id: str) -> None:
        """Drop the snapshot of an endpoint that was deleted."""
        self._snapshots.pop((workspace_id, endpoint_id), None)

    def _keep(self, endpoint: Endpoint, epoch: int, known: Snapshot | None) -> Snapshot:
        for resource in endpoint.resources:
            self._models.get(resource.model)
        for deployment in endpoint.deployments.others:
            for resource in deployment.resources:
                self._models.get(resource.model)
        if known is not None and endpoint.etag and known.endpoint.etag == endpoint.etag:
            snapshot = replace(known, epoch=epoch)
        else:
            keys = (endpoint.key(self._storage.secret, 0), endpoint.key(self._storage.secret, 1))
            definition = get_definition(self._storage, endpoint.definition)
            snapshot = Snapshot(endpoint, definition, keys, epoch, make_router(endpoint))
        with self._lock:
            current = self._snapshots.get((endpoint.workspace_id, endpoint.id))
            newer = current is not None and current.endpoint.change.sequence > endpoint.change.sequence
            if newer and current is not None and current.epoch >= epoch:
                return current
            self._snapshots[endpoint.workspace_id, endpoint.id] = snapshot
        return snapshot

    def _watch(self) -> None:
        with self._lock:
            if self._watcher is None or not self._watcher.is_alive():
                self._watcher = threading.Thread(target=self._follow_changes, daemon=True, name="endpoint-watch")
                self._watcher.start()

    def _follow_changes(self) -> None:
        """Poll the change token; stop when there have been no requests for IDLE_SECONDS."""
        known: str | None = None
        while self._clock() - self._used_at < IDLE_SECONDS:
            started = self._clock()
            try:
                token = read_change_token(self._storage)
            except AzureError as error:
                if not self._storage_is_away:
                    logger.warning("Storage does not respond: %s", error)
                self._storage_is_away = True
            else:
                watched = self._watched
                if token == known:
                    self._watched = replace(watched, verified_at=started)
                else:
                    self._watched = _Watched(watched.epoch + 1, started, watched.verified_at)
                    known = token
                self._storage_is_away = False
            time.sleep(WATCH_SECONDS)
