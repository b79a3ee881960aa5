"""Files of what the modules of a run delivered, written while the run goes on, so that it can be looked at.

Container `results`: `{workspace id}/{experiment key}/shown/{key}-{number of the output port}.json`, `.rows` beside it
with the rows of a dataset (studio/tables/row_pages.py), and `{key}-evaluation.json` for what Evaluate Model delivered.
They hold data only, so that the process that answers requests opens nothing else. The key is that of the module's
result: a module whose result is reused has the files of the run that computed it, whose time storage renews, since
retention goes by that.
"""

import contextlib
import hashlib
import logging
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Self

import orjson
from azure.core.exceptions import ResourceNotFoundError

from studio.graph.runner import ModuleRecord
from studio.graph.shown_values import show_value
from studio.storage.account import Storage

KEY_DIGITS, WRITERS, EVALUATION = 24, 2, "evaluation"
logger = logging.getLogger(__name__)


def output_key(run_id: str, title: str, fingerprint: Mapping[str, Any] | None) -> str:
    """Return the key of the files of a module: of its result, or of this run only if that is not kept."""
    digest = fingerprint["digest"] if fingerprint else hashlib.sha256(f"{run_id}/{title}".encode()).hexdigest()
    return str(digest)[:KEY_DIGITS]


def output_path(workspace_id: str, experiment_key: str, key: str, part: object) -> str:
    """Return the path of the files of an output port, without the extension."""
    return f"{workspace_id}/{experiment_key}/shown/{key}-{part}"


class OutputWriter:
    """Writes the files of a run beside it; a run does not fail because they could not be written.

    At the end of the `with` block, all files are there.
    """

    def __init__(self, storage: Storage, workspace_id: str, experiment_key: str, run_id: str) -> None:
        self._container = storage.container("results")
        self._place = workspace_id, experiment_key
        self._run_id = run_id
        self._writers = ThreadPoolExecutor(WRITERS, thread_name_prefix="outputs")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._writers.shutdown(wait=True)

    def write(self, title: str, record: ModuleRecord, delivered: Mapping[str, Any]) -> str:
        """Have written what a module delivered, and return the key of the files."""
        key = output_key(self._run_id, title, record.fingerprint)
        for number, value in enumerate(delivered.values()):
            path = output_path(*self._place, key, number)
            evaluation = output_path(*self._place, key, EVALUATION)
            self._writers.submit(self._write, path, evaluation, value, reused=record.reused)
        return key

    def _write(self, path: str, evaluation: str, value: Any, *, reused: bool) -> None:
        try:
            if reused and self._renew(path, evaluation):
                return
            shown = show_value(value)
            if shown.evaluation:
                self._container.upload_blob(f"{evaluation}.json", _dump(shown.evaluation), overwrite=True)
            if shown.rows:
                self._container.upload_blob(f"{path}.rows", shown.rows, overwrite=True)
            self._container.upload_blob(f"{path}.json", _dump(shown.summary), overwrite=True)
        except Exception as error:
            logger.warning("%s is not kept to be shown: %s", path, error, exc_info=True)

    def _renew(self, path: str, evaluation: str) -> bool:
        """Renew the time of the files of a reused result; return whether they are there."""
        try:
            self._container.get_blob_client(f"{path}.json").set_blob_metadata({})
        except ResourceNotFoundError:
            return False
        for other in (f"{path}.rows", f"{evaluation}.json"):
            # Only datasets have rows, and only some an evaluation.
            with contextlib.suppress(ResourceNotFoundError):
                self._container.get_blob_client(other).set_blob_metadata({})
        return True


def _dump(content: dict[str, Any]) -> bytes:
    return orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY)
