"""Experiments under another name and copies of them: nothing that hangs on them is lost, whenever a process dies."""

import pytest

from studio.automation.dispatch import perform_work
from studio.errors import BadArgument, Conflict, NotFound
from studio.experiments.drafts import ANY, find_draft, page_drafts, put_draft
from studio.experiments.editing import open_draft
from studio.experiments.experiments import (
    find_experiment,
    get_deletable,
    get_experiment,
    kept_secrets,
    list_experiments,
    put_experiment,
)
from studio.experiments.renaming import copy_experiment, rename_experiment
from studio.experiments.runs import delete_experiment, find_finished_run, list_runs, page_workspace_runs, submit_run
from studio.experiments.versions import list_versions
from studio.graph.secrets import find_secrets, is_sealed
from studio.overview.activity import activity_object
from studio.overview.directory import Directories
from studio.registry.endpoint_names import EndpointNames
from studio.registry.models import list_latest_models
from studio.registry.web_services import find_published
from studio.registry.workspaces import create_workspace
from studio.rollout.preview import preview_publication
from studio.rollout.publish import publish_experiment
from studio.storage.documents import get_document
from studio.storage.pages import Page
from studio.transfer.deleting import delete_workspace
from studio.work.state import State, WorkKey
from tests.builders import people_csv, people_experiment
from tests.storage.in_process import Studio, now
from tests.storage.storage_calls import Killed, KilledAtWrite

DAY_BEFORE = "2000-01-01T00:00:00+00:00"
FAST = "Two-Class Logistic Regression"


@pytest.fixture
def storage(deployment):
    return deployment.storage


@pytest.fixture
def workspace(storage):
    return create_workspace(storage, "Names", now=now()).id


@pytest.fixture(scope="module")
def studio(deployment):
    found = Studio(deployment, create_workspace(deployment.storage, "Renamed", now=now()).id)
    found.upload(people_csv(60, seed=5, missing=False))
    found.run("Before", people_experiment(FAST))
    return found


def described(text):
    return people_experiment(FAST) | {"description": text}


def save(storage, workspace, name, *texts):
    for text in texts:
        put_experiment(storage, workspace, name, described(text), now=now())
    return get_experiment(storage, workspace, name)


def save_draft(storage, workspace, name, text="draft", based_on=None):
    body = {"document": {"modules": {}, "description": text}, "basedOn": based_on}
    return put_draft(storage, workspace, name, body, ANY, kept_secrets(storage, workspace, name))


def drafted(storage, workspace, name):
    found = find_draft(storage, workspace, name)
    return found and found.document["description"]


def names(storage, workspace):
    return [item.name for item in list_experiments(storage, workspace)]


def publish(studio, name, kind):
    saved = get_experiment(studio.deployment.storage, studio.workspace, name)
    answer = publish_experiment(studio.deployment, saved, kind=kind, update_existing=True, by="test", now=now())
    return answer["WebServiceGroupId"]


def test_runs_services_and_the_names_of_models_stay_with_an_experiment_that_is_renamed(studio):
    storage, workspace = studio.deployment.storage, studio.workspace
    services = [publish(studio, "Before", kind) for kind in ("predictive", "training")]
    run = find_finished_run(storage, get_experiment(storage, workspace, "Before"))["run"]
    waiting = submit_run(storage, get_experiment(storage, workspace, "Before"), now=now())
    rename_experiment(storage, workspace, "Before", "After")
    saved = get_experiment(storage, workspace, "After")
    # A run that was waiting, or is worked on, does not notice, and finds the results that were kept.
    perform_work(studio.deployment, WorkKey("runs", saved.runs_partition, waiting), now=now())
    runs = list_runs(storage, saved)
    assert [(item.id, item.work.state) for item in runs] == [(waiting, State.FINISHED), (run, State.FINISHED)]
    assert all(item["reused"] for item in get_document(storage, runs[0].summary)["modules"].values())
    assert {item.experiment for item in page_workspace_runs(storage, workspace, Page(9, ""), search="after")[0]} == {
        "After"
    }
    assert [publish(studio, "After", kind) for kind in ("predictive", "training")] == services
    assert [item.name for item in list_latest_models(storage, workspace)] == ["Before [trained model]"]
    assert preview_publication(storage, saved, "predictive")["Models"][0]["Name"] == "Before [trained model]"
    shown = activity_object(storage, Directories(), EndpointNames(), workspace, DAY_BEFORE, now=now())
    assert {item["Name"] for item in shown["Ended"] if item["Kind"] == "run"} == {"After"}


def test_the_models_of_an_experiment_that_was_not_published_take_its_new_name(studio):
    storage, workspace = studio.deployment.storage, studio.workspace
    studio.run("Untitled", people_experiment(FAST))
    rename_experiment(storage, workspace, "Untitled", "Churn")
    saved = get_experiment(storage, workspace, "Churn")
    assert preview_publication(storage, saved, "training")["Outputs"][0]["Model"] == "Churn [trained model]"
    assert preview_publication(storage, saved, "predictive")["Models"][0]["Name"] == "Churn [trained model]"


def test_versions_the_draft_and_the_place_in_lists_stay(storage, workspace):
    before = save(storage, workspace, "One", "first", "second")
    save_draft(storage, workspace, "One")
    assert rename_experiment(storage, workspace, "One", "Two") == "Two"
    after = get_experiment(storage, workspace, "Two")
    assert (after.version, after.updated_at, after.studio_id) == (2, before.updated_at, before.studio_id)
    assert names(storage, workspace) == ["Two"]
    assert get_experiment(storage, workspace, before.studio_id) == after
    assert drafted(storage, workspace, "Two") == "draft"
    assert [item["name"] for item in page_drafts(storage, workspace, Page(9, ""))[0]] == ["Two"]
    saved = save(storage, workspace, "Two", "third")
    assert [item.version for item in list_versions(storage, saved)] == [3, 2, 1]
    # And back again.
    rename_experiment(storage, workspace, "Two", "One")
    assert drafted(storage, workspace, "One") == "draft"
    assert [item.version for item in list_versions(storage, get_experiment(storage, workspace, "One"))] == [3, 2, 1]
    assert find_experiment(storage, workspace, "Two") is None


def test_a_former_name_leads_to_the_experiment_until_another_takes_it(storage, workspace):
    save(storage, workspace, "One", "first")
    rename_experiment(storage, workspace, "One", "Two")
    rename_experiment(storage, workspace, "Two", "Three")
    assert {get_experiment(storage, workspace, name).name for name in ("One", "Two", "Three")} == {"Three"}
    assert open_draft(storage, workspace, "One").renamed_to == "Three"
    with pytest.raises(NotFound, match="'One' is now called 'Three'"):
        get_deletable(storage, workspace, "One")
    other = save(storage, workspace, "One", "another")
    save_draft(storage, workspace, "One", "of the other")
    assert (other.version, open_draft(storage, workspace, "One").renamed_to) == (1, None)
    assert other.key != get_experiment(storage, workspace, "Three").key
    assert [item.version for item in list_versions(storage, other)] == [1]
    assert drafted(storage, workspace, "Three") is None
    delete_experiment(storage, get_deletable(storage, workspace, "One"))
    assert names(storage, workspace) == ["Three"]
    delete_experiment(storage, get_deletable(storage, workspace, "Three"))
    with pytest.raises(NotFound, match="no experiment 'One'"):
        get_experiment(storage, workspace, "One")


def test_what_gets_a_name_that_a_published_experiment_had_gets_none_of_its_services(studio):
    storage, workspace = studio.deployment.storage, studio.workspace
    save(storage, workspace, "Mine", "first")
    studio.run("Mine", people_experiment(FAST))
    service = publish(studio, "Mine", "predictive")
    rename_experiment(storage, workspace, "Mine", "Still mine")
    key = save(storage, workspace, "Mine", "another").key
    assert find_published(storage, workspace, key, "predictive") is None
    assert find_published(
        storage, workspace, get_experiment(storage, workspace, "Still mine").key, "predictive"
    ).id == (service)


@pytest.mark.parametrize("change", [rename_experiment, copy_experiment])
def test_a_name_that_is_taken_or_none_is_refused_and_nothing_changes(storage, workspace, change):
    options = {"now": now()} if change is copy_experiment else {}
    save(storage, workspace, "One", "first")
    save(storage, workspace, "Two", "second")
    save_draft(storage, workspace, "Three")
    for name, message in (("Two", "experiment 'Two' already"), ("Three", "draft of an experiment 'Three'")):
        with pytest.raises(Conflict, match=message):
            change(storage, workspace, "One", name, **options)
    for name in ("", " ", "a/b", "..", "x" * 121, "\ud800", None, 7, ["x"]):
        with pytest.raises(BadArgument):
            change(storage, workspace, "One", name, **options)
    with pytest.raises(NotFound, match="no experiment 'Four'"):
        change(storage, workspace, "Four", "Five", **options)
    assert names(storage, workspace) == ["One", "Two"]
    assert [item["name"] for item in page_drafts(storage, workspace, Page(9, ""))[0]] == ["Three"]


def test_a_copy_has_the_secrets_and_the_draft_and_begins_as_version_1(storage, workspace):
    properties = {
        "Please Specify Authentication Type": "Account",
        "Account Name": "mine",
        "Account Key": "c2VjcmV0IGtleSBvZiBhbiBhY2NvdW50",
        "Path to container, directory or blob": "data/rows.csv",
    }
    document = {"modules": {"Read": {"module": "Import Data", "properties": properties}}, "connections": []}
    put_experiment(storage, workspace, "One", described("older"), now=now())
    put_experiment(storage, workspace, "One", document, now=now())
    save_draft(storage, workspace, "One", based_on=2)
    name = "<img src=x onerror=alert(1)> & 'more'"
    assert copy_experiment(storage, workspace, "One", name, now=now()) == name
    copy = get_experiment(storage, workspace, name)
    assert [item.version for item in list_versions(storage, copy)] == [1]
    assert list(map(is_sealed, find_secrets(get_document(storage, copy.document)).values())) == [True]
    assert find_draft(storage, workspace, copy.name).based_on == 1
    delete_experiment(storage, get_experiment(storage, workspace, "One"))
    assert drafted(storage, workspace, copy.name) == "draft"


def test_what_is_only_a_draft_is_renamed_and_copied_too(storage, workspace):
    save_draft(storage, workspace, "One")
    rename_experiment(storage, workspace, "One", "Two")
    copy_experiment(storage, workspace, "Two", "Three", now=now())
    assert [drafted(storage, workspace, name) for name in ("One", "Two", "Three")] == [None, "draft", "draft"]
    assert names(storage, workspace) == []


@pytest.mark.attack("Other tenants")
def test_names_lead_nowhere_in_other_workspaces_and_go_with_theirs(deployment, storage, workspace):
    stranger = create_workspace(storage, "Stranger", now=now()).id
    save(storage, workspace, "One", "first")
    rename_experiment(storage, workspace, "One", "Two")
    for change in (
        lambda: rename_experiment(storage, stranger, "Two", "Mine"),
        lambda: copy_experiment(storage, stranger, "One", "Mine", now=now()),
        lambda: get_experiment(storage, stranger, get_experiment(storage, workspace, "Two").studio_id),
    ):
        with pytest.raises(NotFound):
            change()
    delete_workspace(deployment, workspace)
    with pytest.raises(NotFound, match="no experiment 'One'"):
        get_experiment(storage, workspace, "One")


@pytest.mark.attack("Work that is cut off")
@pytest.mark.parametrize("draft_only", [False, pytest.param(True, marks=pytest.mark.long)])
@pytest.mark.parametrize("change", [rename_experiment, copy_experiment])
def test_renaming_and_copying_killed_at_any_write_leaves_one_whole_state(storage, workspace, change, draft_only):
    options = {"now": now()} if change is copy_experiment else {}
    for line in range(1, 40):
        old, new = f"Old {line}", f"New {line}"
        if not draft_only:
            save(storage, workspace, old, "first", "second")
        save_draft(storage, workspace, old)
        try:
            with KilledAtWrite(line):
                change(storage, workspace, old, new, **options)
            killed = False
        except Killed:
            killed = True
        # Before it is tried again, every draft there is is whole, and the experiment is there under one name.
        present = {name for name in (old, new) if find_experiment(storage, workspace, name)}
        assert {drafted(storage, workspace, name) for name in (old, new)} <= {"draft", None}
        assert draft_only or (len(present) == 1 or change is copy_experiment)
        assert all(drafted(storage, workspace, name) == "draft" for name in present)
        # A draft is not known by a former name: once it has moved, only the new one is left to ask for.
        if killed and present != {old, new} and not (draft_only and drafted(storage, workspace, old) is None):
            assert change(storage, workspace, old, new, **options) == new
        kept = {old, new} if change is copy_experiment else {new}
        assert {name for name in (old, new) if drafted(storage, workspace, name) == "draft"} == kept
        if not draft_only:
            assert {name for name in (old, new) if find_experiment(storage, workspace, name)} == kept
            assert len(list_versions(storage, get_experiment(storage, workspace, new))) == (
                2 if change is rename_experiment else 1
            )
        if not killed:
            assert line > 2
            return
    raise AssertionError("It never came to its end.")
