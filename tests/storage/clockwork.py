"""Ticks and works by a clock of its own, in a process that may be killed at any moment: `python -m … STATE.json`.

The state file holds the app settings, the workspace and the time of the next tick; every tick is made twice.
"""

import json
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from studio.automation.dispatch import perform_work, start_due_work
from studio.serving.app import App, open_app
from studio.settings import read_settings
from studio.storage.rows import Row, find_row, list_rows
from studio.work.queue import ACTIVE, read_message
from studio.work.state import State, WorkKey

SECONDS = 40
DAY = timedelta(days=1)


def live(deployment: App, workspace: str, now: datetime, end: datetime) -> Iterator[datetime]:
    """Tick twice a day and do the day's work, until the end; yield the next day after each."""
    while now < end:
        for _ in range(2):
            start_due_work(deployment.storage, now=now)
        work_all(deployment, workspace, now)
        now += DAY
        yield now


def work_all(deployment: App, workspace: str, now: datetime) -> None:
    """Do everything of a workspace that is active until nothing is; what a killed process holds is waited for."""
    deadline = time.monotonic() + SECONDS
    while open_ := dict(active(deployment, workspace)):
        if time.monotonic() > deadline:
            steps = [row for key in open_ for row in list_rows(deployment.storage.table("activityruns"), key.key)]
            raise RuntimeError(f"Nothing moves: {open_} {steps}")
        for key in open_:
            perform_work(deployment, key, now=now)
        time.sleep(0.05)


def active(deployment: App, workspace: str) -> Iterator[tuple[WorkKey, Row]]:
    """Yield a workspace's work that is queued or running, with its rows."""
    for found in list_rows(deployment.storage.table("jobs"), ACTIVE):
        key = read_message(found["Key"]).key
        row = find_row(deployment.storage.table(key.table), key.partition, key.key)
        if row is None or State(row["State"]).is_final:
            continue
        if workspace in (row.get("WorkspaceId"), key.partition):
            yield key, row


def main(path: Path) -> None:
    state = json.loads(path.read_text())
    deployment = open_app(read_settings(state["settings"]))
    now, end = (datetime.fromisoformat(state[name]) for name in ("now", "end"))
    for day in live(deployment, state["workspace"], now, end):
        part = path.with_suffix(".part")
        part.write_text(json.dumps(state | {"now": day.isoformat()}))
        part.replace(path)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
