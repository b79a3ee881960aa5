"""What a run says of each module: while it runs, and after it failed."""

import hashlib
import threading
import time

import pytest

from studio.automation.dispatch import perform_work
from studio.experiments.experiments import get_experiment, put_experiment
from studio.experiments.module_states import EndedModule, ModuleStates, StateWriter, read_states
from studio.experiments.run_status import run_object
from studio.experiments.runs import cancel_run, get_run, submit_run
from studio.graph.runner import ModuleRecord
from studio.registry.workspaces import create_workspace
from tests.builders import people_csv, people_experiment
from tests.storage.in_process import Studio, now


@pytest.fixture(scope="module")
def studio(deployment):
    found = Studio(deployment, create_workspace(deployment.storage, "States", now=now()).id)
    found.upload(people_csv(200))
    return found


def submitted(studio, name, document):
    storage = studio.deployment.storage
    put_experiment(storage, studio.workspace, name, document, now=now())
    saved = get_experiment(storage, studio.workspace, name)
    run = submit_run(storage, saved, now=now())
    return saved, get_run(storage, saved, run)


def shown(studio, saved, run):
    storage = studio.deployment.storage
    found = run_object(storage, get_run(storage, saved, run.id))
    return found, {item["Title"]: item for item in found["Modules"]}


def test_a_failed_run_keeps_what_its_modules_did_and_the_failed_one_has_the_message(studio):
    document = people_experiment("Two-Class Logistic Regression")
    document["modules"]["Train"]["properties"]["Label column"] = "<b>nobody</b>"
    saved, run = submitted(studio, "Fails", document)
    perform_work(studio.deployment, run.work.key, now=now())
    found, modules = shown(studio, saved, run)
    assert found["Status"]["StatusCode"] == "Failed"
    train, split = modules["Train"], modules["Split"]
    assert train["StatusCode"] == "Failed"
    assert train["Error"] == found["Status"]["StatusDetail"]
    assert "<b>nobody</b>" in train["Error"]
    assert train["Seconds"] >= 0
    assert train["RowsIn"]["Dataset"] == split["RowsOut"]["Results dataset1"] > 0
    assert (split["StatusCode"], split["Reason"], split["Error"]) == ("Finished", "first run", None)
    assert split["Seconds"] > 0
    assert modules["Score"] | {"Title": "", "Module": ""} == {
        "Title": "",
        "Module": "",
        "StatusCode": "NotStarted",
        "Seconds": None,
        "RowsIn": {},
        "RowsOut": {},
        "Reused": False,
        "Reason": None,
        "Error": None,
    }


def test_each_module_is_followed_while_it_runs(studio):
    endless = people_experiment("Two-Class Neural Network", **{"Number of learning iterations": 10_000})
    saved, run = submitted(studio, "Runs", endless)
    storage = studio.deployment.storage
    worker = threading.Thread(target=perform_work, args=(studio.deployment, run.work.key), kwargs={"now": now()})
    worker.start()
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and shown(studio, saved, run)[1]["Train"]["StatusCode"] != "Running":
        time.sleep(0.2)
    _, modules = shown(studio, saved, run)
    cancel_run(storage, saved, run.id)
    worker.join(60)
    _, cancelled = shown(studio, saved, run)
    assert modules["Split"]["RowsOut"]["Results dataset1"] == modules["Train"]["RowsIn"]["Dataset"]
    assert (modules["Train"]["StatusCode"], cancelled["Train"]["StatusCode"]) == ("Running", "Cancelled")
    assert 0 <= modules["Train"]["Seconds"] <= cancelled["Train"]["Seconds"]
    assert cancelled["Split"] == modules["Split"]


@pytest.mark.attack("Size and time")
def test_the_states_of_any_run_fit_in_their_column():
    writer = StateWriter(now, lambda title, *_: hashlib.sha256(title.encode()).hexdigest()[:24], lambda states: None)
    for number in range(2000):
        rows = {f"Dataset{port}": number * 7919 + port for port in range(3)}
        record = ModuleRecord(number / 7, rows, rows, reason=f"property '{hash(str(number)):x}{'x' * 300}' changed")
        writer.ended(f"Module {number}", record, {})
    content = writer.to_bytes()
    assert len(content) < 64 * 1024
    assert len(read_states(content).ended) == 2000


def test_states_come_back_as_they_were_written_and_older_rows_have_none():
    states = ModuleStates((EndedModule(1.5, {"a": 1}, {"b": 2}, True, "unchanged"),), "2026-01-01T00:00:00+00:00", {})
    assert read_states(states.to_bytes()) == states
    assert read_states(b"") is None
