"""A process that logs what it scores is killed for real: what it noted since its last append is lost, and no more."""

import json
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest

from studio.monitoring.log import read_hours
from tests.storage.monitored import Monitored

FLUSH_SECONDS = 0.5
# Scores rows one after another, and prints the number of each once it is answered.
PROGRAM = """
import json, sys
from studio.monitoring.collector import Predictions
from studio.registry.endpoints import get_endpoint
from studio.serving.app import open_app
from studio.serving.extras import Extras
from studio.serving.scoring import score_request
from studio.settings import read_settings

app = open_app(read_settings(json.loads(sys.argv[1])))
snapshot = app.snapshots.load(sys.argv[2], sys.argv[3])
log = Predictions(app.storage, seconds=float(sys.argv[4]))
row = {"age": 30, "city": "Oslo", "hours": 3.5, "smoker": True}
body = json.dumps({"Inputs": {"input1": [row]}}).encode()
for number in range(10**9):
    noting = log.noting(snapshot.endpoint, {"x-ms-client-request-id": f"{sys.argv[5]}-{number}"})
    score_request(snapshot, app.models, body, swagger=True, extras=Extras(noting=noting))
    print(number, flush=True)
"""


class Scoring:
    """A process that scores and logs until it is sent a signal."""

    def __init__(self, people, settings, name):
        place = (people.workspace.id, people.endpoint.id, str(FLUSH_SECONDS), name)
        command = [sys.executable, "-c", PROGRAM, json.dumps(settings), *place]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.answered: list[tuple[float, int]] = []

    def end(self, number, after_seconds):
        """Send a signal some time after the first answer, and read what was answered until then, and when."""
        end = None
        for line in self.process.stdout:
            self.answered.append((time.monotonic(), int(line)))
            end = end or time.monotonic() + after_seconds
            if time.monotonic() >= end:
                break
        self.process.send_signal(number)
        sent = time.monotonic()
        self.answered += [(sent, int(line)) for line in self.process.stdout]
        self.process.stdout.close()
        self.process.wait(20)
        return sent


def logged(people, name):
    now = datetime.now(UTC)
    span = {"since": now - timedelta(hours=1), "until": now + timedelta(hours=1)}
    hours = list(read_hours(people.storage, people.endpoint, **span, columns=["id"]))
    ids = [id_ for hour in hours for id_ in hour.table["id"].to_pylist()]
    return [int(id_.partition("/")[0].rpartition("-")[2]) for id_ in ids if id_.startswith(f"{name}-")]


@pytest.mark.long
@pytest.mark.attack("Work that is cut off")
def test_a_killed_process_loses_what_it_scored_since_the_last_append_and_no_row_is_told_twice(
    deployment, app_settings, record_property
):
    people = Monitored(deployment)
    for number in range(6):
        scoring = Scoring(people, app_settings, f"k{number}")
        sent = scoring.end(signal.SIGKILL, 1.0 + number * 0.17)
        found = logged(people, f"k{number}")
        assert sorted(found) == list(range(len(found)))
        # An append itself takes a while.
        due = [answered for at, answered in scoring.answered if at < sent - 2 * FLUSH_SECONDS]
        assert len(found) >= len(due) > 0
        record_property("lost", f"{len(scoring.answered) - len(found)} of {len(scoring.answered)}")


@pytest.mark.long
@pytest.mark.attack("Work that is cut off")
def test_a_process_that_is_asked_to_end_loses_nothing(deployment, app_settings):
    people = Monitored(deployment)
    scoring = Scoring(people, app_settings, "t")
    scoring.end(signal.SIGTERM, 0.7)
    found = logged(people, "t")
    assert sorted(found) == list(range(len(found)))
    # It went on scoring while it wrote.
    assert found
    assert scoring.process.returncode == 128 + signal.SIGTERM
