"""A run or job that uses up its time ends as Failed, once, also where nothing can interrupt it."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from studio.automation.dispatch import perform_work
from studio.experiments.experiments import get_experiment, put_experiment
from studio.experiments.runs import get_run, submit_run
from studio.jobs.jobs import get_job, start_job, submit_job
from studio.registry.workspaces import create_workspace
from studio.storage.account import Storage
from studio.work.state import State, WorkKey
from studio.work.stuck import EXIT_CODE
from tests.builders import people_csv, people_experiment
from tests.storage.in_process import Studio, now

pytestmark = pytest.mark.attack("Size and time")
ROOT = Path(__file__).parents[2]
WORKER = """
import sys
# Before the time of the run begins, so that it is used up in the fit and not by importing.
import pandas, pyarrow.csv, sklearn.linear_model, sklearn.pipeline, sklearn.calibration
from studio.automation.dispatch import perform_work
from studio.serving.app import open_app
from studio.settings import read_settings
from studio.storage.account import utc_now
from studio.work.state import WorkKey
perform_work(open_app(read_settings()), WorkKey(*sys.argv[1:]), now=utc_now())
"""


@pytest.fixture
def studio(deployment):
    return Studio(deployment, create_workspace(deployment.storage, "Time", now=now()).id)


def with_little_time(deployment):
    """The deployment with three seconds for a run."""
    return replace(deployment, storage=Storage(replace(deployment.storage.settings, run_seconds=3)))


def submitted(studio, document):
    """The key of a new run of a document, and how to look at it."""
    storage = studio.deployment.storage
    put_experiment(storage, studio.workspace, "Long", document, now=now())
    saved = get_experiment(storage, studio.workspace, "Long")
    run = submit_run(storage, saved, now=now())
    return WorkKey("runs", f"{studio.workspace}-{saved.key}", run), lambda: get_run(storage, saved, run).work


def test_a_run_out_of_time_fails_with_its_module_named(studio):
    studio.upload(people_csv(400))
    forest = people_experiment("Two-Class Decision Forest", **{"Number of decision trees": 10_000})
    key, look = submitted(studio, forest)
    perform_work(with_little_time(studio.deployment), key, now=now())
    assert look().state is State.FAILED
    assert look().details.startswith("Error 0138: Train Model (Train): the run has used up its time of 0.05 minutes.")


def test_a_training_job_out_of_time_fails_with_its_module_named(studio):
    studio.upload(people_csv(60))
    document = people_experiment("Two-Class Decision Forest")
    document["webServiceParameters"] = [
        {"name": "trees", "module": "Learner", "property": "Number of decision trees", "default": 2}
    ]
    studio.run("Job", document)
    endpoint, storage = studio.publish("Job", "training"), studio.deployment.storage
    job = submit_job(storage, endpoint, {"GlobalParameters": {"trees": 10_000}}, now=now())
    start_job(storage, endpoint, job, now=now())
    perform_work(with_little_time(studio.deployment), WorkKey("jobs", endpoint.id, job), now=now())
    ended = get_job(storage, endpoint, job).work
    assert (ended.state, ended.details[:37]) == (State.FAILED, "Error 0138: Train Model (Train): the ")


@pytest.mark.slow
def test_a_fit_that_nothing_can_interrupt_ends_its_process_and_does_not_run_again(studio, app_settings):
    studio.upload(people_csv(40_000))
    endless = people_experiment("Two-Class Averaged Perceptron", **{"Maximum number of iterations": 10_000})
    key, look = submitted(studio, endless)
    environment = os.environ | app_settings | {"PERENNIAL_RUN_MINUTES": "0.1"}
    command = [sys.executable, "-c", WORKER, key.table, key.partition, key.key]
    ended = subprocess.run(command, env=environment, cwd=ROOT, timeout=120, check=False)
    assert ended.returncode == EXIT_CODE
    assert look().state is State.FAILED
    assert look().details.startswith("Error 0138: Train Model (Train): ")
    perform_work(studio.deployment, key, now=now())
    assert (look().state, look().attempt) == (State.FAILED, 1)
