"""Large inputs scored in parts: the same bytes by one process and by two, and whatever a part meets."""

import base64
import csv
import io
import json
import math
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from azure.storage.blob import BlobBlock

from studio.automation.dispatch import perform_work
from studio.errors import BadArgument, BadUserArgument, InvalidOperation
from studio.jobs.jobs import cancel_job, get_job, job_status, start_job, submit_job
from studio.jobs.requests import JobRequest
from studio.jobs.scoring import ScoringTask, score_blob
from studio.jobs.split_scoring import SplitScoring, score_task
from studio.model.container import write_model_file
from studio.model.loaded import load_model
from studio.registry.workspaces import create_workspace
from studio.serving.app import open_app
from studio.serving.extras import Extras
from studio.serving.scoring import score_request
from studio.settings import read_settings
from studio.storage.blobs import own_blob
from studio.storage.keys import new_id
from studio.storage.rows import change_row, list_rows
from studio.storage.streams import RangeReader, open_version
from studio.work.queue import read_message
from tests.account import PARTITION_BYTES
from tests.builders import people_csv, people_experiment, people_model_file
from tests.e2e.steps import wait_for
from tests.storage.in_process import Studio, now

HEADER, *ROWS = people_csv(200, seed=9).splitlines()
# A column that no model asks for makes parts of few rows.
NOTE = "x" * 1000


def large(parts: float, insert: str = "", at: float = 0.5) -> bytes:
    """A table of so many parts; `insert` comes before the row that is at a share of it."""
    block = "".join(f"{row},{NOTE}\n" for row in ROWS)
    blocks = [block] * int(parts * PARTITION_BYTES / len(block) + 1)
    blocks.insert(int(len(blocks) * at), insert)
    return "".join([f"{HEADER},note\n", *blocks]).encode()


@pytest.fixture(scope="module")
def model():
    return load_model(write_model_file(people_model_file()), 1 << 28)


@pytest.fixture(scope="module", autouse=True)
def calls_for_help(deployment):
    """Calls that nobody answered, gone when these tests end."""
    yield
    deployment.storage.job_queue().clear_messages()


@pytest.fixture
def task(deployment, model):
    return lambda content: new_task(deployment, model, content)


def new_task(deployment, model, content):
    folder = new_id()
    deployment.storage.container("scoring-input").upload_blob(f"{folder}/in.csv", content)
    source = own_blob(deployment.storage, f"scoring-input/{folder}/in.csv", datetime.now(UTC))
    target = deployment.storage.blobs.get_blob_client("scoring-output", f"{folder}/out.csv")
    return ScoringTask(folder, model, source, target, ".csv", True)


def written(task):
    return task.target.download_blob().readall()


def whole(deployment, task):
    """What one pass over the input writes."""
    score_blob(task, open_version(deployment.storage, task.source), lambda *_: None)
    return written(task)


def parts(deployment, task):
    return list(list_rows(deployment.storage.table("jobparts"), task.id))


def ignore(*_):
    return None


@pytest.mark.parametrize(
    "line_feed, ending",
    [
        (b"\n", b""),
        (b"\r\n", b"\n"),
        pytest.param(b"\n", b"\n", marks=pytest.mark.long),
        pytest.param(b"\r\n", b"", marks=pytest.mark.long),
    ],
)
def test_every_row_belongs_to_one_part_wherever_the_borders_fall(deployment, task, ending, line_feed):
    rows = [b"x" * (number * 7919 % 91) for number in range(200)] + [b"long" * 40_000, b"last"]
    content = b"name" + line_feed + line_feed.join(rows) + ending
    blob = open_version(deployment.storage, task(content).source)
    first = len(b"name" + line_feed)
    for size in (1, 7, 97, 30_000, len(content), len(content) + 5):
        starts = range(0, min(len(content), 30 * size), size)
        stop = starts[-1] + size
        read = [RangeReader(blob, first, start, start + size).read() for start in starts]
        assert all(part.endswith(b"\n") for part in read[:-1] if part and stop < len(content))
        assert b"".join(read) == RangeReader(blob, first, 0, stop).read()
    assert RangeReader(blob, first, 0, len(content) + 1).read() == content[first:]


def test_parts_make_the_same_file_as_one_pass(deployment, task):
    made, steps, helpers = task(large(3.4)), [], []
    expected = whole(deployment, made)
    score_task(deployment, made, helpers.append, lambda *step: steps.append(step))
    assert written(made) == expected
    assert helpers == [3]
    size = open_version(deployment.storage, made.source).size
    assert steps[-1] == (size, size, expected.count(b"\n") - 1)
    assert [step[2] for step in steps] == sorted(step[2] for step in steps)
    assert parts(deployment, made) == []


def test_a_quoted_line_feed_across_a_border_has_the_input_scored_as_a_whole(deployment, task, caplog):
    before, after = large(1)[: PARTITION_BYTES - 300_000], large(1)
    quoted = b'30,"' + b"Oslo\n" * 120_000 + b'",3.5,true,yes,\n'
    content = before[: before.rindex(b"\n") + 1] + quoted + after[after.index(b"\n") + 1 :] + after.splitlines(True)[1]
    made = task(content)
    assert b"\n" not in content[PARTITION_BYTES:].split(b'"')[0].strip(b"Oslo\n")
    expected = whole(deployment, made)
    with caplog.at_level("INFO"):
        score_task(deployment, made, ignore, ignore)
    assert "as a whole" in caplog.text
    assert written(made) == expected
    assert parts(deployment, made) == []


def test_quoted_cells_inside_parts_are_scored_in_parts(deployment, task, caplog):
    made = task(large(2.5, '30,"Oslo, north\nand ""south""",3.5,true,yes,\n'))
    expected = whole(deployment, made)
    with caplog.at_level("INFO"):
        score_task(deployment, made, ignore, ignore)
    assert "as a whole" not in caplog.text
    assert written(made) == expected


def test_a_bad_cell_is_named_by_its_row_in_the_whole_input(deployment, task):
    made = task(large(2.5, "30,Oslo,many,true,yes,\n", at=1))
    rows = made_rows(deployment, made)
    with pytest.raises(BadUserArgument, match=rf"Row {rows}, column 'hours': 'many' is not a valid Double"):
        score_task(deployment, made, ignore, ignore)
    assert not made.target.exists()


def made_rows(deployment, task):
    return task.source.open(deployment.storage).download_blob().readall().count(b"\n") - 1


def test_what_an_attempt_before_has_finished_is_not_scored_again(deployment, task):
    made = task(large(3.4))
    expected = whole(deployment, made)
    split = SplitScoring(deployment, made, open_version(deployment.storage, made.source))
    split.plan(now=now())
    wanted = iter([True, True, False])
    split.help(lambda: next(wanted))
    assert [row["State"] for row in parts(deployment, made)] == ["Finished", "Finished", "Queued", "Queued"]
    attempts = {row["RowKey"]: row["EndedAt"] for row in parts(deployment, made)[:2]}
    seen = []

    def look(done, total, rows):
        seen.append({row["RowKey"]: row["EndedAt"] for row in parts(deployment, made)[:2]})

    score_task(deployment, made, ignore, look)
    assert all(found == attempts for found in seen if found)
    assert written(made) == expected


def test_a_part_whose_owner_died_is_taken_over(deployment, task):
    made = task(large(2.4))
    expected = whole(deployment, made)
    split = SplitScoring(deployment, made, open_version(deployment.storage, made.source))
    split.plan(now=now())

    def die(row):
        left = (now() + timedelta(seconds=1)).isoformat()
        return row | {"State": "Running", "Owner": "dead", "LeaseUntil": left, "Attempt": 1}

    dead = change_row(deployment.storage.table("jobparts"), made.id, "00001", die)
    score_task(deployment, made, ignore, ignore)
    assert now() >= datetime.fromisoformat(dead["LeaseUntil"])
    assert written(made) == expected


def test_an_input_that_is_written_anew_in_mid_job_fails_it_with_words(deployment, task):
    made = task(large(2.4))

    def rewrite(done, total, rows):
        if rows:
            name = made.source.blob
            deployment.storage.container("scoring-input").upload_blob(name, b"age\n1\n", overwrite=True)

    with pytest.raises(BadArgument, match="overwritten while it was being read"):
        score_task(deployment, made, ignore, rewrite)
    assert not made.target.exists()


def test_blocks_that_another_writer_dropped_are_staged_anew(deployment, task):
    made = task(large(2.4))
    expected = whole(deployment, made)
    blob = open_version(deployment.storage, made.source)
    split = SplitScoring(deployment, made, blob)
    split.plan(now=now())
    split.help(lambda: True)
    other = base64.b64encode(b"another writer's block id").decode()
    made.target.stage_block(other, b"something else")
    made.target.commit_block_list([BlobBlock(other)])
    with pytest.raises(Exception, match="InvalidBlockList"):
        split.score(ignore)
    score_task(deployment, made, ignore, ignore)
    assert written(made) == expected


@pytest.fixture(scope="module")
def studio(deployment):
    studio = Studio(deployment, create_workspace(deployment.storage, "Split", now=now()).id)
    studio.upload(people_csv(300, seed=5))
    studio.run("Split", people_experiment())
    return studio


@pytest.fixture(scope="module")
def endpoint(studio):
    return studio.publish("Split", "predictive")


def start(studio, endpoint, content, **more):
    studio.upload(content, "large.csv")
    link = own_blob(studio.deployment.storage, f"datasets/{studio.workspace}/large.csv", now())
    job = submit_job(studio.deployment.storage, endpoint, {"Input": link.to_json(), **more}, now=now())
    start_job(studio.deployment.storage, endpoint, job, now=now())
    return job


def work(deployment, stop):
    """What a background process does: one message after the other."""
    queue = deployment.storage.job_queue()
    while not stop.is_set():
        for message in queue.receive_messages(max_messages=1, visibility_timeout=120):
            queue.delete_message(message)
            perform_work(deployment, read_message(message.content).key, now=now())
        time.sleep(0.02)


def test_two_processes_write_what_one_writes_and_both_take_part(studio, endpoint, app_settings):
    content = large(5.5)
    alone = start(studio, endpoint, content)
    studio.work_off()
    job, stop = start(studio, endpoint, content), threading.Event()
    first, second = (open_app(read_settings(app_settings)) for _ in range(2))
    threads = [threading.Thread(target=work, args=(process, stop)) for process in (first, second)]

    def parts_that_are(state):
        return list(list_rows(studio.deployment.storage.table("jobparts"), f"{job}-0", f"State eq '{state}'"))

    with first.scoring_turn:
        threads[0].start()
        # The process that does the job holds two parts, and waits for its turn.
        wait_for(lambda: len(parts_that_are("Running")) == 2, 60)
        threads[1].start()
        wait_for(lambda: parts_that_are("Finished"), 60)
    wait_for(lambda: get_job(studio.deployment.storage, endpoint, job).work.state.is_final, 120)
    stop.set()
    for thread in threads:
        thread.join()
    results = [result(studio, endpoint, each) for each in (alone, job)]
    assert results[0] == results[1]
    assert results[0].count(b"\n") == content.count(b"\n")
    assert get_job(studio.deployment.storage, endpoint, job).work.attempt == 1


def result(studio, endpoint, job):
    status = job_status(studio.deployment.storage, get_job(studio.deployment.storage, endpoint, job), now=now())
    assert status["StatusCode"] == "Finished", status
    return studio.read(status)


def test_a_job_explains_its_rows_as_a_request_does_if_it_asks_for_it(studio, endpoint):
    text = people_csv(120, seed=3)
    asked, plain = start(studio, endpoint, text, Explain="true"), start(studio, endpoint, text, Explain=False)
    studio.work_off()
    found = list(csv.DictReader(io.StringIO(result(studio, endpoint, asked).decode())))
    body = json.dumps({"Inputs": {"input1": list(csv.DictReader(io.StringIO(text)))}}).encode()
    snapshot = studio.deployment.snapshots.load(studio.workspace, endpoint.id)
    extras = Extras(explainers=studio.deployment.explainers)
    answer = score_request(snapshot, studio.deployment.models, body, swagger=True, extras=extras)
    expected = json.loads(answer)["Results"]["output1"]
    assert list(found[0]) == list(expected[0])
    for row, other in zip(found, expected, strict=True):
        assert row["Contribution: (to)"] == other["Contribution: (to)"]
        for name in ("Contribution: age", "Contribution: city", "Contribution: (base)"):
            assert math.isclose(float(row[name]), float(other[name]), rel_tol=1e-12, abs_tol=1e-12)
    assert b"Contribution" not in result(studio, endpoint, plain)


def test_what_cannot_be_explained_is_refused_before_a_job_is_recorded(studio, endpoint):
    with pytest.raises(BadArgument, match="Explain must be true or false, got 'perhaps'"):
        start(studio, endpoint, people_csv(3), Explain="perhaps")
    with pytest.raises(InvalidOperation, match="Explain is for jobs whose rows a trained model scores"):
        start(studio, studio.publish("Split", "training"), people_csv(3), Explain=True)


def test_requests_that_were_recorded_before_jobs_could_explain_are_read():
    assert not JobRequest.from_text('{"inputs": {}, "outputs": {}, "parameters": {}}').explain
    assert JobRequest.from_text(JobRequest({}, {}, {}, explain=True).to_text()).explain


def test_a_cancelled_job_gets_no_more_help(studio, endpoint):
    job = start(studio, endpoint, large(24))
    stop = threading.Event()
    thread = threading.Thread(target=work, args=(studio.deployment, stop))
    thread.start()
    wait_for(lambda: list(list_rows(studio.deployment.storage.table("jobparts"), f"{job}-0")), 60)
    cancel_job(studio.deployment.storage, endpoint, job)
    # Each call for help comes, and finds nothing to do.
    wait_for(lambda: studio.deployment.storage.job_queue().get_queue_properties().approximate_message_count == 0)
    stop.set()
    thread.join()
    assert get_job(studio.deployment.storage, endpoint, job).work.state == "Cancelled"
    assert not studio.deployment.storage.container("experimentoutput").get_blob_client(f"{job}/output1.csv").exists()
    assert not studio.deployment.scoring_turn.locked()
