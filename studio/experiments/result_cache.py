"""Results of modules, kept from one run of an experiment to the next.

Container `results`: `{workspace id}/{experiment key}/{hash of the title}` holds the latest result of each module:
an HMAC-SHA256 by a key that derives from the master secret, then the pickled fingerprint and values. Nothing that
this deployment did not write itself is ever unpickled.
"""

import hashlib
import hmac
import logging
import pickle
from dataclasses import dataclass
from typing import Any

from azure.core.exceptions import ResourceNotFoundError

from studio.storage.account import Storage

MAX_BYTES = 256 * 1024 * 1024
MAC_BYTES = hashlib.sha256().digest_size
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ModuleResults:
    """The kept results of one experiment."""

    storage: Storage
    secret: str
    workspace_id: str
    experiment_key: str

    def find(self, title: str, fingerprint: str) -> tuple[Any, ...] | None:
        """Return the values a module delivered under this fingerprint, or None if they were not kept."""
        try:
            content = self.storage.container("results").download_blob(self._path(title)).readall()
        except ResourceNotFoundError:
            return None
        body = content[MAC_BYTES:]
        if not hmac.compare_digest(content[:MAC_BYTES], self._mac(title, body)):
            logger.warning("The kept result of '%s' was not written by this deployment.", title)
            return None
        kept, values = pickle.loads(body)  # noqa: S301 - the HMAC above shows that this deployment wrote it
        return values if kept == fingerprint else None

    def keep(self, title: str, fingerprint: str, values: tuple[Any, ...]) -> None:
        """Keep what a module delivered in the place of what it delivered before, unless it is very large."""
        body = pickle.dumps((fingerprint, values), protocol=pickle.HIGHEST_PROTOCOL)
        if len(body) > MAX_BYTES:
            logger.info("The result of '%s' has %s bytes and is not kept.", title, len(body))
            return
        content = self._mac(title, body) + body
        self.storage.container("results").upload_blob(self._path(title), content, overwrite=True)

    def _path(self, title: str) -> str:
        return f"{self.workspace_id}/{self.experiment_key}/{hashlib.sha256(title.encode()).hexdigest()[:32]}"

    def _mac(self, title: str, body: bytes) -> bytes:
        key = hmac.digest(self.secret.encode(), b"module results", "sha256")
        return hmac.digest(key, self._path(title).encode() + body, "sha256")
