"""Cached module results, which the next run of an experiment can reuse.

Container `results`: `{workspace id}/{experiment key}/{hash of the title}.zip` holds the latest result of each module:
an HMAC-SHA256 with a key derived from the master secret, followed by the file that studio/graph/result_file.py writes.
Only files written with this app's master secret are read, and they hold data, never code.
"""

import hashlib
import hmac
import logging
from dataclasses import dataclass
from typing import Any

from azure.core.exceptions import ResourceNotFoundError

from studio.graph.result_file import read_result, write_result
from studio.storage.account import Storage

MAX_BYTES = 256 * 1024 * 1024
MAC_BYTES = hashlib.sha256().digest_size
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ModuleResults:
    """The cached results of one experiment."""

    storage: Storage
    secret: str
    workspace_id: str
    experiment_key: str

    def find(self, title: str, fingerprint: str) -> tuple[Any, ...] | None:
        """Return what a module returned for this fingerprint, or None if it is not stored."""
        try:
            content = self.storage.container("results").download_blob(self._path(title)).readall()
        except ResourceNotFoundError:
            return None
        body = content[MAC_BYTES:]
        if not hmac.compare_digest(content[:MAC_BYTES], self._mac(title, body)):
            logger.warning("Ignored the stored result of '%s': it was not signed with this app's master secret.", title)
            return None
        return read_result(body, fingerprint)

    def size(self, title: str) -> int:
        """Return the size of a module's stored result in bytes, 0 if none is stored."""
        try:
            return int(self.storage.container("results").get_blob_client(self._path(title)).get_blob_properties().size)
        except ResourceNotFoundError:
            return 0

    def keep(self, title: str, fingerprint: str, values: tuple[Any, ...]) -> None:
        """Store what a module returned, replacing its previous result.

        A result larger than MAX_BYTES, or with a value that a result file cannot hold, is not stored; the module then
        runs again next time.
        """
        try:
            body = write_result(fingerprint, values)
        except (TypeError, ValueError) as error:
            logger.info("The result of '%s' is not stored: %s.", title, error)
            return
        if len(body) > MAX_BYTES:
            logger.info(
                "The result of '%s' is not stored: it has %s bytes, the limit is %s.", title, len(body), MAX_BYTES
            )
            return
        content = self._mac(title, body) + body
        self.storage.container("results").upload_blob(self._path(title), content, overwrite=True)

    def _path(self, title: str) -> str:
        return f"{self.workspace_id}/{self.experiment_key}/{hashlib.sha256(title.encode()).hexdigest()[:32]}.zip"

    def _mac(self, title: str, body: bytes) -> bytes:
        key = hmac.digest(self.secret.encode(), b"module results", "sha256")
        return hmac.digest(key, self._path(title).encode() + body, "sha256")
