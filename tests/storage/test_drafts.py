"""Drafts: kept as they are, invalid ones too, never overwritten unseen, and encrypted."""

import pytest

from studio.errors import BadArgument, NotFound, PreconditionFailed, TooLarge
from studio.experiments.drafts import (
    ANY,
    Condition,
    delete_draft,
    draft_object,
    get_draft,
    page_drafts,
    put_draft,
    read_condition,
)
from studio.experiments.editing import open_draft
from studio.experiments.experiments import get_experiment, kept_secrets, put_experiment
from studio.experiments.runs import delete_experiment
from studio.graph.secrets import is_sealed
from studio.registry.workspaces import create_workspace
from studio.storage.keys import name_key
from studio.storage.pages import Page
from tests.builders import people_experiment
from tests.storage.in_process import now

BROKEN = {"modules": {"Train": {"module": "No such module", "properties": [1]}}, "connections": "none", "mine": True}
KEY = "c2VjcmV0IGtleSBvZiBhbiBhY2NvdW50"


@pytest.fixture
def storage(deployment):
    return deployment.storage


@pytest.fixture
def workspace(storage):
    return create_workspace(storage, "Drafts", now=now()).id


def save(storage, workspace, document, condition=ANY, name="New", based_on=None):
    body = {"document": document, "basedOn": based_on}
    return put_draft(storage, workspace, name, body, condition, kept_secrets(storage, workspace, name))


def reader(key=KEY, account="mine"):
    properties = {"Account Name": account, "Account Key": key, "Path to container, directory or blob": "data/rows.csv"}
    source = {"Please Specify Authentication Type": "Account"}
    return {"modules": {"Read": {"module": "Import Data", "properties": source | properties}}}


def key_of(document):
    return document["modules"]["Read"]["properties"]["Account Key"]


def test_editing_begins_at_the_draft_else_at_the_last_version_else_at_nothing(storage, workspace):
    nothing = open_draft(storage, workspace, "New")
    assert draft_object(nothing) == {
        "name": "New",
        "document": {"modules": {}, "connections": []},
        "basedOn": None,
        "updatedAt": None,
        "renamedTo": None,
    }
    put_experiment(storage, workspace, "New", reader(), now=now())
    put_experiment(storage, workspace, "New", reader(account="other"), now=now())
    begun = draft_object(open_draft(storage, workspace, "New"))
    assert (begun["basedOn"], begun["updatedAt"], key_of(begun["document"])) == (2, None, "***")
    assert begun["document"]["modules"]["Read"]["properties"]["Account Name"] == "other"
    with pytest.raises(NotFound):
        get_draft(storage, workspace, "New")
    saved = save(storage, workspace, BROKEN, Condition(absent=True), based_on=2)
    assert open_draft(storage, workspace, "New") == saved


@pytest.mark.parametrize("name", ["", "a/b", "..", "a" * 121])
def test_editing_cannot_begin_under_a_name_that_no_experiment_can_have(storage, workspace, name):
    with pytest.raises(BadArgument):
        open_draft(storage, workspace, name)


def test_an_invalid_document_comes_back_as_it_was_saved(storage, workspace):
    saved = save(storage, workspace, BROKEN, based_on=3)
    found = get_draft(storage, workspace, "New")
    assert found == saved
    assert draft_object(found) | {"updatedAt": ""} == {
        "name": "New",
        "document": BROKEN,
        "basedOn": 3,
        "updatedAt": "",
        "renamedTo": None,
    }


def test_nobody_overwrites_a_draft_that_was_changed_since_it_was_read(storage, workspace):
    first = save(storage, workspace, BROKEN, Condition(absent=True))
    with pytest.raises(PreconditionFailed, match="there is one already"):
        save(storage, workspace, {}, Condition(absent=True))
    second = save(storage, workspace, {"modules": {}}, Condition(first.etag))
    for condition in (Condition(first.etag), read_condition("nonsense ünd mehr\r\n", None)):
        with pytest.raises(PreconditionFailed, match="Get it again"):
            save(storage, workspace, BROKEN, condition)
        with pytest.raises(PreconditionFailed):
            delete_draft(storage, workspace, "New", condition)
    assert get_draft(storage, workspace, "New").document == {"modules": {}}
    delete_draft(storage, workspace, "New", Condition(second.etag))
    with pytest.raises(PreconditionFailed):
        save(storage, workspace, BROKEN, Condition(second.etag))
    delete_draft(storage, workspace, "New")
    with pytest.raises(NotFound):
        get_draft(storage, workspace, "New")


def test_conditions_are_read_as_clients_write_them():
    assert read_condition(None, None) == read_condition("*", "") == ANY
    assert read_condition('W/"0x8D"', None) == read_condition('"0x8D"', None) == Condition('"0x8D"')
    assert read_condition(None, "*") == Condition(absent=True)
    with pytest.raises(BadArgument):
        read_condition(None, '"0x8D"')


@pytest.mark.attack("Other tenants")
def test_a_draft_goes_with_its_experiment_and_other_workspaces_have_their_own(storage, workspace):
    other = create_workspace(storage, "Other", now=now()).id
    put_experiment(storage, workspace, "New", people_experiment(), now=now())
    save(storage, workspace, BROKEN)
    with pytest.raises(NotFound):
        get_draft(storage, other, "New")
    save(storage, other, {})
    delete_experiment(storage, get_experiment(storage, workspace, "New"))
    with pytest.raises(NotFound):
        get_draft(storage, workspace, "New")
    assert get_draft(storage, other, "New").document == {}


def test_drafts_are_listed_in_pages_also_those_of_experiments_never_saved(storage, workspace):
    names = ["<img src=x>", "Ärger & Co. “neu”", "b"]
    for name in names:
        save(storage, workspace, {}, name=name)
    first, after = page_drafts(storage, workspace, Page(2, ""))
    second, end = page_drafts(storage, workspace, Page(2, after))
    assert (sorted(names), end) == ([item["name"] for item in first + second], None)


@pytest.mark.attack("Secrets")
def test_a_secret_in_a_draft_is_stored_encrypted_shown_hidden_and_kept_when_it_is_saved(storage, workspace):
    save(storage, workspace, reader())
    path = f"{workspace}/drafts/{name_key('New')}"
    assert KEY.encode() not in storage.container("experiments").download_blob(path).readall()
    shown = draft_object(get_draft(storage, workspace, "New"))["document"]
    assert key_of(shown) == "***"
    assert key_of(save(storage, workspace, shown).document) == KEY
    put_experiment(storage, workspace, "New", shown, now=now())
    delete_draft(storage, workspace, "New")
    assert is_sealed(key_of(save(storage, workspace, shown).document))
    assert key_of(save(storage, workspace, reader("***", account="another")).document) == "***"
    with pytest.raises(BadArgument, match="no secret is stored there"):
        put_experiment(storage, workspace, "New", reader("***", account="another"), now=now())


@pytest.mark.attack("Size and time")
@pytest.mark.parametrize(
    "body, error, words",
    [
        ({}, BadArgument, "must have a 'document'"),
        ({"document": []}, BadArgument, "must have a 'document'"),
        ({"document": {}, "positions": {}}, BadArgument, "into its document, as 'layout'"),
        ({"document": {}, "basedOn": True}, BadArgument, "basedOn"),
        ({"document": {"modules": {str(number): {} for number in range(2001)}}}, BadArgument, "at most 2,000"),
        ({"document": {"note": "x" * 4_200_000}}, TooLarge, "4 MiB"),
    ],
)
def test_what_a_draft_cannot_be_is_said(storage, workspace, body, error, words):
    with pytest.raises(error, match=words):
        put_draft(storage, workspace, "New", body, ANY, lambda place: None)


@pytest.mark.parametrize("name", ["", "a/b", "..", "x" * 121, "a%2fb"])
def test_a_name_that_no_experiment_can_have_is_refused(storage, workspace, name):
    with pytest.raises(BadArgument, match="name must have 1 to 120 characters"):
        save(storage, workspace, {}, name=name)
