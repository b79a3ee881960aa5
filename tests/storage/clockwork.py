"""Ticks and works by a clock of its own, in a process that may be killed at any moment: `python -m … STATE.json`.

The state file holds the app settings and the time of the next tick; every tick is made twice.
"""

import json
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

from studio.deployment import Deployment, open_deployment
from studio.due_work import start_due_work
from studio.rows import find_row, list_rows
from studio.settings import read_settings
from studio.work import ACTIVE, State, WorkKey
from studio.work_kinds import perform_work

SECONDS = 40
DAY = timedelta(days=1)


def work_all(deployment: Deployment, now: datetime) -> None:
    """Do everything that is active until nothing is; what a killed process holds is waited for."""
    deadline = time.monotonic() + SECONDS
    while True:
        keys = [WorkKey(**json.loads(row["Key"])) for row in list_rows(deployment.storage.table("jobs"), ACTIVE)]
        open_ = [key for key in keys if not ended(deployment, key)]
        if not open_:
            return
        if time.monotonic() > deadline:
            rows = [find_row(deployment.storage.table(key.table), key.partition, key.key) for key in open_]
            steps = [row for key in open_ for row in list_rows(deployment.storage.table("activityruns"), key.key)]
            raise RuntimeError(f"Nothing moves: {rows} {steps}")
        for key in open_:
            perform_work(deployment, key, now=now)
        time.sleep(0.05)


def ended(deployment: Deployment, key: WorkKey) -> bool:
    row = find_row(deployment.storage.table(key.table), key.partition, key.key)
    return row is None or State(row["State"]).is_final


def main(path: Path) -> None:
    state = json.loads(path.read_text())
    deployment = open_deployment(read_settings(state["settings"]))
    while state["now"] < state["end"]:
        now = datetime.fromisoformat(state["now"])
        for _ in range(2):
            start_due_work(deployment, now=now)
        work_all(deployment, now)
        state["now"] = (now + DAY).isoformat()
        part = path.with_suffix(".part")
        part.write_text(json.dumps(state))
        part.replace(path)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
