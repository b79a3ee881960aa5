"""What other classic clients send, request by request: PowerShell, C# samples, Data Factory, R and Python.

Each test's docstring names the client; bodies and URLs are those the client builds, in its own spelling.
"""

import contextlib
import json
import time
from datetime import UTC, datetime

import httpx
import pytest
from azure.core.exceptions import ResourceExistsError
from azure.storage.blob import BlobServiceClient

from studio.storage.account import DEVELOPMENT_KEY
from tests.builders import people_csv

TABLE = {
    "Inputs": {
        "input1": {
            "ColumnNames": ["age", "city", "hours", "smoker"],
            "Values": [["30", "Oslo", "3.5", "true"], ["0", "value", "0", "false"]],
        }
    },
    "GlobalParameters": {},
}
CSV = "age,city,hours,smoker\n30,Oslo,3.5,true\n"
# As an account's key page gives it: no endpoints.
ACCOUNT = f"DefaultEndpointsProtocol=https;AccountName=devstoreaccount1;AccountKey={DEVELOPMENT_KEY}"


def send(method, url, key, body=None, **headers):
    content = None if body is None else json.dumps(body)
    sent = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"} | headers
    return httpx.request(method, url, content=content, headers=sent, timeout=60)


@pytest.fixture
def blob(emulator):
    """Uploads text to a container of the client's own and returns its relative location."""
    service = BlobServiceClient.from_connection_string(emulator.connection_string)
    with contextlib.suppress(ResourceExistsError):
        service.create_container("clientdata")

    def upload(text, name):
        service.get_blob_client("clientdata", name).upload_blob(text, overwrite=True)
        return f"clientdata/{name}"

    upload.service = service
    return upload


def follow(url, key, every=0.2):
    """Poll a job until it ends; status codes are texts, and Results stay null until then."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        status = send("GET", url, key).json()
        if status["StatusCode"] in ("Finished", "Failed", "Cancelled"):
            return status
        assert status["StatusCode"] in ("NotStarted", "Running")
        assert status["Results"] is None
        time.sleep(every)
    raise AssertionError("the job did not end")


def test_powershell_scores_and_manages_endpoints(published, compat_app):
    """Invoke-AmlWebServiceRRSEndpoint, Get-, Add-, Patch-, Refresh- and Remove-AmlWebServiceEndpoint."""
    endpoint, token = published.default, published.workspace.token
    answer = send("POST", f"{endpoint.api_location}/execute?api-version=2.0&details=true", endpoint.primary_key, TABLE)
    value = answer.json()["Results"]["output1"]["value"]
    assert value["ColumnNames"][-2:] == ["Scored Labels", "Scored Probabilities"]
    assert all(isinstance(cell, str) for cell in value["Values"][0])
    root = f"{compat_app.url}/workspaces/{published.workspace.id}/webservices"
    listed = send("GET", root, token).json()
    service = next(item for item in listed if item["Id"] == published.service.id)
    assert isinstance(service["EndpointCount"], int)
    address = f"{root}/{service['Id']}/endpoints/psone"
    body = {"Description": "one", "ThrottleLevel": "Low", "MaxConcurrentCalls": 4}
    assert send("PUT", address, token, body).status_code in (200, 201)
    found = send("GET", address, token).json()
    assert (found["MaxConcurrentCalls"], found["PreventUpdate"]) == (4, False)
    assert send("PATCH", address, token, {"Description": "two"}).status_code == 200
    assert send("POST", f"{address}/refresh", token, {"OverwriteResources": "false"}).status_code in (200, 304)
    assert send("DELETE", address, token).status_code in (200, 204)
    assert send("GET", address, token).status_code == 404


def test_powershell_runs_a_batch_job(published, blob):
    """Invoke-AmlWebServiceBESEndpoint: URLs by text replacement from the submit URL, an empty JSON body for start."""
    endpoint = published.default
    submit = f"{endpoint.api_location}/jobs?api-version=2.0"
    body = {
        "GlobalParameters": {},
        "Inputs": {"input1": {"ConnectionString": ACCOUNT, "RelativeLocation": blob(CSV, "ps/in.csv")}},
        "Outputs": {"output1": {"ConnectionString": ACCOUNT, "RelativeLocation": "/clientdata/ps/out.csv"}},
    }
    job = send("POST", submit, endpoint.primary_key, body).text.replace('"', "")
    start = submit.replace("jobs?api-version=2.0", f"jobs/{job}/start?api-version=2.0")
    assert send("POST", start, endpoint.primary_key, {}).is_success
    status = follow(submit.replace("jobs?api-version=2.0", f"jobs/{job}?api-version=2.0"), endpoint.primary_key)
    assert status["StatusCode"] == "Finished", status["Details"]
    written = blob.service.get_blob_client("clientdata", "ps/out.csv").download_blob().readall()
    assert b"Scored Probabilities" in written


def test_the_c_sharp_sample_retrains_and_updates(published, blob, tmp_path):
    """The help page's BES sample and the retraining sample: create, start, poll each second, PATCH with the result."""
    trainer, workspace = published.training_endpoint, published.workspace
    base = f"{trainer.api_location}/jobs"
    body = {
        "Inputs": {
            "input1": {
                "ConnectionString": ACCOUNT,
                "RelativeLocation": "/" + blob(people_csv(300, seed=6), "cs/input1datablob.csv"),
                "BaseLocation": None,
                "SasBlobToken": None,
            }
        },
        "Outputs": {
            "output1": {"ConnectionString": ACCOUNT, "RelativeLocation": "/clientdata/cs/output1.ilearner"},
            "output2": {"ConnectionString": ACCOUNT, "RelativeLocation": "/clientdata/cs/output2.csv"},
        },
        "GlobalParameters": {},
    }
    job = send("POST", f"{base}?api-version=2.0", trainer.primary_key, body).json()
    assert send("POST", f"{base}/{job}/start?api-version=2.0", trainer.primary_key).is_success
    status = follow(f"{base}/{job}?api-version=2.0", trainer.primary_key, every=1)
    assert set(status["Results"]) == {"output1", "output2"}
    model = status["Results"]["output1"]
    # The sample joins the parts to one address to show it.
    assert model["BaseLocation"].endswith("/")
    assert not model["RelativeLocation"].startswith("/")
    assert model["SasBlobToken"].startswith("?")
    endpoint = workspace.add_endpoint(published.service, "csharp")
    patch = {
        "Resources": [
            {
                "Name": "People [trained model]",
                "Location": {name: model[name] for name in ("BaseLocation", "RelativeLocation", "SasBlobToken")},
            }
        ]
    }
    changed = send("PATCH", endpoint_url(published, endpoint), endpoint.primary_key, patch)
    assert changed.status_code == 200, changed.text


def endpoint_url(published, endpoint):
    root = endpoint.api_location.partition("/workspaces/")[0]
    return f"{root}/workspaces/{published.workspace.id}/webservices/{published.service.id}/endpoints/{endpoint.name}"


def test_the_c_sharp_sample_cancels_a_job_that_takes_too_long(published, blob):
    """The BES sample's time-out branch: DELETE, in any state, and again."""
    endpoint = published.default
    body = {"Inputs": {"input1": {"ConnectionString": ACCOUNT, "RelativeLocation": blob(CSV, "cs/late.csv")}}}
    job = send("POST", f"{endpoint.api_location}/jobs?api-version=2.0", endpoint.primary_key, body).json()
    address = f"{endpoint.api_location}/jobs/{job}?api-version=2.0"
    for _ in range(2):
        assert send("DELETE", address, endpoint.primary_key).is_success
    assert send("GET", address, endpoint.primary_key).json()["StatusCode"] == "Cancelled"


@pytest.mark.parametrize("version", ["?api-version=2.0", ""])
@pytest.mark.parametrize(
    "names", [("Inputs", "Outputs"), ("WebServiceInputs", "WebServiceOutputs"), ("Input", "Outputs")]
)
def test_data_factory_runs_a_batch_execution_activity(published, blob, version, names):
    """AzureMLBatchExecution: submit at mlEndpoint with or without a version, all spellings; errors by detail code."""
    endpoint = published.default
    run = f"adf/{version[-1:]}{names[0]}"
    reference = {"ConnectionString": ACCOUNT, "RelativeLocation": blob(CSV, f"{run}/in.csv")}
    body = {
        names[0]: reference if names[0] == "Input" else {"input1": reference},
        names[1]: {"output1": {"ConnectionString": ACCOUNT, "RelativeLocation": f"clientdata/{run}/out.csv"}},
        "GlobalParameters": None,
    }
    submitted = send("POST", f"{endpoint.api_location}/jobs{version}", endpoint.primary_key, body)
    assert submitted.status_code == 200, submitted.text
    job = submitted.json()
    if version:
        assert send("POST", f"{endpoint.api_location}/jobs/{job}/start{version}", endpoint.primary_key).is_success
    status = follow(f"{endpoint.api_location}/jobs/{job}?api-version=2.0", endpoint.primary_key)
    assert status["StatusCode"] == "Finished", status["Details"]
    assert blob.service.get_blob_client("clientdata", f"{run}/out.csv").exists()


def test_data_factory_updates_a_resource_and_may_try_again(published, blob):
    """AzureMLUpdateResource: PATCH updateResourceEndpoint with the endpoint's key; three tries are one change."""
    trainer = published.training_endpoint
    job = published.workspace.submit_job(trainer, {"input1": upload_link(published, blob)})
    model = job.wait().results["output1"].to_json()
    endpoint = published.workspace.add_endpoint(published.service, "adf")
    location = {name: model[name] for name in ("BaseLocation", "RelativeLocation", "SasBlobToken")}
    patch = {"Resources": [{"Name": "People [trained model]", "Location": location}]}
    for _ in range(3):
        assert send("PATCH", endpoint_url(published, endpoint), endpoint.primary_key, patch).is_success
    assert published.workspace.list_history(endpoint)


def upload_link(published, blob):
    return {"ConnectionString": ACCOUNT, "RelativeLocation": blob(people_csv(300, seed=8), "adf/train.csv")}


def test_data_factory_reads_what_went_wrong(published, blob):
    """Error 2600 shows message and detail codes of the service."""
    endpoint = published.default
    for location, code in (
        ("clientdata/no-extension", "InvalidBlobExtension"),
        ("clientdata/none.csv", "BlobNotFound"),
    ):
        body = {"Inputs": {"input1": {"ConnectionString": ACCOUNT, "RelativeLocation": location}}}
        error = send("POST", f"{endpoint.api_location}/jobs", endpoint.primary_key, body).json()["error"]
        assert error["message"]
        assert error["details"][0]["code"] == code


def test_r_consumes_an_endpoint(published, compat_app):
    """AzureML for R: lists, reads swagger.json without a key, sends row objects with the agent `R`, NA left out."""
    token, endpoint = published.workspace.token, published.default
    root = f"{compat_app.url}/workspaces/{published.workspace.id}/webservices"
    found = send("GET", f"{root}/{published.service.id}/endpoints", token, **{"User-Agent": "R"}).json()
    assert {"Name", "PrimaryKey", "ApiLocation", "HelpLocation"} <= set(found[0])
    assert not found[0]["ApiLocation"].endswith("/execute")
    swagger = httpx.get(f"{endpoint.api_location}/swagger.json").json()
    assert "input1Item" in swagger["definitions"]
    url = f"{endpoint.api_location}/execute?api-version=2.0&details=true&format=swagger"
    body = {
        "Inputs": {"input1": [{"age": 30, "city": "Oslo", "hours": 3.5, "smoker": True}, {"age": 41}]},
        "GlobalParameters": {},
    }
    rows = send("POST", url, endpoint.primary_key, body, **{"User-Agent": "R"}).json()["Results"]["output1"]
    assert [set(row) for row in rows] == [set(rows[0])] * 2


def test_python_azureml_services_calls_a_function(published):
    """azureml.services: table form, cells as texts, the key after a small `bearer`, no details."""
    endpoint = published.default
    answer = send(
        "POST",
        f"{endpoint.api_location}/execute?api-version=2.0",
        "",
        TABLE,
        Authorization=f"bearer {endpoint.primary_key}",
    ).json()
    value = answer["Results"]["output1"]["value"]
    for type_, cell in zip(value["ColumnTypes"], value["Values"][0], strict=True):
        assert type_ == "String" or json.loads(cell.lower() if type_ == "Boolean" else cell) is not None


def test_a_code_service_is_refused_with_the_way_to_publish(published, compat_app):
    """publishWebService of R and azureml.services: PUT with Type Code."""
    url = f"{compat_app.url}/workspaces/{published.workspace.id}/webservices/{'0' * 32}"
    answer = send("PUT", url, published.workspace.token, {"Name": "f", "Type": "Code", "CodeBundle": {}})
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert "publish" in error["message"].lower()


def test_a_link_that_expired_and_a_job_asked_again(published, blob):
    """The retraining sample a day later: ExpiryTimeInThePast, then a fresh link from the status."""
    job = published.workspace.submit_job(published.training_endpoint, {"input1": upload_link(published, blob)})
    link = job.wait().results["output1"].to_json()
    day = datetime(2020, 1, 1, tzinfo=UTC).strftime("%Y-%m-%dT%H%%3A%M%%3A%SZ")
    parts = [f"se={day}" if part.startswith("se=") else part for part in link["SasBlobToken"].lstrip("?").split("&")]
    endpoint = published.workspace.add_endpoint(published.service, "expired")
    stale = {
        "BaseLocation": link["BaseLocation"],
        "RelativeLocation": link["RelativeLocation"],
        "SasBlobToken": "?" + "&".join(parts),
    }
    patch = {"Resources": [{"Name": "People [trained model]", "Location": stale}]}
    answer = send("PATCH", endpoint_url(published, endpoint), endpoint.primary_key, patch)
    assert answer.status_code == 400
    assert answer.json()["error"]["details"][0]["code"] == "ExpiryTimeInThePast"
