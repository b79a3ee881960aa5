"""What the modules of a run delivered is there to be looked at: summaries, rows in pages, columns."""

import csv
import io
import json

import pytest

from studio.automation.dispatch import perform_work
from studio.errors import BadArgument, NotFound
from studio.experiments.evaluations import get_evaluation
from studio.experiments.experiments import get_experiment, put_experiment
from studio.experiments.outputs import get_output, list_output_columns, list_output_rows, write_output_rows
from studio.experiments.runs import get_run, submit_run
from studio.registry.workspaces import create_workspace
from studio.tables.row_pages import read_choice, read_window
from tests.builders import people_csv, people_experiment
from tests.storage.in_process import Studio, now
from tests.storage.schemas import fits

HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def studio(deployment):
    found = Studio(deployment, create_workspace(deployment.storage, "Outputs", now=now()).id)
    found.upload(people_csv(300))
    return found


def run_of(studio, name, document):
    """A run of a document, ended in whatever way, with what the functions of outputs.py take first."""
    storage = studio.deployment.storage
    put_experiment(storage, studio.workspace, name, document, now=now())
    saved = get_experiment(storage, studio.workspace, name)
    run = get_run(storage, saved, submit_run(storage, saved, now=now()))
    perform_work(studio.deployment, run.work.key, now=now())
    return storage, saved, get_run(storage, saved, run.id)


@pytest.fixture(scope="module")
def place(studio):
    return run_of(studio, "People", people_experiment("Two-Class Logistic Regression"))


def test_a_dataset_shows_its_columns_and_first_rows(place):
    found = get_output(*place, "Data", "Results dataset")
    assert (found["kind"], found["rows"], found["rowsKept"], len(found["preview"])) == ("dataset", 300, 300, 100)
    city = next(column for column in found["columns"] if column["name"] == "city")
    assert sum(item["count"] for item in city["top"]) == 300 - city["missing"]
    scored = get_output(*place, "Score", "Scored dataset")
    last = scored["columns"][-1]
    assert 0 <= last["min"] <= last["median"] <= last["max"] <= 1
    assert sum(last["histogram"]["counts"]) == scored["rows"] - last["missing"]
    assert "streams" not in found


def test_rows_come_in_pages_and_sorted(place):
    def rows(**asked):
        offset, limit = (str(asked[name]) if name in asked else None for name in ("offset", "limit"))
        window = read_window(offset, limit, read_choice(asked.get("sort"), asked.get("where")))
        return list_output_rows(*place, "Data", "Results dataset", window)

    first, second = rows(limit=200), rows(offset=200, limit=200)
    everything = first["values"] + second["values"]
    assert (len(second["values"]), len(everything), second["rows"]) == (100, 300, 300)
    assert first["values"][:100] == get_output(*place, "Data", "Results dataset")["preview"]
    assert rows(offset=300)["values"] == []
    names = [column["name"] for column in first["columns"]]
    cities = [row[names.index("city")] for row in rows(limit=300, sort="-city")["values"]]
    assert cities == sorted(cities, reverse=True)
    with pytest.raises(BadArgument, match="sort must name a column"):
        rows(sort=HOSTILE)
    oslo = json.dumps([{"column": "city", "is": "=", "value": first["values"][0][names.index("city")]}])
    chosen = rows(limit=300, where=oslo)
    assert chosen["values"] == [everything[number] for number in chosen["numbers"]]
    assert 0 < chosen["matching"] == len(chosen["values"]) < 300
    assert fits("OutputRows", chosen)
    content, left_out = write_output_rows(*place, "Data", "Results dataset", read_choice(None, oslo), "csv")
    assert (len(list(csv.reader(io.StringIO(content.decode())))), left_out) == (1 + chosen["matching"], 0)
    with pytest.raises(BadArgument, match="which is not there"):
        rows(where=json.dumps([{"column": HOSTILE, "is": "missing"}]))


def test_models_show_what_they_are(place):
    learner = get_output(*place, "Learner", "Untrained model")
    assert (learner["kind"], learner["task"]) == ("untrained model", "two-class")
    trained = get_output(*place, "Train", "Trained model")
    assert trained["kind"] == "trained model"
    assert trained["inputs"]
    assert trained["summary"]["kind"] == "linear"
    with pytest.raises(BadArgument, match="delivers no dataset"):
        list_output_rows(*place, "Train", "Trained model", read_window(None, None))


def test_columns_are_those_of_the_port(place):
    found = list_output_columns(*place, "Score", "Scored dataset")
    assert found["columns"][-1]["name"] == "Scored Probabilities"
    assert found["columnCount"] == len(found["columns"])


def test_a_reused_module_shows_what_it_delivered_before_and_a_failed_run_what_there_is(studio, place):
    document = people_experiment("Two-Class Logistic Regression")
    document["modules"]["Train"]["properties"]["Label column"] = HOSTILE
    failed = run_of(studio, "People", document)
    assert failed[2].work.state == "Failed"
    before = get_output(*place, "Split", "Results dataset1")
    assert get_output(*failed, "Split", "Results dataset1") == before
    with pytest.raises(NotFound, match="delivered nothing in this run, which is Failed"):
        get_output(*failed, "Train", "Trained model")


@pytest.mark.attack("Names, headers and keys")
def test_what_a_run_does_not_have_is_said(place):
    for module, port, words in (
        ("Trian", "x", "Did you mean 'Train'"),
        ("../Data", "Results dataset", "had no module"),
        ("~99", "Results dataset", "had no module"),
        ("Split", "Results dataset3", "Did you mean 'Results dataset"),
        ("Split", "../../x", "has no output port"),
    ):
        with pytest.raises(NotFound, match=words):
            get_output(*place, module, port)
    storage, _, run = place
    first = get_output(*place, "~0", "Results dataset")
    assert first["kind"] in ("dataset", "untrained model")
    assert storage.container("results").get_blob_client(f"{run.workspace_id}/x").exists() is False


@pytest.mark.attack("Names, headers and keys")
def test_hostile_titles_and_columns_are_shown_as_they_are(studio):
    title, column = "a/b?c#d%2f..\\" + HOSTILE, "../" + HOSTILE
    rows = f"{column},b\n1,{HOSTILE}\n2,x\n"
    document = {"modules": {title: {"module": "Enter Data Manually", "properties": {"Data": rows}}}, "connections": []}
    place = run_of(studio, "Hostile", document)
    assert place[2].work.state == "Finished", place[2].work.details
    found = get_output(*place, "~0", "dataset")
    assert found["columns"][0]["name"] == column
    assert found["preview"][0] == [1, HOSTILE]
    assert get_output(*place, title, "dataset") == found


@pytest.mark.long
@pytest.mark.attack("Size and time")
def test_ten_thousand_columns_are_named_and_the_first_ones_shown(studio):
    names = ",".join(f"c{number}" for number in range(10_001))
    studio.upload(f"{names}\n{','.join(['1'] * 10_001)}\n", "wide.csv")
    path = {"Path to container, directory or blob": "wide.csv"}
    place = run_of(
        studio, "Wide", {"modules": {"In": {"module": "Import Data", "properties": path}}, "connections": []}
    )
    found = get_output(*place, "In", "Results dataset")
    assert (found["columnCount"], len(found["columns"]), found["columnsKept"]) == (10_001, 10_000, 500)
    assert len(found["preview"][0]) == 500
    assert len(list_output_columns(*place, "In", "Results dataset")["columns"]) == 10_000


def test_an_evaluation_has_the_counts_at_each_threshold_and_where_it_comes_from(place):
    found = get_evaluation(*place, "Evaluate")
    (model,) = found["models"]
    assert (model["scorer"], model["trainer"], model["task"]) == ("Score", "Train", "two-class")
    curve = model["details"]["curve"]
    place_at = sum(value > 0.5 for value in curve["thresholds"]) - 1
    assert curve["truePositives"][place_at] == model["metrics"]["True Positive"]
    assert curve["falsePositives"][place_at] == model["metrics"]["False Positive"]
    assert "age" in model["importances"]
    with pytest.raises(NotFound, match="made by Evaluate Model"):
        get_evaluation(*place, "Split")


@pytest.mark.long
def test_two_models_are_evaluated_side_by_side(studio):
    document = people_experiment("Two-Class Logistic Regression")
    document["modules"] |= {
        "Other": {"module": "Two-Class Averaged Perceptron"},
        "Train other": document["modules"]["Train"],
        "Score other": {"module": "Score Model"},
    }
    links = {(item["to"][0], item["to"][1]): item["from"] for item in document["connections"]}
    document["connections"] += [
        {"from": ["Other", "Untrained model"], "to": ["Train other", "Untrained model"]},
        {"from": links["Train", "Dataset"], "to": ["Train other", "Dataset"]},
        {"from": ["Train other", "Trained model"], "to": ["Score other", "Trained model"]},
        {"from": links["Score", "Dataset"], "to": ["Score other", "Dataset"]},
        {"from": ["Score other", "Scored dataset"], "to": ["Evaluate", "Scored dataset to compare"]},
    ]
    first, second = get_evaluation(*run_of(studio, "Two", document), "Evaluate")["models"]
    assert (first["trainer"], second["trainer"]) == ("Train", "Train other")
    assert first["details"]["curve"] != second["details"]["curve"]
