"""Ending the process when a piece of work sits in native code that nothing can interrupt."""

import contextlib
import logging
import os

from studio.work.leases import Claim
from studio.work.state import State

EXIT_CODE = 75
logger = logging.getLogger(__name__)


def end_process(claim: Claim, details: str) -> None:
    """Record that a piece of work has failed, then end this process at once; the platform starts another.

    The record comes first, so the work's message, which returns, finds it ended. Other work of this process is claimed
    again when its lease expires.
    """
    with contextlib.suppress(Exception):
        claim.finish(State.FAILED, details)
    logger.critical("Ending this process: %s cannot be interrupted. %s", claim.key.key, details)
    for handler in logging.getLogger().handlers:
        with contextlib.suppress(Exception):
            handler.flush()
    os._exit(EXIT_CODE)
