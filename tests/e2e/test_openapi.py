"""The OpenAPI document holds what the running app does: schemathesis sends what it allows, and what it forbids."""

from collections import Counter

import httpx
import pytest
import requests
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from openapi_spec_validator import OpenAPIV31SpecValidator

from studio.storage.keys import admin_token
from tests.e2e.steps import NAME, publish_people, write_people


@pytest.fixture(scope="module")
def document(app):
    return httpx.get(f"{app.url}/openapi.json").json()


def test_the_document_is_valid_openapi(document):
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []


def test_every_path_of_the_app_is_in_it(document):
    assert document["paths"]["/workspaces/{workspace}/services/{endpoint}/execute"]["post"]["requestBody"]
    assert document["paths"]["/workspaces/{workspace}/webservices/{service}/endpoints/{endpoint}"].keys() == {
        "get",
        "put",
        "patch",
        "delete",
    }


@pytest.fixture(scope="module")
def published(admin, tmp_path_factory):
    with admin.create_workspace("OpenAPI") as workspace:
        yield publish_people(workspace, tmp_path_factory.mktemp("files"))


@pytest.mark.long
@pytest.mark.parametrize("cases", [30])
def test_no_case_brings_a_server_error_or_an_undocumented_answer(
    document, published, app, app_settings, tmp_path, record_property, cases
):
    # Here, since it takes a second to import, and only this test needs it.
    import schemathesis
    from schemathesis.generation import GenerationMode

    workspace, endpoint = published.workspace, published.workspace.add_endpoint(published.service, f"fuzzed{cases}")
    data = workspace.upload(write_people(tmp_path, "rows.csv", 30))
    job = workspace.submit_job(endpoint, {"input1": data})
    known = {
        "workspace": workspace.id,
        "subscription": workspace.id,
        "service": published.service.id,
        "endpoint": endpoint.id,
        "experiment": NAME,
        "resource": NAME,
        "job": job.id,
        "model": "People [trained model]",
        "dataset": workspace.list_datasets()[0].family_id,
    }
    keys = {
        "endpointKey": endpoint.primary_key,
        "workspaceToken": workspace.token,
        "armToken": workspace.token,
        "administratorToken": admin_token(app_settings["PERENNIAL_MASTER_SECRET"]),
    }
    schema = schemathesis.openapi.from_dict(document)
    operations = [found.ok() for found in schema.get_all_operations()]
    counts, problems = Counter(), []
    with requests.Session() as session:
        for operation in operations:
            names = [name for item in operation.definition.raw["security"] for name in item]
            headers = {"Authorization": f"Bearer {keys[names[0]]}"} if names else {}
            for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                if mode is GenerationMode.NEGATIVE and not operation.definition.raw.get("parameters"):
                    continue  # nothing that could be wrong
                try:
                    send(operation, mode, cases, known, app.url, session, headers, counts)
                except (ExceptionGroup, schemathesis.errors.SchemathesisError, AssertionError) as error:
                    problems.append(f"{operation.label} ({mode.name}): {error}\n{getattr(error, 'exceptions', '')}")
    record_property("answers", str(sorted(counts.items())))
    assert not problems, "\n\n".join(problems)
    assert counts.total() >= len(operations) * cases


def send(operation, mode, cases, known, url, session, headers, counts):
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi import checks

    promised = (checks.status_code_conformance, checks.content_type_conformance, checks.response_schema_conformance)

    @settings(
        max_examples=cases,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode), existing=st.integers(0, 4))
    def try_case(case, existing):
        if existing:
            # What is deleted is anything else, so that later cases find what they are about.
            names = {"workspace"} if operation.method == "delete" else set(case.path_parameters or {})
            if (operation.method, operation.path) == ("delete", "/workspaces/{workspace}"):
                names = set()
            case.path_parameters |= {name: known[name] for name in names & known.keys()}
        if operation.path == "/workspaces/{workspace}/regeneratetoken":
            # These cases carry the primary token.
            case.query["slot"] = "secondary"
        response = case.call(base_url=url, session=session, headers=headers)
        counts[response.status_code] += 1
        case.validate_response(response, checks=[not_a_server_error, *promised])

    try_case()
