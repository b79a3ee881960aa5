"""Several models below one endpoint: set, changed, refused, seen by other processes, ended, rolled back, promoted."""

import contextlib
import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from studio.errors import BadArgument, Conflict, InvalidOperation, NotFound
from studio.model.container import write_model_file
from studio.overview.models import list_model_objects
from studio.registry.definitions import PREDICTIVE, Definition, ServiceInput, ServiceOutput, put_definition
from studio.registry.deployments import NONE, Resource, models_id
from studio.registry.endpoints import change_endpoint, get_endpoint, get_named_endpoint, regenerate_key
from studio.registry.history import Cause, list_history
from studio.registry.models import model_path, put_model, register_model
from studio.registry.web_services import create_web_service
from studio.registry.workspaces import create_workspace
from studio.rollout.endpoints import add_endpoint, new_endpoint
from studio.rollout.refresh import refresh_endpoint
from studio.rollout.rollback import rollback_endpoint
from studio.rollout.traffic import put_traffic, traffic_object
from studio.rollout.update_resource import patch_endpoint
from studio.serving.app import open_app
from studio.serving.extras import Extras
from studio.serving.model_facts import model_details, read_version
from studio.serving.scoring import score_request
from studio.serving.traffic_rows import read_models
from studio.settings import read_settings
from studio.storage.blobs import own_blob
from studio.storage.pages import Page
from studio.storage.rows import find_row
from tests.builders import people_model_file
from tests.storage.schemas import fits
from tests.storage.test_snapshots import Clock, current, until, warm

NOW = datetime(2026, 1, 1, tzinfo=UTC)
NAME = "people [trained model]"
TOKEN, KEY = "workspace token (primary)", "endpoint key (primary)"
HALF = {"Shares": {"current": 50, "candidate": 50}, "Models": {"candidate": [{"Name": NAME, "Version": 2}]}}
ROWS = [{"age": 20 + number, "city": "Oslo", "hours": number / 7, "smoker": True} for number in range(40)]


@pytest.fixture(scope="module")
def service(deployment):
    """A web service whose model has four versions; the third takes other columns."""
    storage = deployment.storage
    workspace = create_workspace(storage, "Deployments", now=NOW)
    files = [people_model_file(), people_model_file("Two-Class Logistic Regression")]
    manifest = files[0].manifest
    other = tuple(replace(column, name=f"{column.name}2") for column in manifest.inputs)
    files.append(replace(files[1], manifest=replace(files[1].manifest, inputs=other)))
    files.append(replace(files[1], golden=files[1].golden[:1]))
    digests = [put_model(storage, write_model_file(file)) for file in files]
    for number, digest in enumerate(digests):
        register_model(storage, workspace.id, NAME, digest, job_id=f"job{number}", metrics={}, lineage={}, now=NOW)
    output = ServiceOutput("output1", "dataset", manifest.outputs, NAME, append=True)
    definition = Definition(PREDICTIVE, {}, (ServiceInput("input1", manifest.inputs),), (output,), ())
    service = create_web_service(storage, workspace.id, "S", "", "predictive", "E", now=NOW)
    resources = (Resource(NAME, digests[0], 1),)
    digest = put_definition(storage, definition)
    new_endpoint(storage, service, "default", digest, resources, Cause("t", "publish", ""), now=NOW)
    return service


@pytest.fixture
def endpoint(deployment, service, request):
    name = f"e{abs(hash(request.node.name)) % 10**12}"
    return add_endpoint(deployment.storage, service, name, {}, by="t", now=NOW)


def put(deployment, endpoint, body, by=TOKEN):
    fresh = get_endpoint(deployment.storage, endpoint.workspace_id, endpoint.id)
    return put_traffic(deployment, fresh, body, by=by, now=NOW)


def shares(endpoint):
    return {"current": endpoint.deployments.current_share} | {
        item.name: item.share for item in endpoint.deployments.others
    }


def answered(process, endpoint, value=ROWS, headers=None):
    """Score rows and return the names of the deployments that answered."""
    found = current(process, endpoint)
    routing = found.router and found.router.routing(headers or {})
    body = json.dumps({"Inputs": {"input1": value}}).encode()
    with process.limits.enter(found.endpoint, routing):
        score_request(found, process.models, body, swagger=True, extras=Extras(routing))
    return routing.answered if routing else ""


def history(deployment, endpoint):
    latest = get_endpoint(deployment.storage, endpoint.workspace_id, endpoint.id).change
    return list_history(deployment.storage, endpoint.id, latest)


def test_two_models_answer_and_the_history_says_so(deployment, endpoint):
    assert answered(deployment, endpoint) == ""
    changed = put(deployment, endpoint, HALF | {"Why": "to begin with"})
    assert changed == get_endpoint(deployment.storage, endpoint.workspace_id, endpoint.id)
    assert answered(deployment, endpoint) == "current, candidate"
    last = history(deployment, endpoint)[-1]
    assert (last.action, last.by, last.resources) == ("traffic", TOKEN, ())
    assert last.why == "current 50 %, candidate 50 % (version 2): to begin with"
    again = put(deployment, endpoint, HALF)
    assert again.change == changed.change
    put(deployment, endpoint, {"Shares": {"current": 100, "candidate": 0}})
    assert answered(deployment, endpoint) == "current"
    put(deployment, endpoint, {"Shares": {"Candidate": 100}})
    assert answered(deployment, endpoint) == "candidate"
    assert put(deployment, endpoint, {"Shares": {"current": 100}}).deployments == NONE
    assert answered(deployment, endpoint) == ""


def test_an_endpoint_that_never_shared_is_stored_as_before(deployment, endpoint):
    row = find_row(deployment.storage.table("endpoints"), endpoint.workspace_id, endpoint.id)
    assert row["Deployments"] == ""
    assert "deployments" not in json.loads(row["LastChange"])
    del row["Deployments"]
    deployment.storage.table("endpoints").upsert_entity(row, mode="replace")
    assert get_endpoint(deployment.storage, endpoint.workspace_id, endpoint.id).deployments == NONE


def test_the_key_stays_until_another_is_given(deployment, endpoint):
    assert put(deployment, endpoint, HALF | {"Key": {"Header": "X-Customer"}}).deployments.header == "x-customer"
    value = {answered(deployment, endpoint, headers={"x-customer": str(number)}) for number in range(20)}
    assert value == {"current", "candidate"}
    kept = put(deployment, endpoint, {"Shares": {"current": 40, "candidate": 60}})
    assert (kept.deployments.header, kept.deployments.column) == ("x-customer", "")
    column = put(deployment, endpoint, {"Shares": {"current": 40, "candidate": 60}, "Key": {"Column": "Customer"}})
    assert (column.deployments.header, column.deployments.column) == ("", "Customer")
    none = put(deployment, endpoint, {"Shares": {"current": 40, "candidate": 60}, "Key": {}})
    assert (none.deployments.header, none.deployments.column) == ("", "")


def test_another_process_follows_within_a_second_with_both_models_loaded(deployment, endpoint, app_settings):
    clock, other = Clock(), open_app(read_settings(app_settings))
    other = replace(other, snapshots=type(other.snapshots)(other.storage, other.models, clock))
    warm(other, endpoint)
    put(deployment, endpoint, HALF)
    clock.now += 1.0
    assert current(other, endpoint).router is not None
    models = {resource.model for resource in current(other, endpoint).endpoint.models_in_use()}
    assert len(models) == 2
    assert all(other.models.find(model) for model in models)
    put(deployment, endpoint, {"Shares": {"current": 0, "candidate": 100}})
    clock.now += 1.0
    assert answered(other, endpoint) == "candidate"
    put(deployment, endpoint, {"Shares": {"current": 100}})
    until(lambda: current(other, endpoint).router is None)


def test_an_update_means_all_rows_also_with_the_model_that_was_in_use(deployment, endpoint):
    for number in (1, 0):
        changed = put(deployment, endpoint, HALF)
        model = [*changed.models_in_use()][number].model
        location = own_blob(deployment.storage, model_path(model), datetime.now(UTC)).to_json()
        body = {"Resources": [{"Name": NAME, "Location": location}]}
        changed = patch_endpoint(deployment, changed, body, by=KEY, now=datetime.now(UTC))
        assert (changed.deployments, changed.resources[0].model) == (NONE, model)
        assert answered(deployment, endpoint) == ""


def test_settings_and_keys_leave_the_shares_alone(deployment, endpoint):
    put(deployment, endpoint, HALF)
    changed = patch_endpoint(deployment, endpoint, {"Description": "x"}, by=KEY, now=NOW)
    regenerate_key(deployment.storage, changed, 0, by=KEY, now=NOW)
    found = get_endpoint(deployment.storage, endpoint.workspace_id, endpoint.id)
    assert shares(found) == {"current": 50, "candidate": 50}


def test_a_new_definition_ends_the_sharing(deployment, endpoint, service):
    changed = put(deployment, endpoint, HALF)

    def older(before):
        return replace(before, definition="0" * 64, deployments=before.deployments, change=replace(before.change))

    assert change_endpoint(deployment.storage, changed, older).deployments == NONE
    found = get_endpoint(deployment.storage, endpoint.workspace_id, endpoint.id)
    assert refresh_endpoint(deployment, found, overwrite_resources=False, by=KEY, now=NOW)
    put(deployment, endpoint, HALF)
    found = get_endpoint(deployment.storage, endpoint.workspace_id, endpoint.id)
    assert not refresh_endpoint(deployment, found, overwrite_resources=False, by=KEY, now=NOW)


def test_promoting_makes_the_models_current_and_a_rollback_has_the_former_ones_answer_all_rows(deployment, endpoint):
    changed = put(deployment, endpoint, HALF | {"Key": {"Header": "x-a"}})
    promoted = put(deployment, endpoint, {"Promote": "candidate"})
    assert (promoted.deployments, promoted.resources) == (NONE, changed.deployments.others[0].resources)
    last = history(deployment, endpoint)[-1]
    assert (last.action, last.why, len(last.resources)) == ("promote", "candidate answers all rows", 1)
    back = rollback_endpoint(deployment, promoted, sequence=None, by=KEY, now=NOW)
    assert (back.deployments, back.resources[0].model) == (NONE, changed.resources[0].model)
    assert answered(deployment, endpoint, headers={}) == ""


def test_a_rollback_of_an_update_that_ended_the_sharing_restores_it(deployment, endpoint):
    third = [{"Name": NAME, "Version": 4}]
    changed = put(deployment, endpoint, HALF | {"Models": {"candidate": third}})
    location = own_blob(
        deployment.storage,
        model_path(read_version(deployment.storage, endpoint.workspace_id, NAME, "2").model),
        datetime.now(UTC),
    ).to_json()
    updated = patch_endpoint(
        deployment, changed, {"Resources": [{"Name": NAME, "Location": location}]}, by=KEY, now=datetime.now(UTC)
    )
    back = rollback_endpoint(deployment, updated, sequence=None, by=KEY, now=NOW)
    assert (back.deployments, back.resources[0].model) == (changed.deployments, changed.resources[0].model)


def test_a_rollback_of_shares_restores_those_before(deployment, endpoint):
    with pytest.raises(InvalidOperation, match="replaced a model or changed which models answer"):
        rollback_endpoint(deployment, endpoint, sequence=None, by=KEY, now=NOW)
    first = put(deployment, endpoint, HALF)
    second = put(deployment, endpoint, {"Shares": {"current": 20, "candidate": 80}})
    undone = rollback_endpoint(deployment, second, sequence=None, by=KEY, now=NOW)
    assert undone.deployments == first.deployments
    number = first.change.sequence
    assert rollback_endpoint(deployment, undone, sequence=number, by=KEY, now=NOW).deployments == NONE


def test_all_deployments_models_are_in_use(deployment, endpoint):
    storage = deployment.storage
    version = read_version(storage, endpoint.workspace_id, NAME, "2")
    before = model_details(storage, endpoint.workspace_id, version)["UsedByCount"]
    put(deployment, endpoint, HALF)
    assert model_details(storage, endpoint.workspace_id, version)["UsedByCount"] == before + 1
    (listed,), _ = list_model_objects(storage, endpoint.workspace_id, "", Page(10, ""))
    versions = [use["Version"] for use in listed["UsedBy"] if use["EndpointId"] == endpoint.id]
    assert versions == [1, 2]


def test_calls_are_told_by_deployment(deployment, endpoint):
    put(deployment, endpoint, HALF)
    names = [answered(deployment, endpoint, [row]) for row in ROWS]
    deployment.traffic.flush()
    moment = deployment.storage.clock()
    found = traffic_object(
        deployment, get_endpoint(deployment.storage, endpoint.workspace_id, endpoint.id), 2, now=moment
    )
    assert fits("EndpointTraffic", found)
    told = {item["Name"]: (item["Share"], item["Calls"], item["Failed"]) for item in found["Deployments"]}
    assert told == {name: (50, names.count(name), 0) for name in ("current", "candidate")}
    other = models_id((Resource("x", "y"),))
    hours = read_models(deployment.storage, endpoint.workspace_id, endpoint.id, other, 2, now=moment)
    assert sum(sum(hour.buckets) for hour in hours) == 0


ONE = [{"Name": NAME, "Version": 2}]
WRONG = [
    ({}, "Shares"),
    ({"Shares": {}}, "Shares"),
    ({"Shares": [100]}, "Shares"),
    ({"Shares": {"current": 99}}, "a sum of 99"),
    ({"Shares": {"current": 200, "candidate": -100}, "Models": {"candidate": ONE}}, "from 0 to 100, got 200"),
    ({"Shares": {"current": 50.5, "candidate": 49.5}, "Models": {"candidate": ONE}}, "whole percent"),
    ({"Shares": {"current": True, "candidate": 99}, "Models": {"candidate": ONE}}, "whole percent"),
    ({"Shares": {"current": 50, "a-b": 50}, "Models": {"a-b": ONE}}, "up to 24 letters and digits"),
    ({"Shares": {"current": 50, "": 50}}, "up to 24 letters and digits"),
    ({"Shares": {"current": 50, "a": 25, "A": 25}, "Models": {"a": ONE}}, "each once"),
    ({"Shares": {"current": 50, "candidate": 50}}, "Models must be given for candidate"),
    ({"Shares": {"current": 100}, "Models": {"candidate": ONE}}, "deployments that Shares names"),
    ({"Shares": {"current": 100}, "Models": {"current": ONE}}, "deployments that Shares names"),
    ({"Shares": {"current": 95} | {f"d{n}": 1 for n in range(5)}}, "at most 4"),
    (HALF | {"Models": {"candidate": []}}, "Models.candidate must be a list"),
    (HALF | {"Models": [ONE]}, "an object of models"),
    (HALF | {"Models": {"candidate": [{"Name": "x", "Version": 2}]}}, "one of the endpoint's models"),
    (HALF | {"Models": {"candidate": ONE * 2}}, "each once"),
    (HALF | {"Models": {"candidate": [{"Name": NAME}]}}, "Location, Version or JobId"),
    (HALF | {"Models": {"candidate": [{"Name": NAME, "Version": 2, "JobId": "job1"}]}}, "Location, Version or JobId"),
    (HALF | {"Models": {"candidate": [{"Name": NAME, "Version": "second"}]}}, "a number or latest"),
    (HALF | {"Models": {"candidate": [{"Name": NAME, "Version": 1, "Model": 5}]}}, "the name of a trained model"),
    (HALF | {"Key": {"Header": "bad header"}}, "letters, digits and hyphens"),
    (HALF | {"Key": {"Header": "x" * 1_000_000}}, "up to 64"),
    (HALF | {"Key": {"Header": "a", "Column": "b"}}, "Key must be"),
    (HALF | {"Key": {"Column": ""}}, "a column's name"),
    (HALF | {"Key": {"Row": "a"}}, "Key must be"),
    (HALF | {"Key": "a"}, "Key must be"),
    ({"Promote": "nobody"}, "a deployment of the endpoint: none"),
    (HALF | {"Promote": "candidate"}, "without Shares"),
    (HALF | {"Why": "x" * 5000}, "at most 2000 characters"),
]
# One in `make test`, all at night.
LONG = [pytest.param(*case, marks=pytest.mark.long) for case in WRONG[:-1]]


@pytest.mark.attack("Wrong shares and candidates")
@pytest.mark.parametrize(("body", "message"), [WRONG[-1], *LONG], ids=range(len(WRONG)))
def test_what_is_wrong_is_refused_and_changes_nothing(deployment, service, body, message):
    with contextlib.suppress(Conflict):
        add_endpoint(deployment.storage, service, "refusing", {}, by="t", now=NOW)
    endpoint = get_named_endpoint(deployment.storage, service.workspace_id, service.id, "refusing")
    with pytest.raises(BadArgument, match=message):
        put_traffic(deployment, endpoint, body, by=TOKEN, now=NOW)
    assert get_endpoint(deployment.storage, endpoint.workspace_id, endpoint.id) == endpoint


def test_all_that_is_wrong_is_told_at_once(deployment, endpoint):
    body = {"Shares": {"current": 50}, "Key": {"Row": 1}, "Models": 5}
    with pytest.raises(BadArgument) as caught:
        put(deployment, endpoint, body)
    assert len(caught.value.details) == 3


@pytest.mark.attack("Wrong shares and candidates")
def test_a_candidate_of_another_schema_is_refused_before_anything_changes(deployment, endpoint):
    before = get_endpoint(deployment.storage, endpoint.workspace_id, endpoint.id)
    with pytest.raises(InvalidOperation, match="'age2', which the web service does not have"):
        put(deployment, endpoint, HALF | {"Models": {"candidate": [{"Name": NAME, "Version": 3}]}})
    for body in ({"JobId": "nobody"}, {"Version": 9}, {"Version": 1, "Model": "no such model"}):
        with pytest.raises(NotFound):
            put(deployment, endpoint, HALF | {"Models": {"candidate": [{"Name": NAME} | body]}})
    assert get_endpoint(deployment.storage, endpoint.workspace_id, endpoint.id) == before


@pytest.mark.attack("Other tenants")
def test_who_has_only_the_endpoints_key_names_no_models_of_the_workspace(deployment, endpoint):
    for item in ({"Version": 2}, {"JobId": "job1"}):
        with pytest.raises(BadArgument, match="needs a workspace token"):
            put(deployment, endpoint, HALF | {"Models": {"candidate": [{"Name": NAME} | item]}}, by=KEY)
    by_job = put(deployment, endpoint, HALF | {"Models": {"candidate": [{"Name": NAME, "JobId": "job1"}]}})
    assert by_job.deployments.others[0].resources[0].version == 2
    kept = put(deployment, endpoint, {"Shares": {"current": 10, "candidate": 90}}, by=KEY)
    assert shares(kept) == {"current": 10, "candidate": 90}


def test_the_default_endpoint_follows_its_experiment(deployment, service):
    default = get_named_endpoint(deployment.storage, service.workspace_id, service.id, "default")
    with pytest.raises(BadArgument, match="follows the experiment"):
        put_traffic(deployment, default, HALF, by=TOKEN, now=NOW)


def test_a_change_based_on_what_is_no_longer_there_is_refused(deployment, endpoint):
    put(deployment, endpoint, HALF)
    stale = replace(endpoint, etag="")
    put_traffic(
        deployment,
        get_endpoint(deployment.storage, endpoint.workspace_id, endpoint.id),
        {"Shares": {"current": 30, "candidate": 70}},
        by=TOKEN,
        now=NOW,
    )
    with pytest.raises(Conflict, match="changed by somebody else"):
        put_traffic(deployment, stale, HALF, by=TOKEN, now=NOW)
