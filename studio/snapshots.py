"""What scoring knows of an endpoint, in memory and never older than a second when used.

A thread reads one row, the stamp that every change of any endpoint renews. While it is unchanged and was read less
than a second ago, snapshots are used without a storage call. When it changes, each snapshot is compared with its
row before its next use. While storage does not answer, snapshots are used as they are.
"""

import logging
import threading
import time
from dataclasses import dataclass, replace

from azure.core.exceptions import AzureError

from studio.definitions import Definition, get_definition
from studio.endpoints import Endpoint, get_endpoint, read_stamp
from studio.model.loaded import ModelCache
from studio.rows import IMPATIENT
from studio.storage import Storage

MAX_AGE_SECONDS = 1.0
WATCH_SECONDS = 0.4
IDLE_SECONDS = 30.0
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An endpoint with what it does and its two keys, as of `epoch`."""

    endpoint: Endpoint
    definition: Definition
    keys: tuple[str, str]
    epoch: int


class Snapshots:
    """The snapshots of one process; safe to share between threads."""

    def __init__(self, storage: Storage, models: ModelCache, master_secret: str) -> None:
        self._storage = storage
        self._models = models
        self._secret = master_secret
        self._snapshots: dict[tuple[str, str], Snapshot] = {}
        self._epoch = 0
        self._verified_at = -MAX_AGE_SECONDS
        self._used_at = 0.0
        self._storage_is_away = False
        self._watcher: threading.Thread | None = None
        self._lock = threading.Lock()

    def find(self, workspace_id: str, endpoint_id: str) -> Snapshot | None:
        """Return a snapshot that may be used now, with its models in memory, or None. Never calls storage."""
        snapshot = self._snapshots.get((workspace_id, endpoint_id))
        now = time.monotonic()
        self._used_at = now
        if snapshot is None:
            return None
        fresh = snapshot.epoch == self._epoch and now - self._verified_at < MAX_AGE_SECONDS
        if not fresh and not self._storage_is_away:
            return None
        if any(self._models.find(resource.model) is None for resource in snapshot.endpoint.resources):
            return None
        return snapshot

    def load(self, workspace_id: str, endpoint_id: str) -> Snapshot:
        """Return the snapshot as stored now, with its models loaded. NotFound if there is no such endpoint."""
        self._watch()
        epoch = self._epoch
        known = self._snapshots.get((workspace_id, endpoint_id))
        try:
            options = IMPATIENT if known else {}
            endpoint = get_endpoint(self._storage, workspace_id, endpoint_id, **options)
        except AzureError:
            if known is None:
                raise
            logger.warning("Storage does not answer; endpoint %s is used as last known.", endpoint_id)
            return known
        return self._keep(endpoint, epoch, known)

    def replace(self, endpoint: Endpoint) -> None:
        """Take over a change that this process has just stored, so that the next request sees it."""
        known = self._snapshots.get((endpoint.workspace_id, endpoint.id))
        self._keep(endpoint, self._epoch, known)

    def forget(self, workspace_id: str, endpoint_id: str) -> None:
        """Drop the snapshot of an endpoint that was deleted."""
        self._snapshots.pop((workspace_id, endpoint_id), None)

    def _keep(self, endpoint: Endpoint, epoch: int, known: Snapshot | None) -> Snapshot:
        for resource in endpoint.resources:
            self._models.get(resource.model)
        if known is not None and endpoint.etag and known.endpoint.etag == endpoint.etag:
            snapshot = replace(known, epoch=epoch)
        else:
            keys = (endpoint.key(self._secret, 0), endpoint.key(self._secret, 1))
            snapshot = Snapshot(endpoint, get_definition(self._storage, endpoint.definition), keys, epoch)
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
                self._watcher = threading.Thread(target=self._follow_stamp, daemon=True, name="endpoint-stamp")
                self._watcher.start()

    def _follow_stamp(self) -> None:
        """Read the stamp again and again; end when nobody has scored for a while."""
        known: str | None = None
        while time.monotonic() - self._used_at < IDLE_SECONDS:
            started = time.monotonic()
            try:
                stamp = read_stamp(self._storage)
            except AzureError as error:
                if not self._storage_is_away:
                    logger.warning("Storage does not answer: %s", error)
                self._storage_is_away = True
            else:
                if stamp != known:
                    self._epoch += 1
                    known = stamp
                self._storage_is_away = False
                self._verified_at = started
            time.sleep(WATCH_SECONDS)
