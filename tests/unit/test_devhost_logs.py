import logging

from azure_functions_runtime import invocation_id_cv
from azure_functions_runtime.bindings.context import _invocation_id_local

from devhost.logs import is_kept


def record(name: str) -> logging.LogRecord:
    return logging.LogRecord(name, logging.INFO, "", 0, "", None, None)


def test_a_line_outside_an_invocation_is_dropped():
    assert not is_kept(record("studio.serving.snapshots"))
    assert is_kept(record("devhost.queues"))
    token = invocation_id_cv.set("1")
    try:
        assert is_kept(record("studio.serving.snapshots"))
    finally:
        invocation_id_cv.reset(token)
    _invocation_id_local.invocation_id = "1"
    try:
        assert is_kept(record("studio.serving.snapshots"))
    finally:
        del _invocation_id_local.invocation_id
