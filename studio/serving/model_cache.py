"""A cache of loaded models: in memory, then on local disk, then in storage. The least recently used are evicted.

All processes of a machine share the folder on disk. What it holds is used only if it has the hash that it is named by.
"""

import contextlib
import hashlib
import logging
import os
import threading
import uuid
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

from studio import telemetry
from studio.model.loaded import LoadedModel, load_model
from studio.registry.models import PROOF

logger = logging.getLogger(__name__)


class ModelCache:
    """Loaded models by hash; safe to share between threads.

    Parameters
    ----------
    download
        Returns the bytes of a model file, given its hash.
    folder
        The folder for downloaded files. If the disk is full, a model is downloaded again when it is needed.
    max_memory_bytes
        The memory for all loaded models together; the most recently used model always stays.
    max_file_bytes
        The maximum unpacked size of a file.
    max_disk_bytes
        The size of all files in the folder together; a larger file is not kept there.
    """

    def __init__(
        self,
        download: Callable[[str], bytes],
        folder: Path,
        max_memory_bytes: int,
        max_file_bytes: int,
        max_disk_bytes: int = 1 << 28,
    ) -> None:
        self._download = download
        self._folder = folder
        self._max_memory = max_memory_bytes
        self._max_file = max_file_bytes
        self._max_disk = max_disk_bytes
        self._models: OrderedDict[str, LoadedModel] = OrderedDict()
        self._memory = 0
        self._lock = threading.Lock()
        self._loading: dict[str, threading.Lock] = {}
        telemetry.watch_gauge(telemetry.MODELS, lambda: len(self._models))
        telemetry.watch_gauge(telemetry.MODEL_MEMORY, lambda: self._memory)

    def find(self, digest: str) -> LoadedModel | None:
        """Return a model if it is in memory, otherwise None. Counts as a use."""
        with self._lock:
            model = self._models.get(digest)
            if model is not None:
                self._models.move_to_end(digest)
            return model

    def get(self, digest: str) -> LoadedModel:
        """Return a model, loading it if necessary; concurrent callers load it only once."""
        model = self.find(digest)
        if model is not None:
            return model
        with self._lock:
            loading = self._loading.setdefault(digest, threading.Lock())
        with loading:
            model = self.find(digest) or self._load(digest)
        with self._lock:
            self._loading.pop(digest, None)
        return model

    def _load(self, digest: str) -> LoadedModel:
        telemetry.count(telemetry.MODEL_LOADS, 1, {})
        return self.add(digest, load_model(self._read(digest), self._max_file))

    def add(self, digest: str, model: LoadedModel) -> LoadedModel:
        """Add a loaded model and evict the least recently used ones if memory is exceeded; return the model."""
        with self._lock:
            if digest not in self._models:
                self._models[digest] = model
                self._memory += model.memory_bytes
            while self._memory > self._max_memory and len(self._models) > 1:
                _, evicted = self._models.popitem(last=False)
                self._memory -= evicted.memory_bytes
            return model

    def _read(self, digest: str) -> bytes:
        # The number changes with what is accepted as a model (studio/registry/models.py): older files were not proved.
        path = self._folder / f"{digest}-{PROOF}.ilearner"
        with contextlib.suppress(OSError):
            content = path.read_bytes()
            if hashlib.sha256(content).hexdigest() == digest:
                os.utime(path)
                return content
            logger.warning("%s is damaged; the trained model is downloaded again.", path)
        content = self._download(digest)
        if len(content) <= self._max_disk:
            self._write(path, content)
        return content

    def _write(self, path: Path, content: bytes) -> None:
        # Written under a temporary name and then renamed, so that no reader sees half a file.
        part = path.with_suffix(f".{uuid.uuid4().hex}")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._make_room(len(content))
            part.write_bytes(content)
            os.replace(part, path)
        except OSError as error:
            logger.warning("The model cache in %s cannot be written: %s", self._folder, error)
            with contextlib.suppress(OSError):
                part.unlink()

    def _make_room(self, size: int) -> None:
        """Remove the files that were used least recently, also halves that a process left, until `size` bytes fit."""
        found = []
        for entry in os.scandir(self._folder):
            with contextlib.suppress(FileNotFoundError):
                found.append((entry.stat().st_mtime_ns, entry.stat().st_size, entry.path))
        used = sum(length for _, length, _ in found)
        for _, length, path in sorted(found):
            if used + size <= self._max_disk:
                return
            # Another process may have removed it.
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)
            used -= length
