"""A background process whose clock may be stepped: `python -m tests.trials.clock FILE background`.

FILE holds by how many seconds its clock is wrong. Only the wall clock is; nothing can step a monotonic one.
"""

import datetime
import sys
import time
from pathlib import Path

STEP = Path(sys.argv[1])
_time = time.time


def step() -> float:
    return float(STEP.read_text() or 0)


class Stepped(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return cls.fromtimestamp(_time() + step(), tz)

    @classmethod
    def utcnow(cls):
        return cls.now(datetime.UTC).replace(tzinfo=None)


if __name__ == "__main__":
    # Compiled modules count on the type that was there when they were made; they ask no clock.
    import pandas  # noqa: F401
    import pyarrow.csv  # noqa: F401
    import sklearn.ensemble  # noqa: F401

    time.time = lambda: _time() + step()
    datetime.datetime = Stepped  # type: ignore[misc]
    from devhost import worker

    sys.argv = ["devhost.worker", sys.argv[2]]
    worker.main()
