"""The routes that the browser Studio needs, over HTTP: what headers and statuses say."""

import httpx
import pytest
from jsonschema import Draft202012Validator

from tests.builders import people_experiment
from tests.e2e.steps import NAME


@pytest.fixture
def client(app, workspace):
    headers = {"Authorization": f"Bearer {workspace.token}"}
    with httpx.Client(base_url=f"{app.url}/workspaces/{workspace.id}/", headers=headers, timeout=60) as found:
        yield found


def test_two_editors_of_a_draft_do_not_overwrite_each_other(client):
    draft, body = "experiments/New%20one/draft", {"document": {"modules": {"<b>": 1}}}
    assert client.get(draft).status_code == 404
    start = client.get(draft, params={"orStart": "true"})
    assert (start.status_code, start.json()["updatedAt"], start.json()["basedOn"]) == (200, None, None)
    assert client.get(draft, params={"orStart": "maybe"}).status_code == 400
    first = client.put(draft, json=body, headers={"If-None-Match": "*"})
    assert (first.status_code, first.json()["document"]) == (200, body["document"])
    again = client.put(draft, json=body, headers={"If-None-Match": "*"})
    assert (again.status_code, again.json()["error"]["details"][0]["code"]) == (412, "DraftChanged")
    seen = client.get(draft)
    assert seen.headers["etag"] == first.headers["etag"]
    assert client.get(draft, headers={"If-None-Match": seen.headers["etag"]}).status_code == 304
    second = client.put(draft, json={"document": {}, "basedOn": 2}, headers={"If-Match": seen.headers["etag"]})
    assert second.status_code == 200
    assert client.delete(draft, headers={"If-Match": seen.headers["etag"]}).status_code == 412
    assert [item["name"] for item in client.get("drafts").json()] == ["New one"]
    assert client.get("experiments").json() == []
    assert client.delete(draft, headers={"If-Match": second.headers["etag"]}).status_code == 204
    assert client.get("drafts").json() == []


@pytest.fixture(scope="module")
def shared(app, published):
    """A client of the workspace whose experiment has run, and what that is called."""
    headers = {"Authorization": f"Bearer {published.workspace.token}"}
    root = f"{app.url}/workspaces/{published.workspace.id}/"
    with httpx.Client(base_url=root, headers=headers, timeout=60) as found:
        yield found


@pytest.fixture(scope="module")
def check(app):
    """Return the response of a GET after checking it against the schema that /openapi.json has for it."""
    document = httpx.get(f"{app.url}/openapi.json").json()

    def get(client, path, schema, **params):
        answer = client.get(path, params=params)
        assert answer.status_code == 200, answer.text
        whole = {"$ref": f"#/components/schemas/{schema.removesuffix('[]')}", "components": document["components"]}
        for item in answer.json() if schema.endswith("[]") else [answer.json()]:
            Draft202012Validator(whole).validate(item)
        return answer.json()

    return get


def test_an_endpoint_without_a_policy_is_an_error_only_to_those_who_do_not_ask_for_null(shared, check, published):
    policy = f"webservices/{published.trainer.id}/endpoints/default/policy"
    missing = shared.get(policy)
    assert (missing.status_code, missing.json()["error"]["details"][0]["code"]) == (404, "PolicyNotFound")
    assert check(shared, policy, "FoundPolicy", orNull="true") is None
    for name, schema in (
        ("predictionlog", "FoundPredictionLog"),
        ("promotion", "FoundPromotion"),
        ("shadow", "FoundShadow"),
    ):
        assert check(shared, policy.replace("policy", name), schema, orNull="true") is None
    assert shared.get(policy, params={"orNull": "perhaps"}).status_code == 400


def test_a_run_shows_its_modules_and_what_they_delivered(shared, check):
    # Other files of tests add experiments to the shared workspace.
    (listed,) = (item for item in check(shared, "experiments", "ExperimentSummary[]", limit=50) if item["Name"] == NAME)
    assert listed["LatestRun"]["StatusCode"] == "Finished"
    root = f"experiments/{NAME}/runs/{listed['LatestRun']['RunId']}"
    run = check(shared, root, "Run")
    assert all(module["Seconds"] is not None for module in run["Modules"])
    for module, port, kind in (
        ("Split", "Results dataset1", "dataset"),
        ("Train", "Trained model", "trained model"),
        ("Learner", "Untrained model", "untrained model"),
    ):
        assert check(shared, f"{root}/outputs/{module}/{port}", "Output")["kind"] == kind
    assert check(shared, f"{root}/evaluations/Evaluate", "RunEvaluation")["models"][0]["trainer"] == "Train"
    rows = check(shared, f"{root}/outputs/Split/Results dataset1/rows", "OutputRows", limit=7, sort="-hours")
    assert len(rows["values"]) == len(rows["numbers"]) == 7
    file = shared.get(f"{root}/outputs/Split/Results dataset1/table?format=parquet")
    assert (file.headers["content-type"], file.content[:4]) == ("application/vnd.apache.parquet", b"PAR1")
    assert check(shared, f"{root}/outputs/~0/Results dataset/columns", "OutputColumns")["columnCount"] == 5
    assert shared.get(f"{root}/outputs/Split/nothing").status_code == 404
    assert shared.get(f"{root}/outputs/Split/Results dataset1/rows?limit=0").status_code == 400


def test_what_publishing_would_do_is_said(shared, app):
    answer = shared.post(f"experiments/{NAME}/webservice/preview", params={"kind": "predictive"})
    document = httpx.get(f"{app.url}/openapi.json").json()
    schema = {"$ref": "#/components/schemas/PublicationPreview", "components": document["components"]}
    Draft202012Validator(schema).validate(answer.json())
    assert "default" in [item["Name"] for item in answer.json()["Service"]["Endpoints"]]
    assert shared.post(f"experiments/{NAME}/webservice/preview", params={"kind": "x"}).status_code == 400


def test_versions_are_listed_and_shown(shared, check):
    (version,) = check(shared, f"experiments/{NAME}/versions", "ExperimentVersionSummary[]")
    shown = check(shared, f"experiments/{NAME}/versions/{version['Version']}", "ExperimentVersion")
    assert shown["Metrics"][shown["Metric"]["Module"]][shown["Metric"]["Name"]] == shown["Metric"]["Value"]
    assert shared.get(f"experiments/{NAME}/versions/99").status_code == 404


def test_a_dataset_is_looked_at_and_labelled(client, check):
    write = client.post("datasets", json={"Name": "few.csv"}).json()["Upload"]
    url = f"{write['BaseLocation']}{write['RelativeLocation']}{write['SasBlobToken']}"
    httpx.put(url, content=b"a,b\n1,x\n2,y\n", headers={"x-ms-blob-type": "BlockBlob"}).raise_for_status()
    etag = check(client, "datasets/few.csv/summary", "DatasetSummary")["etag"]
    body = {"Column": "label", "Labels": {"1": "dog"}}
    assert client.put("datasets/few.csv/labels", json=body, headers={"If-Match": etag}).status_code == 200
    assert client.put("datasets/few.csv/labels", json=body, headers={"If-Match": etag}).status_code == 412
    assert client.put("datasets/few.csv/labels", json=body).status_code == 412
    found = check(client, "datasets/few.csv/rows", "DatasetRows", offset=1)
    assert (found["values"], found["numbers"]) == ([[2, "y", "dog"]], [1])
    where = '[{"column": "label", "is": "missing"}]'
    assert check(client, "datasets/few.csv/rows", "DatasetRows", where=where)["numbers"] == [0]
    file = client.get("datasets/few.csv/table", params={"where": where, "format": "csv"})
    assert (file.text.splitlines(), file.headers["x-perennial-rows-left-out"]) == (['"a","b","label"', '1,"x",'], "0")
    assert file.headers["content-disposition"] == "attachment; filename*=UTF-8''few.csv"
    assert client.get("datasets/few.csv/table?format=exe").status_code == 400
    asked = {"params": {"module": "Data", "port": "Results dataset"}, "json": people_experiment()}
    assert client.post("experiments/Any/columns", **asked).json()["known"] == "unknown"


def test_drift_is_shown_to_who_may_see_the_data(shared, published, check):
    endpoint = published.default
    path = f"webservices/{endpoint.service_id}/endpoints/{endpoint.name}/drift"
    found = check(shared, path, "Drift", by="hour", since="2026-01-01T00:00:00Z", until="2026-01-02")
    assert {(column["Of"], column["Name"]) for column in found["Columns"]} >= {
        ("input", "age"),
        ("score", "Scored Labels"),
    }
    assert len(found["Lacks"]) == 2
    for wrong in ({"by": "week"}, {"since": "yesterday"}, {"since": "2026-01-02", "until": "2026-01-01"}):
        assert shared.get(path, params=wrong).status_code == 400
    for key in (endpoint.primary_key, "nothing"):
        assert shared.get(path, headers={"Authorization": f"Bearer {key}"}).status_code == 401
    drift = published.workspace.get_drift(endpoint, by="hour")
    assert drift.drifting == []
    assert drift.columns[0]["Column"] == "age"
