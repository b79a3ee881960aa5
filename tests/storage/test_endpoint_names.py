"""The names of endpoints that a process keeps: as they are now, read again only when an endpoint changed."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from studio.registry.deployments import Resource
from studio.registry.endpoint_names import FEW, KEPT_SECONDS, EndpointNames, read_names, search_endpoints
from studio.registry.endpoints import endpoint_id
from studio.registry.history import Cause
from studio.registry.web_services import create_web_service
from studio.registry.workspaces import create_workspace
from studio.rollout.endpoints import add_endpoint, new_endpoint, remove_endpoint
from studio.storage.account import Storage
from studio.storage.rows import find_row, insert_rows

NOW = datetime(2026, 1, 1, tzinfo=UTC)


class Counted:
    """A reader of names that counts its readings."""

    def __init__(self):
        self.readings = 0

    def __call__(self, storage, workspace_id):
        self.readings += 1
        return read_names(storage, workspace_id)


def make_service(storage: Storage):
    workspace = create_workspace(storage, "Names", now=NOW)
    service = create_web_service(storage, workspace.id, "S", "", "predictive", "E", now=NOW)
    resources = (Resource("S [trained model]", "a" * 64, 1),)
    new_endpoint(storage, service, "default", "d1", resources, Cause("test", "publish", "v1"), now=NOW)
    return service


def test_names_are_read_once_until_an_endpoint_is_added_or_removed(deployment):
    storage, counted = deployment.storage, Counted()
    names = EndpointNames(read=counted)
    service = make_service(storage)
    for _ in range(3):
        assert names.get(storage, service.workspace_id).counts == {service.id: 1}
    assert counted.readings == 1
    added = add_endpoint(storage, service, "seattle", {}, by="test", now=NOW)
    found = names.get(storage, service.workspace_id)
    assert found.endpoints[added.id] == (service.id, "seattle")
    assert found.counts == {service.id: 2}
    remove_endpoint(deployment, added)
    assert names.get(storage, service.workspace_id).counts == {service.id: 1}
    assert counted.readings == 3


def test_callers_at_once_share_a_reading(deployment):
    storage, counted = deployment.storage, Counted()
    names = EndpointNames(read=counted)
    service = make_service(storage)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: names.get(storage, service.workspace_id), range(4)))
    assert [item.counts for item in found] == [{service.id: 1}] * 4
    assert counted.readings == 1


def test_names_are_read_again_after_a_minute_and_few_are_kept(deployment):
    clock, counted, storage = [0.0], Counted(), deployment.storage
    names = EndpointNames(lambda: clock[0], counted, most=3)
    first, second = make_service(storage).workspace_id, make_service(storage).workspace_id
    names.get(storage, first)
    clock[0] = KEPT_SECONDS
    names.get(storage, first)
    assert counted.readings == 2
    names.get(storage, second)
    names.get(storage, second)
    assert counted.readings == 3
    names.get(storage, first)
    assert counted.readings == 4


def test_a_search_reads_the_endpoints_it_finds_in_order_of_their_ids(deployment):
    storage, names = deployment.storage, EndpointNames()
    service = make_service(storage)
    place = service.workspace_id, service.id
    made = find_row(storage.table("endpoints"), service.workspace_id, endpoint_id(*place, "default"))
    made.pop("etag")
    ids = {name: endpoint_id(*place, name) for name in (f"e{number}" for number in range(FEW + 2))}
    insert_rows(storage.table("endpoints"), [made | {"RowKey": id_, "Name": name} for name, id_ in ids.items()])

    def search(wanted, after=""):
        return [item.id for item in search_endpoints(storage, names, *place, wanted, after)]

    few = sorted(id_ for name, id_ in ids.items() if "e1" in name)
    assert search("e1") == few
    assert search("e1", few[3]) == few[4:]
    assert search("e") == sorted([*ids.values(), *search("default")])
    assert len(search("")) == FEW + 3
    assert search("none") == []
    assert list(search_endpoints(storage, names, service.workspace_id, "another", "e1")) == []
