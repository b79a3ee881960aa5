"""Versions of an experiment, and what lists say of its runs."""

import time

import pytest

from studio.errors import NotFound
from studio.experiments.experiments import get_experiment, put_experiment
from studio.experiments.run_history import Metric, main_metric, page_experiments
from studio.experiments.runs import delete_experiment, submit_run
from studio.experiments.versions import get_version, list_versions, page_versions, version_object
from studio.registry.workspaces import create_workspace
from studio.storage.pages import ALL, Page
from studio.storage.rows import insert_rows, list_rows
from studio.transfer.deleting import delete_workspace
from studio.work.state import State, new_work_row
from tests.builders import people_csv, people_experiment
from tests.storage.in_process import Studio, now


@pytest.fixture
def workspace(deployment):
    return create_workspace(deployment.storage, "Versions", now=now()).id


def described(text):
    return people_experiment("Two-Class Logistic Regression") | {"description": text}


def save(storage, workspace, *texts, name="People"):
    for text in texts:
        put_experiment(storage, workspace, name, described(text), now=now())
    return get_experiment(storage, workspace, name)


def test_every_version_can_be_looked_at_and_restored(deployment, workspace):
    storage = deployment.storage
    saved = save(storage, workspace, "one", "two", "two", "<script>three</script>")
    assert [item.version for item in list_versions(storage, saved)] == [3, 2, 1]
    shown = version_object(storage, get_version(storage, saved, "1"))
    assert (shown["Document"], shown["Runs"], shown["Metrics"]) == (described("one"), 0, {})
    put_experiment(storage, workspace, "People", shown["Document"], now=now())
    again = get_experiment(storage, workspace, "People")
    assert (again.version, again.document) == (4, get_version(storage, saved, "1").document)
    first, after = page_versions(storage, again, Page(3, ""))
    second, end = page_versions(storage, again, Page(3, after))
    assert [item["Version"] for item in first + second] == [4, 3, 2, 1]
    assert end is None


@pytest.mark.parametrize("number", ["0", "01", "3", "-1", "x" * 400, "../1"])
def test_a_version_that_is_not_kept_is_said(deployment, workspace, number):
    saved = save(deployment.storage, workspace, "one", "two")
    with pytest.raises(NotFound, match="It has: 2, 1"):
        get_version(deployment.storage, saved, number)


@pytest.mark.attack("Other tenants")
def test_versions_go_with_their_experiment_and_their_workspace(deployment, workspace):
    storage = deployment.storage
    other = create_workspace(storage, "Other", now=now()).id
    saved, theirs = save(storage, workspace, "one", "two"), save(storage, other, "1", "2", "3")
    delete_experiment(storage, saved)
    assert [item.version for item in list_versions(storage, save(storage, workspace, "anew"))] == [1]
    assert len(list_versions(storage, theirs)) == 3
    delete_workspace(deployment, other)
    assert list(list_rows(storage.table("experiments"), theirs.runs_partition)) == []


def test_a_list_in_pages_has_the_latest_run_and_how_the_metric_developed(deployment, workspace):
    studio, storage = Studio(deployment, workspace), deployment.storage
    studio.upload(people_csv(100))
    found = studio.run("People", described("one"))
    ((module, metrics),) = found["Metrics"].items()
    assert main_metric(found["Metrics"]).module == module
    studio.run("People", described("two"))
    run = submit_run(storage, get_experiment(storage, workspace, "People"), now=now())
    save(storage, workspace, "x", name="Another")
    (another, people), after = page_experiments(storage, workspace, Page(2, ""))
    assert (another["Name"], another["LatestRun"], another["Metric"]) == ("Another", None, None)
    assert (people["LatestRun"]["RunId"], people["LatestRun"]["StatusCode"]) == (run, "Queued")
    name, value = next(iter(metrics.items()))
    assert people["Metric"] == {"Module": module, "Name": name, "Value": value, "LessIsBetter": False}
    assert (people["MetricHistory"], after) == ([value, value], None)
    everything, _ = page_experiments(storage, workspace, Page(ALL, ""))
    assert [sorted(item) for item in everything] == [["Name", "UpdatedAt", "Version"]] * 2
    old = version_object(storage, get_version(storage, get_experiment(storage, workspace, "People"), "1"))
    assert (old["Runs"], old["Metrics"], old["FinishedRun"]["RunId"]) == (1, found["Metrics"], found["RunId"])


def test_the_main_metric_is_the_first_of_the_last_module_and_may_be_undefined():
    metrics = {"Cross": {"AUC": 1}, "Evaluate": {"AUC": float("nan"), "Accuracy": 0.5}}
    assert main_metric(metrics) == Metric("Evaluate", "AUC", None)
    assert main_metric({"Evaluate": {"AUC": None}}) == Metric("Evaluate", "AUC", None)
    assert main_metric({}) is None


@pytest.mark.long
@pytest.mark.attack("Size and time")
def test_a_page_of_a_thousand_experiments_with_twenty_runs_each_is_quick(deployment, workspace):
    storage = deployment.storage
    saved = save(storage, workspace, "one")
    table, key = storage.table("experiments"), "{:032x}".format
    shared = {"Version": 1, "Document": saved.document, "UpdatedAt": now().isoformat()}
    rows = [{"PartitionKey": workspace, "RowKey": key(n), "Name": f"Number {n:04}"} | shared for n in range(1000)]
    insert_rows(table, rows)
    for number in range(100):
        partition = f"{workspace}-{key(number)}"
        work = new_work_row(partition, "", State.FINISHED, now=now())
        more = {"Document": saved.document, "Summary": "none", "Metric": '["Evaluate", "AUC", 0.5]'}
        insert_rows(storage.table("runs"), [work | more | {"RowKey": f"{run:032x}"} for run in range(20)])
    started = time.perf_counter()
    found, after = page_experiments(storage, workspace, Page(100, ""))
    assert time.perf_counter() - started < 3
    assert after
    assert len(found) == 100
