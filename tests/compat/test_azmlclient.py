"""azmlclient 2.6.0 from PyPI, unchanged, against the app."""

import json
import subprocess
from pathlib import Path

import pytest

from studio.storage.account import DEVELOPMENT_KEY
from tests.e2e.steps import ROWS

pytestmark = pytest.mark.old_client
CALLS = Path(__file__).with_name("azml_calls.py")


@pytest.fixture
def call(azmlclient, published):
    def run(endpoint, **given):
        sent = {"key": endpoint.primary_key, "url": endpoint.api_location, "inputs": {"input1": ROWS}} | given
        done = subprocess.run(
            [azmlclient, CALLS], input=json.dumps(sent), capture_output=True, text=True, check=False, timeout=120
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


@pytest.mark.parametrize("swagger", [False, True])
def test_request_response_in_both_formats(call, published, swagger):
    answer = call(published.default, kind="rr", swagger=swagger, outputs=["output1"])
    rows = answer["results"]["output1"]
    assert [row["city"] for row in rows] == ["Oslo", "Kyoto"]
    assert all(0 <= float(row["Scored Probabilities"]) <= 1 for row in rows)


@pytest.mark.parametrize(
    "change, text",
    [
        ({"key": "wrong"}, "Unauthorized"),
        ({"inputs": {"input1": [{"age": 1}]}}, "InputMismatchError"),
        ({"inputs": {"other": ROWS}}, "InvalidInputNames"),
        ({"params": {"Nonsense": 1}}, "UnexpectedParameter"),
    ],
)
def test_errors_are_read(call, published, change, text):
    answer = call(published.default, kind="rr", swagger=False, **change)
    assert "results" not in answer
    assert text in answer["text"] or text in answer["error"], answer


def batch(call, published, emulator, **given):
    return call(
        published.default,
        kind="bes",
        account_key=DEVELOPMENT_KEY,
        container="experimentoutput",
        port=emulator.ports[0],
        outputs=["output1"],
        **given,
    )


def test_batch(call, published, emulator):
    answer = batch(call, published, emulator)
    assert "results" in answer, answer
    rows = answer["results"]["output1"]
    assert [row["city"] for row in rows] == ["Oslo", "Kyoto"]
    assert {"Scored Labels", "Scored Probabilities"} <= set(rows[0])


def test_a_failed_batch_job_says_why(call, published, emulator):
    rows = [ROWS[0] | {"hours": "many"}]
    answer = batch(call, published, emulator, inputs={"input1": rows})
    assert answer["error"] == "JobExecutionException", answer
    assert "'hours'" in answer["text"]
