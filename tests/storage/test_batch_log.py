"""Batch jobs in the prediction log: their rows are read from the jobs' own blobs, and said to be missing without."""

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from studio.automation.dispatch import perform_work
from studio.jobs.jobs import get_job, job_status, start_job, submit_job
from studio.monitoring import batch_rows
from studio.monitoring.batch_records import BATCHES, list_records, start_of_rows
from studio.monitoring.compaction import compact_ended_hours
from studio.monitoring.drift import count_hour
from studio.monitoring.drift_counts import list_windows
from studio.monitoring.feedback import Truths
from studio.monitoring.log import read_hours
from studio.monitoring.log_pages import Span, read_page
from studio.monitoring.log_view import View
from studio.monitoring.metrics import compute_day
from studio.monitoring.removal import delete_kept_rows, sweep_kept_rows
from studio.monitoring.settings import delete_prediction_log, put_prediction_log
from studio.registry.definitions import get_definition, put_definition
from studio.registry.endpoints import change_endpoint
from studio.storage.blobs import own_blob
from studio.work.state import WorkKey
from tests.builders import people_csv, people_experiment
from tests.storage.monitored import NOON, Monitored

HOUR = timedelta(hours=1)
LONG = pytest.mark.long
END = NOON + HOUR


class Batched(Monitored):
    """A monitored endpoint that has jobs, too."""

    def __init__(self, app, settings=None, csv=None):
        super().__init__(app, settings=settings, csv=csv)
        self.app = replace(self.app, storage=self.storage)
        definition = replace(get_definition(app.storage, self.endpoint.definition), experiment=people_experiment())
        digest = put_definition(app.storage, definition)
        self.endpoint = change_endpoint(self.storage, self.endpoint, lambda row: replace(row, definition=digest))

    def keep(self, **settings):
        self.endpoint = put_prediction_log(self.storage, self.endpoint, settings, by="t", now=NOON)

    def job(self, text, name="people.csv", parameters=None, output=None):
        """Score a file, and return the job's id with the rows of its output."""
        path = f"{self.workspace.id}/{name}"
        self.storage.container("datasets").upload_blob(path, text, overwrite=True)
        given = own_blob(self.storage, f"datasets/{path}", datetime.now(UTC)).to_json()
        outputs = {"output1": own_blob(self.storage, output, datetime.now(UTC), "rcw").to_json()} if output else {}
        body = {"Inputs": {"input1": given}, "Outputs": outputs, "GlobalParameters": parameters or {}}
        job = submit_job(self.storage, self.endpoint, body, now=NOON)
        start_job(self.storage, self.endpoint, job, now=NOON)
        perform_work(self.app, WorkKey("jobs", self.endpoint.id, job), now=NOON)
        status = job_status(self.storage, get_job(self.storage, self.endpoint, job), now=NOON)
        assert status["StatusCode"] == "Finished", status
        place = status["Results"]["output1"]["RelativeLocation"].partition("/")
        scored = self.storage.container(place[0]).download_blob(place[2]).readall().decode()
        return job, list(csv.DictReader(io.StringIO(scored)))

    def read(self, since=NOON - HOUR, until=END + HOUR, **options):
        """Return the rows and how many are missing."""
        hours = list(read_hours(self.storage, self.endpoint, since=since, until=until, **options))
        return [row for hour in hours for row in hour.table.to_pylist()], sum(hour.missing for hour in hours)


@pytest.fixture
def people(deployment):
    return Batched(deployment)


def test_rows_of_a_job_are_read_from_its_input_and_its_output(people):
    text = people_csv(30, seed=3)
    job, scored = people.job(text)
    rows, missing = people.read()
    assert missing == 0
    assert [row["id"] for row in rows] == [f"{job}/{number}" for number in range(30)]
    assert [row["at"] for row in rows] == sorted(row["at"] for row in rows)
    assert rows[-1]["at"] <= NOON
    resource = people.endpoint.resources[0]
    assert {(row["mode"], row["model"], row["version"]) for row in rows} == {("batch", resource.model, 1)}
    for row, given, answer in zip(rows, csv.DictReader(io.StringIO(text)), scored, strict=True):
        assert row["score/Scored Labels"] == answer["Scored Labels"]
        assert row["score/Scored Probabilities"] == float(answer["Scored Probabilities"])
        assert row["input/city"] == (given["city"] or None)


def test_a_row_is_told_as_if_it_had_been_sent_in_a_request(people):
    text = people_csv(12, seed=4)
    people.job(text)
    people.storage.at = NOON + HOUR
    people.score(*csv.DictReader(io.StringIO(text)))
    people.flush()
    rows, _ = people.read()
    batch, requests = rows[:12], rows[12:]
    own = ("id", "at", "mode")
    assert [{name: row[name] for name in row if name not in own} for row in batch] == [
        {name: row[name] for name in row if name not in own} for row in requests
    ]


def test_nothing_is_copied_and_without_a_log_nothing_is_recorded(people):
    people.job(people_csv(40))
    folder = f"{people.workspace.id}/{people.endpoint.id}/"
    (blob,) = people.storage.container(BATCHES).list_blobs(name_starts_with=folder)
    content = people.storage.container(BATCHES).download_blob(blob.name).readall()
    assert b"sig=" not in content
    assert b"Oslo" not in content
    people.endpoint = delete_prediction_log(people.storage, people.endpoint, by="t", now=NOON)
    people.job(people_csv(40), "others.csv")
    assert len(list(list_records(people.storage, folder))) == 1
    assert len(people.read()[0]) == 40


@pytest.mark.parametrize(
    "change",
    [
        "input changed",
        "output deleted",
        pytest.param("input deleted", marks=LONG),
        pytest.param("output changed", marks=LONG),
    ],
)
def test_rows_whose_blobs_are_gone_or_have_changed_are_missing(people, change):
    job, _ = people.job(people_csv(25))
    container, path = ("datasets", f"{people.workspace.id}/people.csv")
    if change.startswith("output"):
        container, path = "experimentoutput", f"{job}/output1.csv"
    blob = people.storage.container(container).get_blob_client(path)
    if change.endswith("deleted"):
        blob.delete_blob()
    else:
        blob.upload_blob(people_csv(25, seed=9), overwrite=True)
    assert people.read() == ([], 25)
    page = read_page(people.storage, people.endpoint, Span(NOON - HOUR, END), 100)
    assert (page.missing, page.table.num_rows) == (25, 0)


def test_what_is_left_out_or_hashed_is_so_by_the_settings_of_then_and_of_now(people):
    people.keep(LeaveOut=["age"])
    people.job(people_csv(5))
    people.keep(Hash=["city"])
    people.score({"age": 30, "city": "Oslo", "hours": 3.5, "smoker": True})
    people.flush()
    rows, _ = people.read()
    batch = [row for row in rows if row["mode"] == "batch"]
    cities = [row["city"] for row in csv.DictReader(io.StringIO(people_csv(5)))]
    assert all(row.get("input/age") is None for row in batch)
    assert all(row["input/city"] is None or len(row["input/city"]) == 32 for row in batch)
    assert len({row["input/city"] for row in batch}) == len(set(cities))


def test_ids_are_of_a_column_and_decide_which_share_is_kept(people):
    people.keep(IdColumn="customer", Share=0.5)
    lines = people_csv(60).splitlines()
    named = [f"{lines[0]},customer", *(f"{line},c{number % 50 or ''}" for number, line in enumerate(lines[1:]))]
    people.job("\n".join(named))
    kept = {row["id"] for row in people.read()[0]}
    assert kept <= {"c", *(f"c{number}" for number in range(1, 50))}
    assert 10 < len(kept) < 40
    job, _ = people.job(people_csv(60), "nameless.csv")
    assert any(row["id"].startswith(f"{job}/") for row in people.read()[0])


def test_pages_end_within_a_job_and_go_on_there_in_both_orders(people, monkeypatch):
    monkeypatch.setattr(batch_rows, "PIECE_ROWS", 16)
    people.score(*csv.DictReader(io.StringIO(people_csv(10, seed=8))), request_id="before")
    people.storage.at = NOON + timedelta(seconds=1)
    job, _ = people.job(people_csv(100))
    people.storage.at = NOON + timedelta(seconds=1) - timedelta(microseconds=50)
    people.score(*csv.DictReader(io.StringIO(people_csv(10, seed=8))), request_id="within")
    people.flush()
    expected = [row["id"] for row in people.read()[0]]
    assert len(expected) == 120
    place = expected.index("within/0")
    assert (expected[place - 1], expected[place + 10]) == (f"{job}/48", f"{job}/49")
    for view in (View(), View(latest_first=True)):
        since, until, found = NOON - HOUR, END, []
        for _ in range(30):
            page = read_page(people.storage, people.endpoint, Span(since, until), 41, None, view)
            found += page.table["id"].to_pylist() if page.table.num_rows else []
            if page.complete:
                break
            since, until = (since, page.since) if view.latest_first else (page.until, until)
        assert sorted(found) == sorted(expected)
        assert found[0] == ("before/0" if not view.latest_first else f"{job}/99")


def test_truths_drift_and_compaction_take_rows_of_jobs_as_any_other(people):
    job, scored = people.job(people_csv(200, seed=2))
    truths = [{"Id": f"{job}/{number}", "Value": row["Scored Labels"]} for number, row in enumerate(scored)]
    Truths(people.storage).add(people.endpoint, {"Truths": truths}, now=NOON)
    (found,) = compute_day(people.storage, people.endpoint, NOON.date(), now=NOON + HOUR)
    assert (found.rows, found.truths, found.measured, found.metrics["Accuracy"]) == (200, 200, 200, 1.0)
    count_hour(people.storage, people.endpoint, NOON.replace(minute=0))
    (window,) = list_windows(people.storage, people.endpoint.id, "hour", NOON - HOUR, END)
    assert window.rows == 200
    assert sum(window.counts["input/city"]) == 200
    people.score({"age": 30, "city": "Oslo", "hours": 3.5, "smoker": True})
    people.flush()
    compact_ended_hours(people.storage, now=NOON + 2 * HOUR)
    assert len(people.read()[0]) == 201


def test_records_go_with_the_endpoint_and_when_their_time_is_over(people):
    folder = f"{people.workspace.id}/{people.endpoint.id}/"
    people.job(people_csv(5))
    sweep_kept_rows(people.storage, now=NOON + timedelta(days=89))
    assert len(people.read()[0]) == 5
    sweep_kept_rows(people.storage, now=NOON + timedelta(days=91))
    assert list(list_records(people.storage, folder)) == []
    people.job(people_csv(5))
    delete_kept_rows(people.storage, people.workspace.id, people.endpoint.id)
    assert list(list_records(people.storage, folder)) == []


@pytest.mark.parametrize("encoding", ["utf-16", *(pytest.param(name, marks=LONG) for name in ("utf-8-sig", "cp1252"))])
def test_a_job_is_read_in_the_encoding_in_which_it_was_scored(people, encoding):
    text = people_csv(20).replace("Oslo", "Årdal")
    people.job(text.encode(encoding))
    cities = {row["input/city"] for row in people.read()[0]}
    assert "Årdal" in cities


def test_all_rows_of_a_job_are_in_the_hour_in_which_it_ended():
    hour = NOON.replace(minute=0)
    at = round(hour.timestamp() * 1_000_000)
    assert start_of_rows(hour, 100) == at
    assert start_of_rows(hour + timedelta(seconds=1), 1_000_000) == at + 1
    assert start_of_rows(NOON, 1) == round(NOON.timestamp() * 1_000_000)
