"""Lists that pages search: policies, pipeline runs, models, of this workspace only, in pages that miss nothing."""

import json
from datetime import timedelta

import pytest

from studio.datasets.datasets import list_dataset_objects
from studio.errors import BadArgument
from studio.experiments.runs import page_workspace_runs
from studio.overview.directory import read_directory
from studio.overview.models import list_model_objects
from studio.overview.policies import list_policies
from studio.pipelines.runs import page_pipeline_runs
from studio.registry.endpoint_names import EndpointNames
from studio.registry.models import register_model
from studio.registry.workspaces import create_workspace
from studio.storage.keys import new_id, seal
from studio.storage.pages import Page, read_search
from studio.storage.rows import insert_rows
from studio.work.schedules import Schedule, put_schedule
from studio.work.state import State, new_work_row
from tests.storage.in_process import now
from tests.storage.schemas import fits

HOSTILE = "<i>Income'--</i>"


@pytest.fixture
def storage(deployment):
    return deployment.storage


@pytest.fixture
def workspace(storage):
    return create_workspace(storage, "Lists", now=now()).id


def all_pages(read, limit):
    """Every item of a list, page by page."""
    found, after = read(Page(limit, ""))
    while after:
        more, after = read(Page(limit, after))
        assert len(more) <= limit
        found += more
    return found


def add_policies(storage, workspace, names, service_name=HOSTILE):
    """Endpoints of one web service with a policy each."""
    service = new_id()
    row = {"PartitionKey": workspace, "RowKey": service, "Name": service_name}
    insert_rows(storage.table("webservices"), [row])
    document = json.dumps({"Trigger": {"Type": "Schedule"}, "Gate": {"Metric": "AUC", "HeldBackData": "h.csv"}})
    ids = [new_id() for _ in names]
    endpoints = [
        {"PartitionKey": workspace, "RowKey": id_, "WebServiceId": service, "Name": name}
        for id_, name in zip(ids, names, strict=True)
    ]
    insert_rows(storage.table("endpoints"), endpoints)
    policies = [
        {"PartitionKey": workspace, "RowKey": id_, "TrainingServiceId": service, "Document": document}
        | {"UpdatedAt": now().isoformat()}
        for id_ in ids
    ]
    insert_rows(storage.table("policies"), policies)
    return ids


def policies(storage, workspace, search="", limit=100):
    names = read_directory(storage, EndpointNames(), workspace)
    found = all_pages(lambda page: list_policies(storage, names, workspace, search, page), limit)
    assert all(fits("PolicySummary", item) for item in found)
    return found


@pytest.mark.attack("Other tenants")
def test_policies_come_by_name_with_their_next_run_and_none_of_another_workspace(storage, workspace):
    other = create_workspace(storage, "Other", now=now()).id
    add_policies(storage, other, ["theirs"])
    ids = add_policies(storage, workspace, ["seattle", "lima", "portland"])
    at = (now() + timedelta(hours=1)).isoformat()
    put_schedule(storage, Schedule("policy", workspace, ids[0], at, skipped="no data"))
    found = policies(storage, workspace, limit=1)
    assert [item["Endpoint"] for item in found] == ["lima", "portland", "seattle"]
    assert (found[2]["WebService"], found[2]["Skipped"], found[2]["Metric"]) == (HOSTILE, "no data", "AUC")
    assert (found[2]["NextRun"] is None, found[0]["NextRun"]) == (False, None)
    assert [item["Endpoint"] for item in policies(storage, workspace, "land")] == ["portland"]
    assert len(policies(storage, workspace, "income'--")) == 3
    assert policies(storage, workspace, "theirs") == []


def test_a_policy_whose_endpoint_has_just_gone_is_shown_without_a_name(storage, workspace):
    (id_,) = add_policies(storage, workspace, ["lima"])
    storage.table("endpoints").delete_entity(workspace, id_)
    (found,) = policies(storage, workspace)
    assert (found["EndpointId"], found["Endpoint"], found["WebService"]) == (id_, None, None)


def test_pipeline_runs_come_newest_first_in_pages_and_by_name(storage, workspace):
    request = seal(storage.secret, json.dumps({"parameters": {}, "window": {}}))
    rows = [
        new_work_row(workspace, new_id(), State.FINISHED, now=now() + timedelta(minutes=number))
        | {"Pipeline": f"{HOSTILE} {number % 2}", "Document": "d", "Request": request, "GroupId": "g", "Held": ""}
        | {"Trigger": json.dumps({"name": "Manual", "type": "Manual"})}
        for number in range(7)
    ]
    insert_rows(storage.table("pipelineruns"), rows)
    newest = [row["RowKey"] for row in reversed(rows)]

    def found(search, limit=2):
        return [run.id for run in all_pages(lambda page: page_pipeline_runs(storage, workspace, search, page), limit)]

    assert found("") == newest
    assert found("income'--</i> 1") == newest[1::2]
    assert found("nothing") == []
    assert page_pipeline_runs(storage, new_id(), "", Page(9, "")) == ([], None)


def test_models_are_found_by_a_part_of_their_name(storage, workspace):
    for name in ("Income [trained model]", HOSTILE, "Tumours"):
        register_model(storage, workspace, name, new_id() * 2, job_id="", metrics={}, lineage={}, now=now())
    for search, names in (("income", {"Income [trained model]", HOSTILE}), ("", {"Tumours", HOSTILE})):
        shown = all_pages(lambda page, text=search: list_model_objects(storage, workspace, text, page), 1)
        assert names <= {item["Name"] for item in shown}
        assert len(shown) == (2 if search else 3)


def test_a_model_whose_file_is_gone_is_listed_without_what_it_says(storage, workspace):
    register_model(storage, workspace, "Gone", new_id() * 2, job_id="", metrics={}, lineage={}, now=now())
    (gone,) = list_model_objects(storage, workspace, "", Page(9, ""))[0]
    assert fits("Model", gone)
    assert (gone["Task"], gone["Learner"], gone["Runtime"]) == (None, None, None)


def test_runs_are_found_by_their_status_and_a_part_of_their_experiments_name(storage, workspace):
    def add(workspace, experiment, state, number):
        row = new_work_row(f"{workspace}-{new_id()}", new_id(), state, now=now() + timedelta(minutes=number))
        columns = {"WorkspaceId": workspace, "Experiment": experiment, "Document": "d", "Summary": ""}
        insert_rows(storage.table("runs"), [row | columns])
        return row["RowKey"]

    states = (State.FINISHED, State.FAILED, State.QUEUED)
    ids = [add(workspace, HOSTILE if number % 2 else "Tumours", states[number % 3], number) for number in range(6)]
    add(create_workspace(storage, "Other", now=now()).id, HOSTILE, State.FAILED, 9)

    def found(**wanted):
        return [run.id for run in all_pages(lambda page: page_workspace_runs(storage, workspace, page, **wanted), 1)]

    assert found() == ids[::-1]
    assert found(state="Failed") == [ids[4], ids[1]]
    assert found(state="NotStarted") == [ids[5], ids[2]]
    assert found(search="income'--", state="Failed") == [ids[1]]
    assert found(search="nothing") == []
    with pytest.raises(BadArgument, match=r"NotStarted, Running, Failed, Cancelled, Finished.*'Queued'"):
        found(state="Queued")


def test_datasets_are_found_by_a_part_of_their_file_name(storage, workspace):
    for name in ("income.csv", "Income later.csv", "tumours.tsv"):
        storage.container("datasets").upload_blob(f"{workspace}/{name}", b"a\n1\n")

    def found(search):
        return [
            item["Name"] for item in all_pages(lambda page: list_dataset_objects(storage, workspace, search, page), 1)
        ]

    assert found("income") == ["Income later.csv", "income.csv"]
    assert found(".tsv") == ["tumours.tsv"]
    assert len(found("")) == 3


@pytest.mark.attack("Sizes and numbers")
def test_a_text_too_long_for_a_name_is_refused():
    assert [read_search(text) for text in (None, "", "ÄB")] == ["", "", "äb"]
    with pytest.raises(BadArgument, match="at most 200"):
        read_search("x" * 201)


@pytest.mark.long
def test_ten_thousand_policies_are_paged_without_a_gap(storage, workspace, record_property):
    names = [f"e{number}" for number in range(10_000)]
    add_policies(storage, workspace, names)
    started = now()
    found = policies(storage, workspace, limit=1000)
    record_property("seconds", (now() - started).total_seconds())
    assert [item["Endpoint"] for item in found] == sorted(names)
