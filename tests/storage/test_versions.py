"""Versions of an experiment, and what lists say of its runs."""

import time

import pytest

from studio.errors import NotFound
from studio.experiments.experiments import get_experiment, put_experiment
from studio.experiments.run_history import Metric, main_metric, metric_text, page_experiments
from studio.experiments.runs import delete_experiment, submit_run
from studio.experiments.versions import get_version, list_versions, page_versions, version_object
from studio.registry.workspaces import create_workspace
from studio.storage.documents import put_document
from studio.storage.pages import ALL, Page
from studio.storage.rows import insert_row, insert_rows, list_rows
from studio.transfer.deleting import delete_workspace
from studio.work.state import State, new_work_row
from tests.builders import people_experiment
from tests.storage.in_process import now


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


def finished(storage, saved, number, metrics, **columns):
    """A run that has ended with these metrics, as a worker writes it."""
    row = new_work_row(saved.runs_partition, f"{number:032x}", State.FINISHED, now=now())
    summary = put_document(storage, {"metrics": metrics, "number": number})
    insert_row(storage.table("runs"), row | {"Document": saved.document, "Summary": summary} | columns)


def test_a_list_in_pages_has_the_latest_run_and_how_the_metric_developed(deployment, workspace):
    storage = deployment.storage
    first = save(storage, workspace, "one")
    # Of an earlier version, whose rows have no metric of their own.
    finished(storage, first, 1, {"Cross": {"AUC": 0.9}, "Evaluate": {"AUC": 0.5, "Accuracy": 0.1}})
    second = save(storage, workspace, "two")
    finished(storage, second, 2, {}, Metric=metric_text(Metric("Evaluate", "AUC", 0.75)))
    finished(storage, second, 3, {}, Metric=metric_text(None))
    run = submit_run(storage, second, now=now())
    save(storage, workspace, "x", name="Another")
    (another, people), after = page_experiments(storage, workspace, Page(2, ""))
    assert (another["Name"], another["LatestRun"], another["Metric"], after) == ("Another", None, None, None)
    assert (people["LatestRun"]["RunId"], people["LatestRun"]["StatusCode"]) == (run, "Queued")
    assert people["Metric"] == {"Module": "Evaluate", "Name": "AUC", "Value": 0.75, "LessIsBetter": False}
    assert people["MetricHistory"] == [0.5, 0.75]
    everything, _ = page_experiments(storage, workspace, Page(ALL, ""))
    assert [sorted(item) for item in everything] == [["Name", "UpdatedAt", "Version"]] * 2
    old = version_object(storage, get_version(storage, second, "1"))
    assert (old["Runs"], old["Metrics"]["Evaluate"]["AUC"], old["FinishedRun"]["RunId"]) == (1, 0.5, f"{1:032x}")


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
