"""Swagger documents and help pages as classic clients and people read them."""

import html
import json
import re
import subprocess
import sys

import httpx
import pytest
from openapi_spec_validator import OpenAPIV2SpecValidator

from perennial.transport import download
from tests.builders import people_csv, people_experiment
from tests.e2e.steps import RESOURCE, call, publish_people


@pytest.fixture(scope="module")
def published(admin, tmp_path_factory):
    document = people_experiment()
    weight = {"name": "Trees", "module": "Learner", "property": "Total number of trees constructed", "default": 50}
    data = {"name": "Data path", "module": "Data", "property": "Path to container, directory or blob"}
    document["webServiceParameters"] = [weight, data | {"default": "people.csv"}]
    with admin.create_workspace("Help") as workspace:
        yield publish_people(workspace, tmp_path_factory.mktemp("people"), document)


def swagger(endpoint) -> dict:
    answer = httpx.get(f"{endpoint.api_location}/swagger.json?api-version=2.0")
    assert answer.status_code == 200
    return answer.json()


def test_the_document_is_valid_and_in_the_order_clients_rely_on(published):
    document = swagger(published.default)
    OpenAPIV2SpecValidator(document).validate()
    assert list(document["paths"]) == [
        "/swagger.json",
        "/execute?api-version=2.0&format=swagger",
        "/jobs?api-version=2.0",
        "/jobs/{jobId}?api-version=2.0",
        "/jobs/{jobId}/start?api-version=2.0",
    ]
    operations = [item["operationId"] for path in document["paths"].values() for item in path.values()]
    assert operations == ["getSwaggerDocument", "execute", "submitjob", "getjobstatus", "canceljob", "startjob"]
    assert [key for key in document if key.startswith("definition")] == ["definitions"]
    assert document["basePath"] in published.default.api_location
    assert f"{document['schemes'][0]}://{document['host']}{document['basePath']}" == published.default.api_location


def test_the_columns_are_the_services_own_in_the_order_of_the_answer(published):
    definitions = swagger(published.default)["definitions"]
    assert definitions["input1Item"]["properties"] == {
        "age": {"type": "integer", "format": "int32"},
        "city": {"type": "string"},
        "hours": {"type": "number", "format": "double"},
        "smoker": {"type": "boolean"},
    }
    assert definitions["input1Item"]["required"] == ["age", "city", "hours", "smoker"]
    example = definitions["ExecutionRequest"]["example"]
    answer = call(
        "POST", f"{published.default.api_location}/execute?format=swagger", published.default.primary_key, example
    )
    (row,) = answer.json()["Results"]["output1"]
    assert list(row) == list(definitions["output1Item"]["properties"])
    assert definitions["output1Item"]["properties"]["Scored Probabilities"] == {"type": "number", "format": "double"}


def test_a_training_service_has_jobs_and_parameters_and_no_execute(published):
    document = swagger(published.training_endpoint)
    OpenAPIV2SpecValidator(document).validate()
    assert not [path for path in document["paths"] if path.startswith("/execute")]
    assert document["definitions"]["GlobalParameters"]["properties"] == {
        "Trees": {"type": "integer", "default": 50},
        "Data path": {"type": "string", "default": "people.csv"},
    }
    outputs = document["definitions"]["BatchExecutionRequest"]["properties"]["Outputs"]["properties"]
    assert list(outputs) == ["output1", "output2"]


def test_a_service_whose_scores_can_be_explained_says_how_and_others_do_not(published):
    document, training = swagger(published.default), swagger(published.training_endpoint)
    parameters = document["paths"]["/execute?api-version=2.0&format=swagger"]["post"]["parameters"]
    assert [(item["name"], item["in"]) for item in parameters] == [("executionRequest", "body"), ("explain", "query")]
    assert "Explain" in document["definitions"]["BatchExecutionRequest"]["properties"]
    assert "Explain" not in training["definitions"]["BatchExecutionRequest"]["properties"]
    assert "explain=true" in help_page(published.default, "/score")
    assert "Explain" in help_page(published.default, "/jobs")
    assert "Explain" not in help_page(published.training_endpoint, "/jobs")


def test_the_query_of_a_job_says_whether_it_explains(published, tmp_path):
    jobs, key = f"{published.default.api_location}/jobs?api-version=2.0", published.default.primary_key
    (tmp_path / "few.csv").write_text(people_csv(5))
    body = {"Inputs": {"input1": published.workspace.upload(tmp_path / "few.csv").to_json()}}
    refused = call("POST", f"{jobs}&explain=perhaps", key, body)
    assert refused.status_code == 400
    assert "Explain must be true or false, got 'perhaps'" in refused.json()["error"]["message"]
    job = call("POST", f"{jobs}&explain=true", key, body).json()
    assert call("POST", jobs.replace("/jobs", f"/jobs/{job}/start"), key).status_code == 204
    results = published.workspace.get_job(published.default, job).wait().results
    assert b"Contribution: age" in download(results["output1"])


def test_the_api_document_is_reached_from_the_help_location_as_the_r_client_does(published):
    location = published.default.raw["HelpLocation"]
    found = re.search(r"/workspaces/(\w+)/webservices/(\w+)/endpoints/(\w+)$", location)
    workspace, service, endpoint = found.groups()
    base = location.partition("/apihelp")[0]
    # The R client changes the original's host only; at any other, it stays at the help location.
    assert httpx.get(f"{location}/apidocument").json() == swagger(published.default)
    for collection in ("webservices", "services"):
        url = f"{base}/workspaces/{workspace}/{collection}/{service}/endpoints/{endpoint}/apidocument"
        assert httpx.get(url).json() == swagger(published.default)


def help_page(endpoint, page: str) -> str:
    answer = httpx.get(f"{endpoint.raw['HelpLocation']}{page}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    return answer.text


def sample(page: str, title: str) -> str:
    (block,) = re.findall(rf"<h3>{title}</h3>\s*<pre[^>]*>(.*?)</pre>", page, re.DOTALL)
    return html.unescape(block)


def test_samples_work_when_pasted(published):
    page = help_page(published.default, "/score")
    assert 'class="code-snippet-r"' in page
    for title, command in (("curl", ["bash", "-c"]), ("Python", [sys.executable, "-c"])):
        code = sample(page, title).replace("YOUR_KEY", published.default.primary_key)
        done = subprocess.run([*command, code], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert "Scored Probabilities" in json.loads(done.stdout)["Results"]["output1"][0]


def r_snippet(page: str) -> str:
    """Cut the sample out as the R client does: from a position in bytes to the end, and then the tags."""
    start = page.encode().index(b'"code-snippet-r">') + len('"code-snippet-r">')
    return re.sub(r"</?\w+>", "", page[start:])


def test_the_r_sample_is_plain_text_to_the_end_of_the_page(published):
    text = r_snippet(help_page(published.default, "/score"))
    assert text.startswith("\nlibrary(httr)\nbody = '{\n")
    assert text.rstrip().endswith('content(response, "text")')
    assert not re.search("[<>&]", text)


def test_pages_tell_what_can_be_updated_and_where(published):
    assert help_page(published.default, "") == help_page(published.default, "/score")
    assert "cannot be updated" in help_page(published.default, "/update")
    assert "nothing to update" in help_page(published.training_endpoint, "/update")
    assert "only" in help_page(published.training_endpoint, "/score")
    assert "StatusCode" in help_page(published.default, "/jobs")
    other = published.workspace.add_endpoint(published.service, "other")
    page = html.unescape(help_page(other, "/update"))
    assert RESOURCE in page
    assert f"/webservices/{published.service.id}/endpoints/other" in page
    answer = httpx.get(f"{other.raw['HelpLocation']}/nonsense")
    assert answer.status_code == 404


@pytest.mark.attack("Names, headers and keys")
def test_what_users_typed_is_escaped(workspace, tmp_path):
    nasty = "<script>alert('é' & \\1)</script>"
    text = people_csv(200).replace("city", f'"{nasty}"', 1)
    (tmp_path / "nasty.csv").write_text(text)
    workspace.upload(tmp_path / "nasty.csv")
    document = people_experiment()
    document["description"] = nasty
    document["modules"]["Data"]["properties"]["Path to container, directory or blob"] = "nasty.csv"
    name = "A <b> 'quoted' & \"nasty\" name"
    workspace.put_experiment(name, document)
    workspace.run_experiment(name)
    endpoint = workspace.get_endpoint(workspace.publish(name, "predictive"))
    for page in ("/score", "/jobs", "/update"):
        found = help_page(endpoint, page)
        assert "<script" not in found
        assert "<b>" not in found
    assert nasty in html.unescape(help_page(endpoint, "/score"))
    in_r = re.search("body = '(.*?)[^\\\\]'", r_snippet(help_page(endpoint, "/score")), re.DOTALL)
    assert in_r is not None
    assert r"\u003cscript\u003ealert(\'\\u00e9\' \u0026 \\\\1)\u003c/script\u003e" in in_r[1]
    OpenAPIV2SpecValidator(swagger(endpoint)).validate()


def test_services_is_an_alias_in_management_addresses(app, published):
    root = f"{app.url}/workspaces/{published.workspace.id}"
    for path in ("", f"/{published.service.id}", f"/{published.service.id}/endpoints"):
        answers = [
            call("GET", f"{root}/{name}{path}", published.workspace.token) for name in ("webservices", "services")
        ]
        assert [answer.status_code for answer in answers] == [200, 200]
        shown = [answer.json() for answer in answers]
        if not path.endswith("endpoints"):
            assert shown[0] == shown[1]


def test_a_service_made_of_code_is_refused_with_how_to_publish_instead(app, published):
    url = f"{app.url}/workspaces/{published.workspace.id}/webservices/{'a' * 32}"
    body = {"Name": "add", "Type": "Code", "CodeBundle": {"Language": "R-3.1-64", "SourceCode": "x"}}
    answer = call("PUT", url, published.workspace.token, body)
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error["details"][0]["code"] == "WebServiceTypeInvalid"
    assert "R-3.1-64" in error["message"]
    assert "experiments" in error["message"]
    assert call("PUT", url, "wrong", body).status_code == 401
