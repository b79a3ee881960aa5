"""The `functionTimeout` of host.json: a worker that runs a function for longer is ended, and started again.

References
----------
azure-functions-host: ScriptJobHostOptionsSetup (30 minutes unless set), WebScriptHostExceptionHandler (the worker that
runs the invocation is ended and restarted).
"""

import logging
import os
import threading
import time

# The exit status of a process that ended itself for this.
TIMED_OUT = 75
logger = logging.getLogger(__name__)


# The function and the start, on the monotonic clock, of each running invocation.
RUNNING: dict[str, tuple[str, float]] = {}


def watch_timeouts(limit_seconds: float | None) -> None:
    """End this process when an invocation has run for `limit_seconds`; None watches nothing.

    A thread watches: a function may keep the event loop busy.
    """
    if limit_seconds is not None:
        threading.Thread(target=_watch, args=(limit_seconds,), daemon=True, name="timeouts").start()


def _watch(limit_seconds: float) -> None:
    while True:
        time.sleep(min(1.0, limit_seconds / 10))
        now = time.monotonic()
        for invocation_id, (function, started_at) in tuple(RUNNING.items()):
            if now - started_at > limit_seconds:
                logger.error(
                    "Timeout value of %s s exceeded by function '%s' (Id: '%s'). This worker ends, with all that it "
                    "runs, and is started again. functionTimeout in host.json sets the limit.",
                    f"{limit_seconds:g}",
                    function,
                    invocation_id,
                )
                logging.shutdown()
                os._exit(TIMED_OUT)
