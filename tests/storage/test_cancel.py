"""Runs and jobs are cancelled from another process, inside a learner as well, and leave nothing half done."""

import threading
import time

import pytest

from studio.automation.dispatch import perform_work
from studio.errors import NotFound
from studio.experiments.experiments import get_experiment, put_experiment
from studio.experiments.run_status import run_object
from studio.experiments.runs import cancel_run, delete_experiment, get_run, submit_run
from studio.jobs.jobs import cancel_job, get_job, start_job, submit_job
from studio.registry.models import list_latest_models
from studio.registry.workspaces import create_workspace
from studio.storage.account import Storage
from studio.work.leases import WorkLost, claimed_work
from studio.work.state import State, WorkKey
from tests.builders import people_csv, people_experiment
from tests.storage.in_process import Studio, now

ENDLESS = {
    "Two-Class Decision Forest": {"Number of decision trees": 10_000},
    "Two-Class Boosted Decision Tree": {"Total number of trees constructed": 10_000},
    "Two-Class Neural Network": {"Number of learning iterations": 10_000},
}


@pytest.fixture(scope="module")
def studio(deployment):
    found = Studio(deployment, create_workspace(deployment.storage, "Cancel", now=now()).id)
    found.upload(people_csv(400))
    return found


def elsewhere(studio):
    """Storage as another process sees it: with clients of its own, and nothing in memory."""
    return Storage(studio.deployment.storage.settings)


def submitted(studio, document, name="Long"):
    storage = studio.deployment.storage
    put_experiment(storage, studio.workspace, name, document, now=now())
    saved = get_experiment(storage, studio.workspace, name)
    return saved, submit_run(storage, saved, now=now())


def cancelled_in_work(studio, key, look, cancel):
    """Do the work here, cancel it once it is in its learner, and return the seconds until the worker is free."""
    freed = []

    def work():
        perform_work(studio.deployment, key, now=now())
        freed.append(time.monotonic())

    worker = threading.Thread(target=work, daemon=True)
    worker.start()
    deadline = time.monotonic() + 60
    while look().progress.step != "Train" and time.monotonic() < deadline:
        time.sleep(0.05)
    assert look().state is State.RUNNING
    asked = time.monotonic()
    cancel()
    worker.join(60)
    return freed[0] - asked


@pytest.mark.long
@pytest.mark.parametrize("learner", ENDLESS)
def test_a_run_is_cancelled_inside_its_learner_and_its_worker_is_free_soon(studio, learner):
    saved, run = submitted(studio, people_experiment(learner, **ENDLESS[learner]))
    storage, other = studio.deployment.storage, elsewhere(studio)
    key = get_run(storage, saved, run).work.key
    seconds = cancelled_in_work(
        studio, key, lambda: get_run(other, saved, run).work, lambda: cancel_run(other, saved, run)
    )
    assert seconds < 10
    shown = run_object(storage, get_run(storage, saved, run))
    assert shown["Status"]["StatusCode"] == "Cancelled"
    states = {item["Title"]: item["StatusCode"] for item in shown["Modules"]}
    assert (states["Train"], states["Score"]) == ("Cancelled", "NotStarted")
    cancel_run(storage, saved, run)
    perform_work(studio.deployment, key, now=now())
    assert get_run(storage, saved, run).work.attempt == 1


@pytest.mark.long
def test_what_a_cancelled_run_had_finished_is_reused(studio):
    endless = people_experiment("Two-Class Neural Network", **ENDLESS["Two-Class Neural Network"])
    saved, run = submitted(studio, endless, "Again")
    storage = studio.deployment.storage
    cancelled_in_work(
        studio,
        get_run(storage, saved, run).work.key,
        lambda: get_run(storage, saved, run).work,
        lambda: cancel_run(storage, saved, run),
    )
    found = studio.run("Again", people_experiment("Two-Class Neural Network", **{"Number of learning iterations": 2}))
    reused = {item["Title"]: item["Reused"] for item in found["Modules"]}
    assert reused["Split"]
    assert not reused["Train"]


def test_a_run_that_waits_is_cancelled_and_never_begins(studio):
    saved, run = submitted(studio, people_experiment(), "Waits")
    storage = studio.deployment.storage
    cancel_run(storage, saved, run)
    perform_work(studio.deployment, get_run(storage, saved, run).work.key, now=now())
    work = get_run(storage, saved, run).work
    assert (work.state, work.started_at) == (State.CANCELLED, "")


def test_the_runs_of_a_deleted_experiment_are_cancelled(studio):
    saved, run = submitted(studio, people_experiment(), "Deleted")
    storage = studio.deployment.storage
    delete_experiment(storage, saved)
    assert get_run(storage, saved, run).work.state is State.CANCELLED
    with pytest.raises(NotFound):
        get_experiment(storage, saved.workspace_id, "Deleted")


@pytest.mark.attack("Other tenants")
def test_a_run_of_another_workspace_is_not_found(studio):
    storage = studio.deployment.storage
    saved, run = submitted(studio, people_experiment(), "Mine")
    stranger = create_workspace(storage, "Stranger", now=now()).id
    put_experiment(storage, stranger, "Mine", people_experiment(), now=now())
    with pytest.raises(NotFound):
        cancel_run(storage, get_experiment(storage, stranger, "Mine"), run)
    assert get_run(storage, saved, run).work.state is State.QUEUED
    cancel_run(storage, saved, run)


def test_a_training_job_is_cancelled_inside_its_learner_and_leaves_no_model(studio):
    document = people_experiment("Two-Class Neural Network", **{"Number of learning iterations": 2})
    document["webServiceParameters"] = [
        {"name": "epochs", "module": "Learner", "property": "Number of learning iterations", "default": 2}
    ]
    studio.run("Job", document)
    endpoint, storage = studio.publish("Job", "training"), studio.deployment.storage
    before = list_latest_models(storage, studio.workspace)
    job = submit_job(storage, endpoint, {"GlobalParameters": {"epochs": 10_000}}, now=now())
    start_job(storage, endpoint, job, now=now())
    seconds = cancelled_in_work(
        studio,
        WorkKey("jobs", endpoint.id, job),
        lambda: get_job(storage, endpoint, job).work,
        lambda: cancel_job(elsewhere(studio), endpoint, job),
    )
    assert seconds < 10
    assert get_job(storage, endpoint, job).work.state is State.CANCELLED
    assert list_latest_models(storage, studio.workspace) == before
    assert not list(storage.container("experimentoutput").list_blob_names(name_starts_with=job))


def test_a_worker_that_is_about_to_write_learns_that_its_work_was_cancelled(studio):
    saved, run = submitted(studio, people_experiment(), "Confirm")
    storage = studio.deployment.storage
    key = get_run(storage, saved, run).work.key
    seen = []
    with claimed_work(storage, key, 600) as claim:
        claim.confirm()
        cancel_run(elsewhere(studio), saved, run)
        try:
            claim.confirm()
        except WorkLost:
            seen.append("lost")
            raise
    assert seen == ["lost"]
    assert get_run(storage, saved, run).work.state is State.CANCELLED


def test_a_run_shows_its_curve_and_warnings_and_is_not_cancelled_once_it_has_ended(studio):
    saved, run = submitted(studio, people_experiment("Two-Class Neural Network", **ENDLESS["Two-Class Neural Network"]))
    storage, seen = studio.deployment.storage, []

    def cancel():
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and not seen:
            curve = run_object(storage, get_run(elsewhere(studio), saved, run))["Curves"].get("Train")
            seen.extend([curve] if curve else [])
            time.sleep(0.05)
        cancel_run(storage, saved, run)

    key = get_run(storage, saved, run).work.key
    assert cancelled_in_work(studio, key, lambda: get_run(storage, saved, run).work, cancel) < 10
    assert get_run(storage, saved, run).work.state is State.CANCELLED
    assert seen[0]["unit"] == "epoch"
    assert 0 < seen[0]["done"] < seen[0]["total"] == 10_000
    assert run_object(storage, get_run(storage, saved, run))["Curves"]["Train"]["done"] >= seen[0]["done"]
    found = studio.run("Short", people_experiment("Two-Class Neural Network", **{"Number of learning iterations": 2}))
    assert found["Curves"]["Train"]["done"] == 2
    assert [item["Title"] for item in found["Warnings"]] == ["Train"]
    (model,) = found["Models"].values()
    assert model["Summary"]["layers"][-1]["outputs"] == 1
    short = get_experiment(storage, studio.workspace, "Short")
    cancel_run(storage, short, found["RunId"])
    assert get_run(storage, short, found["RunId"]).work.state is State.FINISHED
    with pytest.raises(NotFound, match="has no run"):
        cancel_run(storage, short, "0" * 32)
