"""The worker's log as Azure has it: the root logger at INFO, and no line that does not belong to an invocation.

The real host throws away lines from outside an invocation, such as those of threads that the app started, and keeps
those of Microsoft's runtime to itself. `DEVHOST_LOG_ALL=1` shows the former.

References
----------
azure-functions-python-worker: dispatcher.py (the level; how a line finds its invocation); azure-functions-host:
GrpcWorkerChannel.Log (what is thrown away).
"""

import logging
import os
import sys

from azure_functions_runtime import invocation_id_cv
from azure_functions_runtime.bindings.context import _invocation_id_local

# The host's own lines are not the worker's.
HOST = ("devhost", "uvicorn")
FORMAT = "%(asctime)s %(name)s %(levelname)s %(message)s"


def set_up_logs() -> None:
    """Send log lines to standard error as the real host would keep them."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter(FORMAT))
    if os.environ.get("DEVHOST_LOG_ALL", "0") == "0":
        handler.addFilter(is_kept)
    root = logging.getLogger()
    root.setLevel(logging.INFO)
    root.addHandler(handler)
    # System lines in Azure: Microsoft sees them, the app's owner does not.
    logging.getLogger("azure.functions").setLevel(logging.WARNING)


def is_kept(record: logging.LogRecord) -> bool:
    """Return whether the real host keeps a line: it is the host's own, or belongs to an invocation."""
    if record.name.partition(".")[0] in HOST:
        return True
    return (invocation_id_cv.get() or getattr(_invocation_id_local, "invocation_id", None)) is not None
