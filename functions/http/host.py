"""What this process knows of the host it runs under, for `perennial doctor`."""

import functools
import json
import os
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

HOST_JSON = Path(__file__).parents[2] / "host.json"
# Tells processes apart: overlapping requests that all come from different ones mean that an instance takes one each.
PROCESS = uuid.uuid4().hex


@functools.cache
def _bundle() -> str:
    bundle = json.loads(HOST_JSON.read_text()).get("extensionBundle", {})
    return f"{bundle.get('id', '')} {bundle.get('version', '')}".strip()


def host_facts() -> dict[str, Any]:
    """Return the extension bundle that host.json names, the threads of synchronous functions, process and clock."""
    threads = os.environ.get("PYTHON_THREADPOOL_THREAD_COUNT", "")
    return {
        "bundle": _bundle(),
        "threads": int(threads) if threads.isdecimal() else min(32, (os.process_cpu_count() or 1) + 4),
        "process": PROCESS,
        "time": datetime.now(UTC).isoformat(),
    }
