"""Every mistake has its documented code, words that say what to do, and changes nothing."""

import io
import zipfile
from dataclasses import replace
from pathlib import Path

import httpx
import onnx
import pytest
import skops.io

from perennial import BlobLink, PerennialError
from perennial.transport import download
from studio.model.container import read_model_file, write_model_file
from tests.builders import people_experiment
from tests.e2e.steps import RESOURCE, ROWS, call, write_people
from tests.hostile_graphs import outside_sparse_initializer


@pytest.fixture(scope="module")
def seattle(published):
    return published.workspace.add_endpoint(published.service, "seattle")


@pytest.fixture(scope="module")
def model(published, tmp_path_factory) -> BlobLink:
    """A good retrained model."""
    link = published.workspace.upload(write_people(tmp_path_factory.mktemp("later"), "later.csv", 500, 11))
    return published.workspace.submit_job(published.training_endpoint, {"input1": link}).wait().results["output1"]


@pytest.fixture
def unchanged(published, seattle):
    """Checks that the endpoint answers and is recorded as before."""
    before = published.workspace.score(seattle, ROWS), published.workspace.list_history(seattle)
    yield
    assert (published.workspace.score(seattle, ROWS), published.workspace.list_history(seattle)) == before


def error_of(response: httpx.Response) -> tuple[int, str, str, str]:
    error = response.json()["error"]
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    return response.status_code, error["code"], error["details"][0]["code"], error["message"]


@pytest.mark.attack("Names, headers and keys")
@pytest.mark.parametrize("header", [{}, {"Authorization": ""}, {"Authorization": "Bearer nonsense"}])
def test_a_wrong_or_missing_key_is_401_everywhere(app, published, header):
    endpoint = published.default
    root = f"{app.url}/workspaces/{published.workspace.id}"
    calls = {
        ("POST", f"{endpoint.api_location}/execute"): "ScoreRequestUnauthorized",
        ("POST", f"{endpoint.api_location}/jobs"): "ScoreRequestUnauthorized",
        ("GET", f"{endpoint.api_location}/jobs/x"): "ScoreRequestUnauthorized",
        ("GET", root): "ManagementRequestUnauthorized",
        ("GET", f"{root}/webservices"): "ManagementRequestUnauthorized",
        ("PATCH", f"{root}/webservices/{published.service.id}/endpoints/default"): "ManagementRequestUnauthorized",
        ("PUT", f"{root}/experiments/x"): "ManagementRequestUnauthorized",
        ("POST", f"{app.url}/workspaces"): "AdminRequestUnauthorized",
    }
    for (method, url), code in calls.items():
        status, group, detail, _ = error_of(httpx.request(method, url, headers=header, json={}))
        assert (status, group, detail) == (401, "Unauthorized", code), url


@pytest.mark.attack("Names, headers and keys")
def test_another_workspaces_token_opens_nothing_here(app, admin, published):
    with admin.create_workspace("Stranger") as stranger:
        pass
    root = f"{app.url}/workspaces/{published.workspace.id}"
    for path in ("", "/webservices", f"/webservices/{published.service.id}/endpoints", "/experiments"):
        assert call("GET", f"{root}{path}", stranger.token).status_code == 401
    assert call("POST", f"{published.default.api_location}/execute", stranger.token, {}).status_code == 401
    foreign = f"{app.url}/workspaces/{stranger.id}/webservices/{published.service.id}"
    assert error_of(call("GET", foreign, stranger.token))[2] == "WebServiceIdNotFoundInWorkspace"


def test_unknown_ids_are_404(app, published):
    workspace, token = published.workspace.id, published.workspace.token
    root, none = f"{app.url}/workspaces", "0" * 32
    service = f"{root}/{workspace}/webservices/{published.service.id}"
    expected = {
        f"{root}/{none}/webservices": "WorkspaceNotFound",
        f"{root}/{workspace}/webservices/{none}": "WebServiceIdNotFoundInWorkspace",
        f"{service}/endpoints/nobody": "WebServiceNotFound",
        f"{service}/endpoints/{none}": "WebServiceNotFound",
        f"{root}/{workspace}/experiments/none": "ExperimentNotFound",
        f"{root}/{workspace}/nonsense": "AddressNotFound",
    }
    for url, code in expected.items():
        assert error_of(call("GET", url, token))[::2] == (404, code), url
    scoring = f"{root}/{workspace}/services"
    assert error_of(call("POST", f"{scoring}/{none}/execute", "x", {}))[::2] == (404, "WebServiceNotFound")
    job = f"{published.default.api_location}/jobs/{none}"
    assert error_of(call("GET", job, published.default.primary_key))[0] == 404


def test_malformed_ids_say_so(app, published):
    token = published.workspace.token
    status, _, code, _ = error_of(call("GET", f"{app.url}/workspaces/xyz/webservices", token))
    assert (status, code) == (400, "InvalidWorkspaceId")
    url = f"{app.url}/workspaces/{published.workspace.id}/webservices/not-a-guid"
    assert "Invalid web service ID provided" in error_of(call("GET", url, token))[3]


def test_a_wrong_method_is_an_unknown_address_as_in_azure(app):
    answer = httpx.delete(f"{app.url}/workspaces")
    # Without a setting that allows it, what browsers ask before a request is one as well.
    asked = {"Origin": "https://a.example", "Access-Control-Request-Method": "POST"}
    asked_answer = httpx.options(f"{app.url}/workspaces", headers=asked)
    assert asked_answer.status_code == 404
    assert not [name for name in asked_answer.headers if name.startswith("access-control")]
    assert answer.status_code == 404
    assert [detail["code"] for detail in answer.json()["error"]["details"]] == ["AddressNotFound"]


@pytest.mark.parametrize(
    "body, status, group, code",
    [
        (b"", 400, "BadArgument", "RequestIsEmpty"),
        (b"{not json", 400, "BadArgument", "RequestBodyInvalid"),
        (b'{"Inputs": {"input9": []}}', 400, "BadArgument", "InvalidInputNames"),
        (b'{"Inputs": {"input1": [{"age": 1}]}}', 400, "BadUserArgument", "InputMismatchError"),
        (
            b'{"Inputs": {"input1": [{"age": "old", "city": "Oslo", "hours": 1, "smoker": true}]}}',
            400,
            "BadUserArgument",
            "InputParseError",
        ),
    ],
)
def test_wrong_scoring_requests(published, body, status, group, code):
    headers = {"Authorization": f"Bearer {published.default.primary_key}"}
    response = httpx.post(f"{published.default.api_location}/execute?api-version=2.0", content=body, headers=headers)
    assert error_of(response)[:3] == (status, group, code)


def test_another_api_version_is_refused_on_scoring_and_jobs(published):
    endpoint = published.default
    for path in ("execute", "jobs"):
        response = call("POST", f"{endpoint.api_location}/{path}?api-version=3.0", endpoint.primary_key, {})
        assert error_of(response)[:3] == (400, "BadArgument", "BadVersionCall")


def test_a_throttle_level_of_low_means_four_calls(published, seattle):
    workspace, service = published.workspace, published.service
    low = workspace.add_endpoint(service, "low", ThrottleLevel="Low", MaxConcurrentCalls=50)
    assert low.raw["MaxConcurrentCalls"] == 4
    url = f"{published.default.api_location.partition('/services/')[0]}/webservices/{service.id}/endpoints/low"

    def patched(**body):
        changed = call("PATCH", url, workspace.token, body).json()
        return changed["ThrottleLevel"], changed["MaxConcurrentCalls"]

    assert patched(MaxConcurrentCalls=50) == ("Low", 4)
    assert patched(ThrottleLevel="High") == ("High", 20)
    assert patched(MaxConcurrentCalls="50") == ("High", 50)
    assert patched(ThrottleLevel="low") == ("Low", 4)


def test_a_training_service_does_not_score(published):
    endpoint = published.training_endpoint
    response = call("POST", f"{endpoint.api_location}/execute", endpoint.primary_key, {"Inputs": {"input1": []}})
    assert error_of(response)[1] == "InvalidOperation"


def job_error(published, endpoint, body):
    return error_of(call("POST", f"{endpoint.api_location}/jobs?api-version=2.0", endpoint.primary_key, body))[1:3]


def test_wrong_batch_requests(published, tmp_path):
    workspace = published.workspace
    data = workspace.upload(write_people(tmp_path, "data.csv", 20)).to_json()
    endpoint = published.default
    expired = data | {"SasBlobToken": "?sv=2020-01-01&se=2020-01-01T00%3A00%3A00Z&sig=x&sp=r&sr=b"}
    forged = data | {"SasBlobToken": data["SasBlobToken"] + "x"}
    cases = [
        ({}, ("BadArgument", "BatchJobInputsNotSpecified")),
        ({"Inputs": []}, ("BadArgument", "BatchJobInputsNotSpecified")),
        ({"Inputs": ["x"]}, ("BadArgument", "RequestBodyInvalid")),
        ({"Inputs": {"x": data}}, ("BadArgument", "InvalidInputNames")),
        ({"Inputs": {"input1": "x"}}, ("BadArgument", "MissingInputBlobInformation")),
        ({"Input": data, "Inputs": {"input1": data}}, ("BadArgument", "DuplicateInputInBatchCall")),
        ({"Input": data | {"RelativeLocation": "datasets/a"}}, ("BadArgument", "InvalidBlobExtension")),
        ({"Input": data | {"RelativeLocation": "datasets/none.csv"}}, ("BadArgument", "InvalidBlob")),
        ({"Input": expired}, ("BadArgument", "ExpiryTimeInThePast")),
        ({"Input": forged}, ("BadArgument", "InvalidBlob")),
        ({"Input": data, "Outputs": {"x": data}}, ("BadArgument", "InvalidOutputOverrideName")),
        (
            {"Input": data, "Outputs": {"output1": data | {"RelativeLocation": "datasets/x.ilearner"}}},
            ("BadArgument", "InvalidBlobExtension"),
        ),
        ({"Input": data, "GlobalParameters": {"x": 1}}, ("BadArgument", "UnexpectedParameter")),
    ]
    for body, expected in cases:
        assert job_error(published, endpoint, body) == expected, body


def test_a_missing_blob_is_named(published, app_settings):
    reference = {"ConnectionString": app_settings["AzureWebJobsStorage"], "RelativeLocation": "datasets/none.csv"}
    assert job_error(published, published.default, {"Input": reference}) == ("BadArgument", "BlobNotFound")


def test_a_job_on_bad_data_fails_with_row_and_column(published, tmp_path):
    workspace = published.workspace
    path = write_people(tmp_path, "bad.csv", 30)
    path.write_text(path.read_text() + "old,Oslo,3,true,yes\n")
    with pytest.raises(PerennialError, match=r"Row 31, column 'age': 'old'"):
        workspace.submit_job(published.default, {"input1": workspace.upload(path)}).wait()
    path.write_text("age,city\n1,Oslo\n")
    with pytest.raises(PerennialError, match="lacks the columns 'hours', 'smoker'"):
        workspace.submit_job(published.training_endpoint, {"input1": workspace.upload(path)}).wait()
    path.write_text("age,city,hours,smoker,bought\n")
    with pytest.raises(PerennialError, match="has no rows"):
        workspace.submit_job(published.training_endpoint, {"input1": workspace.upload(path)}).wait()


def patch(published, endpoint, resources, key=None):
    url = (
        f"{endpoint.api_location.partition('/workspaces')[0]}/workspaces/{published.workspace.id}"
        f"/webservices/{endpoint.service_id}/endpoints/{endpoint.name}"
    )
    return error_of(call("PATCH", url, key or published.workspace.token, {"Resources": resources}))


@pytest.mark.usefixtures("unchanged")
class TestUpdatesThatAreRefused:
    def test_the_default_endpoint(self, published, model):
        item = {"Name": RESOURCE, "Location": model.to_json()}
        status, group, _, message = patch(published, published.default, [item])
        assert (status, group) == (400, "BadArgument")
        assert "Add an endpoint" in message

    def test_an_endpoint_of_the_training_service(self, published, model):
        other = published.workspace.add_endpoint(published.trainer, "other")
        item = {"Name": RESOURCE, "Location": model.to_json()}
        status, group, code, message = patch(published, other, [item])
        assert (status, group, code) == (400, "BadArgument", "ModelConfigurationInvalid")
        assert "predictive web service" in message
        published.workspace.delete_endpoint(other)

    def test_an_unknown_resource_name(self, published, seattle, model):
        item = {"Name": "Other [trained model]", "Location": model.to_json()}
        status, _, code, message = patch(published, seattle, [item])
        assert (status, code) == (400, "BadParameterValue")
        assert RESOURCE in message

    def test_another_extension(self, published, seattle, model):
        location = model.to_json() | {"RelativeLocation": model.relative_location.replace(".ilearner", ".csv")}
        assert patch(published, seattle, [{"Name": RESOURCE, "Location": location}])[2] == "InvalidBlobExtension"

    def test_no_location(self, published, seattle):
        assert patch(published, seattle, [{"Name": RESOURCE}])[2] == "MissingInputBlobInformation"
        assert patch(published, seattle, "x")[2] == "BadParameterValue"

    def test_a_missing_blob_and_a_forged_link(self, published, seattle, model, app_settings):
        missing = {
            "ConnectionString": app_settings["AzureWebJobsStorage"],
            "RelativeLocation": "experimentoutput/none.ilearner",
        }
        assert patch(published, seattle, [{"Name": RESOURCE, "Location": missing}])[2] == "BlobNotFound"
        forged = model.to_json() | {"SasBlobToken": "?sig=x"}
        assert patch(published, seattle, [{"Name": RESOURCE, "Location": forged}])[2] == "InvalidBlob"

    @pytest.mark.parametrize("host", ["http://169.254.169.254/", "http://localhost:1/", "https://evil.test/"])
    def test_a_location_that_is_not_azure_storage(self, published, seattle, model, host):
        location = model.to_json() | {"BaseLocation": host}
        status, _, code, message = patch(published, seattle, [{"Name": RESOURCE, "Location": location}])
        assert (status, code) == (400, "InvalidBlob")
        assert "PERENNIAL_IMPORT_HOSTS" in message
        body = {"Inputs": {"input1": {"BaseLocation": host, "RelativeLocation": "data/a.csv"}}}
        jobs = f"{published.training_endpoint.api_location}/jobs"
        answer = call("POST", jobs, published.training_endpoint.primary_key, body)
        assert error_of(answer)[:3] == (400, "BadArgument", "InvalidBlob")

    def test_an_expired_link(self, published, seattle, model):
        old = model.to_json() | {"SasBlobToken": "?se=2020-01-01T00%3A00%3A00Z&sig=x"}
        status, _, code, message = patch(published, seattle, [{"Name": RESOURCE, "Location": old}])
        assert (status, code) == (400, "ExpiryTimeInThePast")
        assert "status again" in message

    @pytest.mark.parametrize("damage", ["truncated", "not a zip", "foreign member", "changed member"])
    def test_a_damaged_or_foreign_file(self, published, seattle, model, app_settings, damage, deployment):
        content = download(model)
        if damage == "truncated":
            content = content[: len(content) // 2]
        elif damage == "not a zip":
            content = b"\x80\x04 a pickle"
        else:
            target = io.BytesIO(content)
            with zipfile.ZipFile(target, "a") as archive:
                archive.writestr("evil.py" if damage == "foreign member" else "evaluation2.json", b"x")
            content = target.getvalue()
        name = f"experimentoutput/damaged/{damage.replace(' ', '-')}.ilearner"
        container, _, blob = name.partition("/")
        deployment.storage.container(container).upload_blob(blob, content, overwrite=True)
        location = {"ConnectionString": app_settings["AzureWebJobsStorage"], "RelativeLocation": name}
        status, group, code, message = patch(published, seattle, [{"Name": RESOURCE, "Location": location}])
        assert (status, group, code) == (400, "BadArgument", "InvalidBlob")
        assert "Train it again" in message

    @pytest.mark.parametrize(
        "kind",
        [
            "no graph",
            "a useless graph",
            "a graph that reads a file",
            "another skops",
            "lying golden rows",
            "no golden rows",
        ],
    )
    def test_a_file_that_is_intact_and_not_what_it_says(
        self, published, seattle, model, app_settings, kind, deployment
    ):
        file = read_model_file(download(model), 1 << 28)
        if kind == "no graph":
            file = replace(file, graph=b"\xff\xff")
        elif kind == "a useless graph":
            useless = onnx.load_model_from_string(file.graph)
            useless.graph.node[0].op_type = "NoSuchOperator"
            file = replace(file, graph=useless.SerializeToString())
        elif kind == "a graph that reads a file":
            file = replace(file, graph=outside_sparse_initializer("local.settings.json", 8).SerializeToString())
        elif kind == "no golden rows":
            file = replace(file, golden=())
        elif kind == "another skops":
            pipeline = skops.io.dumps(Path("not a pipeline"))
            file = replace(file, graph=b"", pipeline=pipeline, manifest=replace(file.manifest, runtime="skops"))
        else:
            file = replace(file, golden=tuple(replace(row, scores=(0.123,)) for row in file.golden))
        name = f"experimentoutput/hostile/{kind.replace(' ', '-')}.ilearner"
        container, _, blob = name.partition("/")
        deployment.storage.container(container).upload_blob(blob, write_model_file(file), overwrite=True)
        location = {"ConnectionString": app_settings["AzureWebJobsStorage"], "RelativeLocation": name}
        status, group, code, _ = patch(published, seattle, [{"Name": RESOURCE, "Location": location}])
        assert (status, group, code) == (400, "BadArgument", "InvalidBlob")

    def test_one_good_and_one_bad_resource(self, published, seattle, model):
        good = {"Name": RESOURCE, "Location": model.to_json()}
        bad = {"Name": "Other", "Location": model.to_json()}
        assert patch(published, seattle, [good, bad])[0] == 400

    def test_settings_out_of_range(self, published, seattle):
        for settings, code in (
            ({"MaxConcurrentCalls": 0}, "WebServiceConcurrentRequestRequirementInvalid"),
            ({"MaxConcurrentCalls": "many"}, "WebServiceConcurrentRequestRequirementInvalid"),
            ({"MaxConcurrentCalls": 201}, "WebServiceTooManyConcurrentRequestRequirement"),
            ({"ThrottleLevel": "Medium"}, "BadParameterValue"),
            ({"DiagnosticsTraceLevel": "Some"}, "BadParameterValue"),
            ({"Description": "x" * 40_000}, "BadParameterValue"),
            ({"Why": "x" * 40_000}, "BadParameterValue"),
        ):
            with pytest.raises(PerennialError) as caught:
                published.workspace.update_endpoint(seattle, **settings)
            assert caught.value.code.endswith(code)


def test_a_model_of_another_schema_and_of_another_task(published, seattle, tmp_path):
    """Trained by other experiments, both intact."""
    workspace = published.workspace
    before = workspace.score(seattle, ROWS)
    (tmp_path / "renamed.csv").write_text(write_people(tmp_path).read_text().replace("hours", "minutes", 1))
    workspace.upload(tmp_path / "renamed.csv")
    renamed = people_experiment()
    renamed["modules"]["Data"]["properties"]["Path to container, directory or blob"] = "renamed.csv"
    regression = people_experiment("Linear Regression")
    regression["modules"]["Train"]["properties"]["Label column"] = "age"
    codes = {}
    for name, document in (("Renamed", renamed), ("Regression", regression)):
        workspace.put_experiment(name, document)
        workspace.run_experiment(name)
        endpoint = workspace.get_endpoint(workspace.publish(name, "predictive"))
        location = endpoint.resources[0].location
        codes[name] = patch(published, seattle, [{"Name": RESOURCE, "Location": location.to_json()}])[:3]
    assert codes == {
        "Renamed": (400, "InvalidOperation", "IncompatibleModel"),
        "Regression": (400, "InvalidOperation", "IncompatibleModel"),
    }
    assert workspace.score(seattle, ROWS) == before


def test_the_endpoints_own_key_may_update_it_and_no_other(published, seattle, model):
    workspace = published.workspace
    other = workspace.add_endpoint(published.service, "keyed")
    item = [{"Name": RESOURCE.upper(), "Location": model.to_json()}]
    url = f"{other.api_location.partition('/workspaces')[0]}/workspaces/{workspace.id}/webservices/{other.service_id}"
    refused = call("PATCH", f"{url}/endpoints/keyed", seattle.primary_key, {"Resources": item})
    assert error_of(refused)[2] == "ManagementRequestUnauthorized"
    accepted = call("PATCH", f"{url}/endpoints/keyed", other.primary_key, {"Resources": item})
    assert accepted.status_code == 200
    assert workspace.list_history(other)[-1]["By"] == "endpoint key (primary)"


def test_rolling_back_what_never_changed_is_refused(published):
    fresh = published.workspace.add_endpoint(published.service, "fresh")
    with pytest.raises(PerennialError, match="no change that replaced a model"):
        published.workspace.rollback_endpoint(fresh)
    with pytest.raises(PerennialError, match="default endpoint"):
        published.workspace.refresh_endpoint(published.default)
    with pytest.raises(PerennialError, match="cannot be deleted"):
        published.workspace.delete_endpoint(published.default)


@pytest.mark.parametrize(
    "document", [{"modules": {}}, {"modules": {"A": {"module": "Nope"}}}, {"description": "x" * 40_000, "modules": {}}]
)
def test_a_wrong_experiment_is_not_saved(published, document):
    with pytest.raises(PerennialError) as caught:
        published.workspace.put_experiment("Wrong", document)
    assert caught.value.code == "BadArgument/ModelConfigurationInvalid"
    assert "Wrong" not in [item["Name"] for item in published.workspace.list_experiments()]


def test_a_dataset_needs_a_plain_name_with_a_known_extension(published):
    for name in ("../x.csv", "a/b.csv", "x.exe", "", None):
        with pytest.raises(PerennialError):
            published.workspace._http.send("POST", f"workspaces/{published.workspace.id}/datasets", {"Name": name})
