"""Scoring jobs whose service writes its scores outside: to a database, a storage table and a blob."""

import contextlib
import csv
import io
import json
import sqlite3
from datetime import timedelta

import pytest

from studio.automation.dispatch import perform_work
from studio.jobs import worker
from studio.jobs.jobs import cancel_job, get_job, job_status, start_job, submit_job
from studio.registry.workspaces import create_workspace
from studio.serving.app import open_app
from studio.settings import read_settings
from studio.storage.blobs import own_blob
from studio.storage.rows import change_row
from studio.work.state import State, WorkKey
from tests.builders import people_csv, people_experiment
from tests.storage.in_process import Studio, now
from tests.storage.storage_calls import Killed, KilledAtWrite

ROWS = 25
DESTINATION = "Please specify data destination"
SAVED = ["city", "Scored Probabilities"]


class Exporting:
    """A workspace with a service that writes its scores to three places, and what is there."""

    def __init__(self, app_settings, folder):
        self.file = folder / "shop.db"
        databases = {"PERENNIAL_DATABASES": json.dumps({"shop": f"sqlite:///{self.file}"})}
        app = open_app(read_settings(app_settings | databases))
        self.studio = Studio(app, create_workspace(app.storage, "Exports", now=now()).id)
        self.connection = app_settings["AzureWebJobsStorage"]
        self.studio.upload(people_csv(80, seed=5))
        self.studio.run("Export", self.document())
        self.endpoint = self.studio.publish("Export", "predictive")
        # The training's own exports are not what this is about.
        self.forget()

    def document(self):
        document = people_experiment("Two-Class Logistic Regression")
        document["modules"] |= {
            "Few": {"module": "Select Columns in Dataset", "properties": {"Select Columns": SAVED}},
            "To database": {
                "module": "Export Data",
                "properties": {DESTINATION: "SqlDatabase", "Database name": "shop", "Data table name": "scores"},
            },
            "To blob": {
                "module": "Export Data",
                "properties": {"Path to container, directory or blob": "scores.csv"},
            },
        }
        document["connections"] += [
            {"from": ["Score", "Scored dataset"], "to": ["Few", "Dataset"]},
            {"from": ["Few", "Results dataset"], "to": ["To database", "Dataset"]},
            {"from": ["Score", "Scored dataset"], "to": ["To blob", "Dataset"]},
        ]
        document["webServiceParameters"] = [
            {"name": "Table", "module": "To database", "property": "Data table name", "default": "scores"},
            {
                "name": "File",
                "module": "To blob",
                "property": "Path to container, directory or blob",
                "default": "scores.csv",
            },
        ]
        return document

    def submit(self, n_rows=ROWS, **parameters):
        storage = self.studio.deployment.storage
        self.studio.upload(people_csv(n_rows, seed=8), "job.csv")
        reference = own_blob(storage, f"datasets/{self.studio.workspace}/job.csv", now()).to_json()
        body = {"Inputs": {"input1": reference}, "Outputs": {}, "GlobalParameters": parameters}
        job = submit_job(storage, self.endpoint, body, now=now())
        start_job(storage, self.endpoint, job, now=now())
        return job

    def work(self, job, by=None):
        by = by or self.studio
        perform_work(by.deployment, WorkKey("jobs", self.endpoint.id, job), now=now())

    def status(self, job):
        storage = self.studio.deployment.storage
        return job_status(storage, get_job(storage, self.endpoint, job), now=now())

    def output(self, job):
        location = self.status(job)["Results"]["output1"]["RelativeLocation"].partition("/")[2]
        return self.read("experimentoutput", location)

    def read(self, container, name):
        content = self.studio.deployment.storage.container(container).download_blob(name).readall()
        return list(csv.DictReader(io.StringIO(content.decode())))

    def database(self, table="scores"):
        with contextlib.closing(sqlite3.connect(self.file)) as connection:
            return connection.execute(f'select city, "Scored Probabilities" from {table}').fetchall()

    def forget(self):
        with contextlib.closing(sqlite3.connect(self.file)) as connection:
            connection.execute("drop table if exists scores")
        name = f"{self.studio.workspace}/scores.csv"
        self.studio.deployment.storage.container("datasets").delete_blob(name)

    def blob(self):
        return self.read("datasets", f"{self.studio.workspace}/scores.csv")


@pytest.fixture(scope="module")
def exporting(app_settings, tmp_path_factory):
    return Exporting(app_settings, tmp_path_factory.mktemp("database"))


def is_written_once(exporting, rows, table="scores"):
    """Every destination holds the rows of the job's output, each once."""
    assert exporting.blob() == rows
    assert [(city or None, repr(score)) for city, score in exporting.database(table)] == [
        (row["city"] or None, repr(float(row["Scored Probabilities"]))) for row in rows
    ]


def test_a_scoring_job_writes_its_scores_where_the_experiment_says(exporting):
    for n_rows, parameters, table in ((ROWS, {}, "scores"), (ROWS - 5, {}, "scores"), (3, {"Table": "few"}, "few")):
        job = exporting.submit(n_rows, **parameters)
        exporting.work(job)
        assert exporting.status(job)["StatusCode"] == "Finished", exporting.status(job)
        rows = exporting.output(job)
        assert len(rows) == n_rows
        is_written_once(exporting, rows, table)


def test_requests_write_nothing(exporting):
    before = exporting.database()
    assert exporting.studio.score(exporting.endpoint)["output1"]
    assert exporting.database() == before


def test_an_export_that_fails_fails_the_job_with_its_reason(exporting):
    job = exporting.submit(3, File="../scores.csv")
    exporting.work(job)
    status = exporting.status(job)
    assert status["StatusCode"] == "Failed"
    assert "Export Data (To blob)" in status["Details"]


def test_a_job_that_is_cancelled_while_it_scores_writes_nothing_outside(exporting, monkeypatch):
    score = worker._score_output

    def score_and_cancel(app, claim, job, *others):
        task = score(app, claim, job, *others)
        cancel_job(app.storage, exporting.endpoint, job.record.id)
        return task

    monkeypatch.setattr(worker, "_score_output", score_and_cancel)
    job = exporting.submit(3, Table="cancelled")
    exporting.work(job)
    assert exporting.status(job)["StatusCode"] == "Cancelled"
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        exporting.database("cancelled")


@pytest.mark.attack("Work that is cut off")
@pytest.mark.parametrize("every", [4, pytest.param(1, marks=pytest.mark.long)])
def test_a_job_killed_at_any_write_and_tried_again_writes_everything_once(exporting, record_property, every):
    storage = exporting.studio.deployment.storage
    for line in range(1, 400, every):
        job = exporting.submit()
        try:
            with KilledAtWrite(line):
                exporting.work(job)
            killed = False
        except Killed:
            killed = True
        past = (now() - timedelta(hours=1)).isoformat()
        change_row(
            storage.table("jobs"),
            exporting.endpoint.id,
            job,
            lambda row: None if State(row["State"]).is_final else row | {"LeaseUntil": past},  # noqa: B023
        )
        exporting.work(job)
        assert exporting.status(job)["StatusCode"] == "Finished", exporting.status(job)
        rows = exporting.output(job)
        assert len(rows) == ROWS
        is_written_once(exporting, rows)
        if not killed:
            assert line > 2
            record_property("attacks", line // every)
            return
    raise AssertionError("It never came to its end.")
