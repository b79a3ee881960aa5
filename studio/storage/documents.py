"""Immutable JSON documents in the container `experiments`, named by content hash: `documents/{sha256}.json`."""

import contextlib
import functools
import hashlib
from typing import Any

import orjson
from azure.core.exceptions import ResourceExistsError

from studio.storage.account import Storage


def document_digest(document: dict[str, Any]) -> str:
    """Return the hash under which a document is stored, or would be."""
    return hashlib.sha256(orjson.dumps(document)).hexdigest()


def put_document(storage: Storage, document: dict[str, Any]) -> str:
    """Store a document and return its hash; equal documents are stored once."""
    content = orjson.dumps(document)
    digest = hashlib.sha256(content).hexdigest()
    with contextlib.suppress(ResourceExistsError):
        storage.container("experiments").upload_blob(f"documents/{digest}.json", content, overwrite=False)
    return digest


@functools.lru_cache(maxsize=2048)
def get_document(storage: Storage, digest: str) -> dict[str, Any]:
    """Return a stored document. It is cached, since it never changes: treat it as read-only."""
    content = storage.container("experiments").download_blob(f"documents/{digest}.json").readall()
    document: dict[str, Any] = orjson.loads(content)
    return document
