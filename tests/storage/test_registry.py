"""Workspaces, web services, endpoints and their history in Table Storage."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from studio.errors import BadArgument, Conflict, NotFound, Unauthorized
from studio.registry.access import check_endpoint_management, check_workspace_token
from studio.registry.deployments import Resource
from studio.registry.endpoint_names import EndpointNames
from studio.registry.endpoints import (
    change_endpoint,
    get_endpoint,
    get_named_endpoint,
    list_endpoints,
    next_change,
    read_change_token,
    regenerate_key,
)
from studio.registry.history import Cause, list_history
from studio.registry.web_services import (
    create_web_service,
    get_web_service,
    list_web_service_objects,
)
from studio.registry.workspaces import create_workspace, get_workspace, put_workspace, regenerate_token
from studio.rollout.endpoints import add_endpoint, new_endpoint, remove_endpoint, remove_service
from studio.storage.keys import new_id
from studio.storage.rows import change_row, find_row, insert_row, replace_row
from studio.work.schedules import Schedule, find_schedule, put_schedule

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def workspace(deployment):
    return create_workspace(deployment.storage, "Test", now=NOW)


@pytest.fixture
def service(deployment, workspace):
    service = create_web_service(deployment.storage, workspace.id, "S", "", "predictive", "E", now=NOW)
    resources = (Resource("S [trained model]", "a" * 64, 1),)
    new_endpoint(deployment.storage, service, "default", "d1", resources, Cause("test", "publish", "v1"), now=NOW)
    return service


def test_a_workspace_has_an_id_and_two_tokens_that_open_it(deployment, workspace):
    found = get_workspace(deployment.storage, workspace.id)
    assert found == workspace
    tokens = [found.token(deployment.storage.secret, slot) for slot in (0, 1)]
    assert len(set(tokens)) == 2
    names = [check_workspace_token(deployment.storage.secret, found, f"Bearer {token}") for token in tokens]
    assert names == ["workspace token (primary)", "workspace token (secondary)"]


def test_a_renewed_token_replaces_one_and_leaves_the_other(deployment, workspace):
    renewed = regenerate_token(deployment.storage, workspace.id, 0)
    assert renewed.token(deployment.storage.secret, 0) != workspace.token(deployment.storage.secret, 0)
    assert renewed.token(deployment.storage.secret, 1) == workspace.token(deployment.storage.secret, 1)
    with pytest.raises(Unauthorized):
        check_workspace_token(deployment.storage.secret, renewed, workspace.token(deployment.storage.secret, 0))


def test_unknown_and_malformed_workspaces_are_told_apart(deployment):
    with pytest.raises(NotFound):
        get_workspace(deployment.storage, new_id())
    with pytest.raises(BadArgument) as caught:
        get_workspace(deployment.storage, "not-an-id")
    assert caught.value.details[0].code == "InvalidWorkspaceId"
    with pytest.raises(BadArgument):
        create_workspace(deployment.storage, "  ", now=NOW)


def test_putting_a_workspace_twice_keeps_the_first(deployment):
    id_ = new_id()
    first = put_workspace(deployment.storage, id_, "One", now=NOW)
    assert put_workspace(deployment.storage, id_, "Two", now=NOW) == first


def test_an_endpoint_is_found_by_id_and_by_name_and_counted(deployment, service):
    endpoint = add_endpoint(deployment.storage, service, "seattle", {"Description": "north"}, by="test", now=NOW)
    storage = deployment.storage
    by_id = get_endpoint(storage, service.workspace_id, endpoint.id)
    by_name = get_named_endpoint(storage, service.workspace_id, service.id, "seattle")
    assert by_id == by_name == get_named_endpoint(storage, service.workspace_id, service.id, endpoint.id)
    assert by_id.description == "north"
    assert by_id.resources[0].model == "a" * 64
    assert {item.name for item in list_endpoints(storage, service.workspace_id, service.id)} == {"default", "seattle"}
    assert list_web_service_objects(storage, EndpointNames(), service.workspace_id)[0]["EndpointCount"] == 2


@pytest.mark.parametrize("name", ["Seattle", "a" * 25, "with blank", "", "ä"])
def test_a_name_out_of_the_rules_is_refused(deployment, service, name):
    with pytest.raises(BadArgument, match="up to 24 lower-case letters"):
        add_endpoint(deployment.storage, service, name, {}, by="test", now=NOW)


def test_a_name_is_taken_once(deployment, service):
    add_endpoint(deployment.storage, service, "one", {}, by="test", now=NOW)
    with pytest.raises(Conflict):
        add_endpoint(deployment.storage, service, "one", {}, by="test", now=NOW)


def test_the_default_endpoint_cannot_be_deleted_others_can_and_twice(deployment, service):
    default = get_named_endpoint(deployment.storage, service.workspace_id, service.id, "default")
    with pytest.raises(BadArgument):
        remove_endpoint(deployment, default)
    endpoint = add_endpoint(deployment.storage, service, "gone", {}, by="test", now=NOW)
    remove_endpoint(deployment, endpoint)
    remove_endpoint(deployment, endpoint)
    with pytest.raises(NotFound):
        get_endpoint(deployment.storage, service.workspace_id, endpoint.id)


def test_an_endpoint_made_again_does_not_get_its_old_keys_back(deployment, service):
    first = add_endpoint(deployment.storage, service, "again", {}, by="test", now=NOW)
    remove_endpoint(deployment, first)
    later = datetime(2026, 1, 2, tzinfo=UTC)
    second = add_endpoint(deployment.storage, service, "again", {}, by="test", now=later)
    assert second.id == first.id
    assert second.key(deployment.storage.secret, 0) != first.key(deployment.storage.secret, 0)


def test_a_key_opens_its_own_endpoint_only(deployment, workspace, service):
    one = add_endpoint(deployment.storage, service, "one", {}, by="test", now=NOW)
    two = add_endpoint(deployment.storage, service, "two", {}, by="test", now=NOW)
    key = one.key(deployment.storage.secret, 1)
    assert check_endpoint_management(deployment.storage.secret, workspace, one, key) == "endpoint key (secondary)"
    with pytest.raises(Unauthorized):
        check_endpoint_management(deployment.storage.secret, workspace, two, key)


def test_a_regenerated_key_is_new_and_recorded(deployment, service):
    endpoint = add_endpoint(deployment.storage, service, "keys", {}, by="test", now=NOW)
    changed = regenerate_key(deployment.storage, endpoint, 0, by="tester", now=NOW)
    assert changed.key(deployment.storage.secret, 0) != endpoint.key(deployment.storage.secret, 0)
    assert changed.key(deployment.storage.secret, 1) == endpoint.key(deployment.storage.secret, 1)
    last = list_history(deployment.storage, changed.id, changed.change)[-1]
    assert (last.action, last.why, last.by) == ("regenerate key", "primary", "tester")


def test_twenty_callers_changing_one_endpoint_lose_no_change(deployment, service):
    endpoint = add_endpoint(deployment.storage, service, "busy", {}, by="test", now=NOW)

    def add_one(number):
        def change(before):
            step = next_change(before, Cause(str(number), "settings", ""), now=NOW, resources=before.resources)
            return replace(before, description=before.description + "x", change=step)

        return change_endpoint(deployment.storage, endpoint, change)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add_one, range(20)))
    found = get_endpoint(deployment.storage, endpoint.workspace_id, endpoint.id)
    assert found.description == "x" * 20
    assert found.change.sequence == 21


def test_every_change_renews_the_stamp(deployment, service):
    before = read_change_token(deployment.storage)
    endpoint = add_endpoint(deployment.storage, service, "stamp", {}, by="test", now=NOW)
    added = read_change_token(deployment.storage)
    remove_endpoint(deployment, endpoint)
    assert len({before, added, read_change_token(deployment.storage)}) == 3


def test_a_change_whose_history_was_not_written_is_found_there_all_the_same(deployment, service):
    endpoint = add_endpoint(deployment.storage, service, "crash", {}, by="test", now=NOW)

    def change(before):
        step = next_change(before, Cause("x", "settings", "lost?"), now=NOW, resources=before.resources)
        return replace(before, change=step)

    changed = change_endpoint(deployment.storage, endpoint, change)
    assert [item.why for item in list_history(deployment.storage, changed.id, changed.change)] == [
        "endpoint crash added",
        "lost?",
    ]


def test_two_changes_whose_history_was_not_written_are_both_found(deployment, service):
    endpoint = add_endpoint(deployment.storage, service, "crash2", {}, by="test", now=NOW)

    def change(why):
        def apply(before):
            step = next_change(before, Cause("x", "settings", why), now=NOW, resources=before.resources)
            return replace(before, change=step)

        return change_endpoint(deployment.storage, endpoint, apply)

    change("first")
    last = change("second")
    assert [item.why for item in list_history(deployment.storage, last.id, last.change)][1:] == ["first", "second"]


def test_an_endpoint_made_again_does_not_get_its_old_history_back(deployment, service):
    endpoint = add_endpoint(deployment.storage, service, "past", {}, by="test", now=NOW)
    for _ in range(3):
        endpoint = regenerate_key(deployment.storage, endpoint, 0, by="tester", now=NOW)
    remove_endpoint(deployment, endpoint)
    assert len(list_history(deployment.storage, endpoint.id, endpoint.change)) == 4
    again = add_endpoint(deployment.storage, service, "past", {}, by="test", now=NOW)
    assert again.id == endpoint.id
    assert [item.action for item in list_history(deployment.storage, again.id, again.change)] == ["create"]


def test_a_deleted_service_takes_its_endpoints_along(deployment, service):
    add_endpoint(deployment.storage, service, "one", {}, by="test", now=NOW)
    remove_service(deployment, service)
    assert list(list_endpoints(deployment.storage, service.workspace_id, service.id)) == []
    with pytest.raises(NotFound):
        get_web_service(deployment.storage, service.workspace_id, service.id)


def test_a_deleted_service_takes_retraining_policies_and_their_schedules_along(deployment, service):
    storage = deployment.storage
    endpoint = add_endpoint(storage, service, "one", {}, by="test", now=NOW)
    row = {"PartitionKey": endpoint.workspace_id, "RowKey": endpoint.id, "TrainingServiceId": new_id()}
    storage.table("policies").create_entity(row)
    put_schedule(storage, Schedule("policy", endpoint.workspace_id, endpoint.id, NOW.isoformat()))
    remove_service(deployment, service)
    assert find_row(storage.table("policies"), endpoint.workspace_id, endpoint.id) is None
    assert find_schedule(storage, "policy", endpoint.workspace_id, endpoint.id) is None


def test_a_malformed_service_id_says_that_it_is_invalid(deployment, workspace):
    with pytest.raises(BadArgument, match="Invalid web service ID provided"):
        get_web_service(deployment.storage, workspace.id, "xyz")


def test_rows_are_inserted_once_and_replaced_under_their_etag(deployment):
    table = deployment.storage.table("jobs")
    row = {"PartitionKey": new_id(), "RowKey": "r", "N": 1}
    assert insert_row(table, row)
    assert not insert_row(table, row)
    found = find_row(table, row["PartitionKey"], "r")
    assert replace_row(table, row | {"N": 2}, found["etag"])
    assert not replace_row(table, row | {"N": 3}, found["etag"])
    assert change_row(table, row["PartitionKey"], "r", lambda _: None) is None
    assert change_row(table, row["PartitionKey"], "none", lambda item: item) is None
    assert find_row(table, row["PartitionKey"], "r")["N"] == 2
