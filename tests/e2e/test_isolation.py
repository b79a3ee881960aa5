"""Two workspaces in one deployment: what opens one opens nothing of the other, whatever route is tried."""

import json
from collections import Counter
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from perennial import Job, Workspace
from tests.e2e.steps import NAME, RESOURCE, ROWS, Published, publish_people, wait_for, write_people

# Parameters that say whose something is; the others are names, which both workspaces may use.
pytestmark = pytest.mark.attack("Other tenants")

OWNED = ("workspace", "subscription", "service", "endpoint", "job", "run", "dataset", "resource")
METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True)
class Tenant:
    """A workspace with something of everything in it."""

    workspace: Workspace
    published: Published
    job: Job
    ids: dict[str, str]
    credentials: tuple[str, ...]

    @property
    def secrets(self) -> set[str]:
        """What nobody else may read: keys, tokens, and the ids of what is inside."""
        return {*self.credentials, self.ids["job"], self.ids["endpoint"], self.ids["dataset"]}

    def state(self) -> Any:
        """Everything that another might have changed."""
        services = self.workspace.list_web_services()
        endpoints = [endpoint for service in services for endpoint in self.workspace.list_endpoints(service)]
        kept = ("Name", "Description", "PrimaryKey", "SecondaryKey", "MaxConcurrentCalls")
        return (
            self.workspace.show()["AuthorizationToken"],
            [service.id for service in services],
            [[endpoint.raw[name] for name in kept] for endpoint in endpoints],
            [self.workspace.list_history(endpoint) for endpoint in endpoints],
            [(dataset.name, dataset.size, dataset.family_id) for dataset in self.workspace.list_datasets()],
            self.workspace.list_experiments(),
            [(model["Version"], model["Model"], model["JobId"]) for model in self.workspace.list_models(RESOURCE)],
            self.workspace.list_documents("pipelines"),
            self.job.status().state,
        )


def make_tenant(workspace: Workspace, folder) -> Tenant:
    published = publish_people(workspace, folder)
    endpoint = workspace.add_endpoint(published.service, "own")
    link = workspace.upload(write_people(folder, "rows.csv", 20))
    job = workspace.submit_job(endpoint, {"input1": link})
    job.wait()
    run = workspace.start_run(NAME)
    wait_for(lambda: workspace.get_run(NAME, run).is_final)
    ids = {
        "workspace": workspace.id,
        "subscription": workspace.id,
        "service": published.service.id,
        "resource": published.service.id,
        "endpoint": endpoint.id,
        "job": job.id,
        "run": run,
        "dataset": workspace.list_datasets()[0].family_id,
    }
    return Tenant(workspace, published, job, ids, (workspace.token, endpoint.primary_key, endpoint.secondary_key))


@pytest.fixture(scope="module")
def tenants(admin, tmp_path_factory):
    with admin.create_workspace("Ours") as ours, admin.create_workspace("Theirs") as theirs:
        yield [make_tenant(each, tmp_path_factory.mktemp("tenant")) for each in (ours, theirs)]


@pytest.fixture(scope="module")
def operations(app):
    paths = httpx.get(f"{app.url}/openapi.json").json()["paths"]
    found = []
    for path, methods in paths.items():
        for method in METHODS:
            if method in methods:
                names = [item["name"] for item in methods[method].get("parameters", []) if item["in"] == "path"]
                found.append((method, path, names, bool(methods[method]["security"])))
    return found


@pytest.mark.parametrize("cases", [200, pytest.param(1500, marks=pytest.mark.long)])
def test_no_route_leads_from_one_workspace_into_another(app, tenants, operations, record_property, cases):
    ours, theirs = tenants
    before, counts = theirs.state(), Counter()
    owned = [item for item in operations if set(item[2]) & set(OWNED)]
    assert len(owned) > 50
    bodies = st.sampled_from(
        [
            {},
            {"Inputs": {"input1": ROWS}, "GlobalParameters": {}},
            {"Description": "changed by another", "MaxConcurrentCalls": 1},
            {"Name": "theirs", "TrainingServiceId": theirs.ids["service"]},
        ]
    )
    others = {
        "experiment": NAME,
        "model": RESOURCE,
        "kind": "pipelines",
        "name": "People",
        "page": "score",
        "group": "any",
    }

    @settings(max_examples=cases, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(st.data())
    def attack(data):
        method, path, names, needs_key = data.draw(st.sampled_from(owned))
        whose = {name: data.draw(st.booleans()) for name in names if name in OWNED}
        # At least one of the things is theirs.
        whose[data.draw(st.sampled_from(sorted(whose)))] = True
        values = {name: (theirs if whose[name] else ours).ids[name] for name in whose} | others
        url = app.url + path.format(**{name: values.get(name, "x") for name in names})
        credential = data.draw(st.sampled_from([*ours.credentials, ""]))
        header = data.draw(st.sampled_from(["authorization", "x-ms-metaanalytics-authorizationtoken"]))
        bearer = f"Bearer {credential}" if header == "authorization" else credential
        headers = {header: bearer} if credential else {}
        body = data.draw(bodies)
        content = json.dumps(body).encode() if method in ("post", "put", "patch") else None
        answer = client.request(method, url, content=content, headers=headers)
        counts[answer.status_code] += 1
        if needs_key:
            assert 400 <= answer.status_code < 500, f"{method} {url} gave {answer.status_code}: {answer.text[:300]}"
        leaked = [secret for secret in theirs.secrets if secret in answer.text and secret not in url]
        assert leaked == [], f"{method} {url} told {leaked}"

    with httpx.Client(timeout=60) as client:
        attack()
    record_property("attacks", sum(counts.values()))
    assert theirs.state() == before
    assert sum(counts.values()) >= cases
    assert counts[401] > cases // 15
    assert counts[404] > cases // 30


def test_everything_opens_with_the_right_key(app, tenants, operations):
    """The same addresses are answered to the owner: the test above does not pass for want of a route."""
    ours = tenants[0]
    with httpx.Client(timeout=60, headers={"Authorization": f"Bearer {ours.workspace.token}"}) as client:
        for method, path, names, needs_key in operations:
            if method == "get" and needs_key and names and set(names) <= {"workspace", "service", "endpoint"}:
                answer = client.get(app.url + path.format(**{name: ours.ids[name] for name in names}))
                # An endpoint without a policy, a promotion plan, a shadow or a log has none to show.
                none = ("/policy", "/promotion", "/shadow", "/predictionlog")
                wanted = (200, 404) if path.endswith(none) else (200, 401)
                assert answer.status_code in wanted, f"{path}: {answer.text[:200]}"
