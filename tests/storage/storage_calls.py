"""The calls of storage that a thread makes, by the lines that the SDK logs: counted, or one of them its last."""

import logging
import threading

LOGGER = logging.getLogger("azure.core.pipeline.policies.http_logging_policy")


class Watch(logging.Handler):
    """Sees a line before and a line after each call of storage that this thread makes inside a `with` block."""

    def __init__(self):
        super().__init__()
        self.thread = threading.get_ident()

    def emit(self, record):
        if record.thread == self.thread:
            self.see(str(record.msg).startswith("Request URL"))

    def see(self, before):
        raise NotImplementedError

    def __enter__(self):
        LOGGER.addHandler(self)
        LOGGER.setLevel(logging.INFO)
        return self

    def __exit__(self, *_):
        LOGGER.removeHandler(self)
        LOGGER.setLevel(logging.NOTSET)


class StorageCalls(Watch):
    """Counts the calls."""

    def __init__(self):
        super().__init__()
        self.count = 0

    def see(self, before):
        self.count += before


class Killed(BaseException):
    """The end of a process in the middle of anything: nothing that the product does on errors happens."""


class KilledAfter(Watch):
    """Kills its thread before or after a call of storage, at the line of that number; never if it is 0."""

    def __init__(self, lines):
        super().__init__()
        self.left = lines

    def see(self, before):
        self.left -= 1
        if self.left == 0:
            raise Killed


class KilledAtWrite(KilledAfter):
    """Kills its thread before or after a write of storage, at the line of that number; reads are not counted."""

    def __init__(self, lines):
        super().__init__(lines)
        self.writes = False

    def emit(self, record):
        text = record.getMessage() if record.thread == self.thread else ""
        if text.startswith("Request URL"):
            self.writes = "Request method: 'GET'" not in text and "Request method: 'HEAD'" not in text
        if self.writes:
            super().emit(record)
