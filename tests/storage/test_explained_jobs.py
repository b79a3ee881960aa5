"""Files scored blob to blob, with what each column contributes to the scores."""

import csv
import io
import math

import pytest

from studio.errors import ModuleExecutionError
from studio.jobs.explaining import explaining
from studio.jobs.scoring import ScoringTask, score_blob
from studio.jobs.split_scoring import SplitScoring
from studio.model.explain.columns import BASE, ERROR, MARGIN
from studio.model.loaded import load_model
from studio.serving.app import open_app
from studio.settings import read_settings
from studio.storage.blobs import own_blob
from studio.storage.keys import new_id
from studio.storage.streams import open_version
from studio.tables.files import read_table
from tests.builders import people_csv
from tests.storage.in_process import now
from tests.unit.test_explain import FOLDER

COLUMNS = ["age", "city", "hours", "smoker"]
ADDED = [f"Contribution: {name}" for name in COLUMNS]


def explained_task(app, content, name="boosted", to=".csv"):
    folder, storage = new_id(), app.storage
    storage.container("scoring-input").upload_blob(f"{folder}/in.csv", content)
    source = own_blob(storage, f"scoring-input/{folder}/in.csv", now())
    target = storage.blobs.get_blob_client("scoring-output", f"{folder}/out{to}")
    model = load_model((FOLDER / f"{name}.ilearner").read_bytes(), 1 << 28)
    return ScoringTask(folder, model, source, target, to, True, explaining(app, model))


def written(app, content, *kind):
    task = explained_task(app, content.encode(), *kind)
    steps = []
    score_blob(task, open_version(app.storage, task.source), lambda *step: steps.append(step[2]))
    return task.target.download_blob().readall(), steps


def rows(content):
    return list(csv.DictReader(io.StringIO(content.decode())))


def test_each_row_has_what_adds_up_to_its_score(deployment):
    content, steps = written(deployment, people_csv(250, seed=3))
    assert steps == [100, 200, 250]
    assert list(rows(content)[0])[-9:] == ["Scored Labels", "Scored Probabilities", *ADDED, BASE, ERROR, MARGIN]
    for row in rows(content):
        log_odds = float(row[BASE]) + sum(float(row[name]) for name in ADDED)
        assert math.isclose(1 / (1 + math.exp(-log_odds)), float(row["Scored Probabilities"]), rel_tol=1e-9)
        assert (row[ERROR], row[MARGIN]) == ("0", "log-odds of Scored Probabilities")


@pytest.mark.parametrize("extension", [".tsv", ".arff"])
def test_outputs_of_all_kinds_have_the_columns(deployment, extension):
    content, _ = written(deployment, people_csv(7), "boosted", extension)
    table = read_table(content, extension)
    assert table.column_names[-7:] == [*ADDED, BASE, ERROR, MARGIN]
    assert table.num_rows == 7


def test_cells_that_are_read_one_by_one_are_explained_alike(deployment):
    head = "age,city,hours,smoker\n30,Oslo,3.5,true\n"
    fast, _ = written(deployment, head)
    slow, _ = written(deployment, f"{head}30.0,Oslo,4,1\n")
    (one,), (other, _) = rows(fast), rows(slow)
    assert one == other


def test_names_with_quotes_are_written_and_read_back(deployment):
    content, _ = written(deployment, people_csv(20), "boosted-classes")
    assert {row[MARGIN].split(' "')[0] for row in rows(content)} == {"margin of Scored Probabilities for Class"}
    assert {row[MARGIN].removeprefix("margin of ") for row in rows(content)} <= set(rows(content)[0])


def test_an_input_without_rows_has_the_header(deployment):
    assert written(deployment, "age,city,hours,smoker\n")[0].decode().rstrip().endswith(MARGIN)


def test_partitions_write_what_one_pass_writes(deployment):
    note = "x" * 40_000
    lines = people_csv(120, seed=4).splitlines()
    content = "".join([f"{lines[0]},note\n", *(f"{line},{note}\n" for line in lines[1:])]).encode()
    task = explained_task(deployment, content)
    blob = open_version(deployment.storage, task.source)
    score_blob(task, blob, lambda *_: None)
    whole = task.target.download_blob().readall()
    split = SplitScoring(deployment, task, blob)
    assert split.n_parts > 2
    split.plan(now=now())
    split.score(lambda *_: None)
    assert task.target.download_blob().readall() == whole
    assert len(rows(whole)) == 120


@pytest.mark.attack("memory and time")
def test_what_takes_longer_than_a_run_may_ends_in_words_and_writes_nothing(app_settings):
    app = open_app(read_settings(app_settings | {"PERENNIAL_RUN_MINUTES": "0.0001"}))
    task = explained_task(app, people_csv(4000).encode())
    with pytest.raises(ModuleExecutionError, match=r"explaining the rows takes longer than .* Split the input"):
        score_blob(task, open_version(app.storage, task.source), lambda *_: None)
    assert not task.target.exists()
