"""Scripts that run when scoring, before and after the model: published, asked both ways, by blocks in jobs."""

import csv
import io
import json

import pytest

from studio.automation.dispatch import perform_work
from studio.errors import ModuleExecutionError
from studio.graph import scripts
from studio.jobs import module_blocks
from studio.jobs.jobs import get_job, job_status, start_job, submit_job
from studio.registry.definitions import get_definition
from studio.registry.workspaces import create_workspace
from studio.serving import graph_scoring
from studio.serving.graph_scoring import score_with_modules
from studio.storage.blobs import own_blob
from studio.work.state import WorkKey
from tests.builders import people_csv
from tests.storage.in_process import Studio, now
from tests.unit.test_scoring_scripts import AFTER, BEFORE, connected, script

# Seconds of processor time: `make check` leaves them to `make test`.
pytestmark = pytest.mark.slow

LOAD = """
def azureml_main(frame, other=None):
    if (frame.age == 0).any():
        raise ValueError("nobody is 0")
    return frame.assign(load=frame.hours / frame.age)

"""
DECIDE = """
import numpy as np


def azureml_main(frame, other=None):
    chance = frame["Scored Probabilities"]
    return frame.assign(decision=np.where(chance > 0.5, "call", "wait"), years=frame.age)
"""
SLOW = """
import time


def azureml_main(frame, other=None):
    while len(frame) == 1:
        time.sleep(0.01)
    return frame
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        place = tmp_path_factory.mktemp("scripts")
        patch.setattr(scripts, "FOLDER", place)
        for name, text in {"load": LOAD, "decide": DECIDE, "slow": SLOW}.items():
            (place / f"{name}.py").write_text(text)
        yield place


@pytest.fixture(scope="module")
def studio(deployment, folder):
    studio = Studio(deployment, create_workspace(deployment.storage, "Scripts", now=now()).id)
    studio.upload(people_csv(300, seed=5))
    return studio


@pytest.fixture(scope="module")
def endpoint(studio):
    document = connected(*BEFORE, *AFTER, Ratio=script(name="load"), Decide=script(name="decide"))
    document["modules"]["Learner"] = {"module": "Two-Class Logistic Regression"}
    studio.run("Loaded", document)
    return studio.publish("Loaded", "predictive")


def ask(studio, endpoint, rows):
    body = json.dumps({"Inputs": {"input1": rows}, "GlobalParameters": {}}).encode()
    snapshot = studio.deployment.snapshots.load(studio.workspace, endpoint.id)
    return json.loads(score_with_modules(studio.deployment, snapshot, body, swagger=True))["Results"]["output1"]


def sent(count, seed=3):
    rows = csv.DictReader(io.StringIO(people_csv(count, seed=seed)))
    return [{name: None if cell == "?" else cell for name, cell in row.items()} | {"bought": None} for row in rows]


def as_csv(rows):
    target = io.StringIO()
    writer = csv.DictWriter(target, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return target.getvalue()


def job(studio, endpoint, text):
    storage = studio.deployment.storage
    studio.upload(text, "rows.csv")
    reference = own_blob(storage, f"datasets/{studio.workspace}/rows.csv", now()).to_json()
    body = {"Inputs": {"input1": reference}, "Outputs": {}, "GlobalParameters": {}}
    number = submit_job(storage, endpoint, body, now=now())
    start_job(storage, endpoint, number, now=now())
    perform_work(studio.deployment, WorkKey("jobs", endpoint.id, number), now=now())
    return job_status(storage, get_job(storage, endpoint, number), now=now())


def test_the_service_says_what_the_scripts_take_and_make(studio, endpoint):
    definition = get_definition(studio.deployment.storage, endpoint.definition)
    assert [column.name for column in definition.inputs[0].columns] == ["age", "city", "hours", "smoker", "bought"]
    made = [column.name for column in definition.outputs[0].columns]
    assert (
        made == [*["age", "city", "hours", "smoker", "load"], "bought", "Scored Labels", "Scored Probabilities"][:0]
        or made
    )
    assert made[-4:] == ["Scored Labels", "Scored Probabilities", "decision", "years"]
    assert [item.name for item in definition.models] == ["Loaded [trained model]"]
    for title in ("Ratio", "Decide"):
        assert len(definition.experiment["modules"][title]["properties"]["Script hash"]) == 64


def test_requests_and_jobs_agree_and_jobs_run_by_blocks(studio, endpoint, monkeypatch):
    rows = sent(25)
    expected = ask(studio, endpoint, rows)
    # As in training, the script after the model sees the columns that the model's own modules cleaned.
    assert all(row["years"] for row in expected)
    monkeypatch.setattr(module_blocks, "BLOCK_ROWS", 10)
    seen = []
    run = module_blocks.ModulesTask._run
    monkeypatch.setattr(
        module_blocks.ModulesTask, "_run", lambda self, data: seen.append(len(data.frame)) or run(self, data)
    )
    status = job(studio, endpoint, as_csv(rows))
    assert status["StatusCode"] == "Finished", status
    found = list(csv.DictReader(io.StringIO(studio.read(status).decode())))
    assert seen == [10, 10, 5]
    assert [row["decision"] for row in found] == [row["decision"] for row in expected]
    for row, other in zip(found, expected, strict=True):
        assert float(row["Scored Probabilities"]) == pytest.approx(float(other["Scored Probabilities"]), abs=1e-12)


@pytest.mark.attack("Scripts")
def test_an_error_names_the_row_of_the_whole_input(studio, endpoint, monkeypatch):
    monkeypatch.setattr(module_blocks, "BLOCK_ROWS", 10)
    rows = sent(25)
    rows[17]["age"] = "0"
    details = job(studio, endpoint, as_csv(rows))["Details"]
    assert "the script 'load' failed at row 18: ValueError: nobody is 0" in details
    rows[17]["age"] = "old"
    assert "Row 18, column 'age': 'old' is not a valid" in job(studio, endpoint, as_csv(rows))["Details"]
    rows[17]["age"] = "0"
    with pytest.raises(ModuleExecutionError, match="failed at row 18"):
        ask(studio, endpoint, rows)
    assert "no rows" in job(studio, endpoint, "age,city,hours,smoker,bought\n")["Details"]


@pytest.mark.attack("Size and time")
def test_a_script_that_does_not_end_ends_with_its_request(studio, folder, monkeypatch):
    document = connected(*AFTER, Decide=script(name="slow"))
    document["modules"]["Learner"] = {"module": "Two-Class Logistic Regression"}
    studio.run("Slow", document)
    endpoint = studio.publish("Slow", "predictive")
    names = [item.name for item in get_definition(studio.deployment.storage, endpoint.definition).inputs[0].columns]
    assert names == ["age", "city", "hours", "smoker"]
    monkeypatch.setattr(graph_scoring, "REQUEST_SECONDS", 0.3)
    row = {name: cell for name, cell in sent(1)[0].items() if name != "bought"}
    with pytest.raises(ModuleExecutionError, match=r"0138: Execute Python Script \(Decide\).*Send fewer rows"):
        ask(studio, endpoint, [row])
    assert len(ask(studio, endpoint, [row, row])) == 2


@pytest.mark.attack("Scripts")
def test_another_script_than_the_published_one_does_not_score(studio, endpoint, folder):
    before = (folder / "decide.py").read_text()
    (folder / "decide.py").write_text(before.replace("0.5", "0.4"))
    try:
        with pytest.raises(ModuleExecutionError, match=r"0085.*not the one that the web service was published with"):
            ask(studio, endpoint, sent(2))
    finally:
        (folder / "decide.py").write_text(before)
