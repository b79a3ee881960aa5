"""Blobs dropped into storage with the plain client library."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from perennial.transport import download
from studio.automation.uploads import receive_upload
from tests.builders import people_csv
from tests.e2e.steps import RESOURCE, ROWS, publish_people, wait_for, write_people


@pytest.fixture(scope="module")
def published(admin, tmp_path_factory):
    with admin.create_workspace("Uploads") as workspace:
        yield publish_people(workspace, tmp_path_factory.mktemp("people"))


def read(deployment, container: str, path: str) -> bytes:
    return deployment.storage.container(container).download_blob(path).readall()


def drop(deployment, container: str, path: str, content: bytes) -> str:
    """Upload a blob and return its version."""
    client = deployment.storage.container(container).upload_blob(path, content, overwrite=True)
    return client.get_blob_properties().etag.strip('"')


def jobs(deployment, endpoint):
    return list(deployment.storage.table("jobs").query_entities(f"PartitionKey eq '{endpoint.id}'"))


def test_training_data_retrains_once(published, deployment):
    path = f"{published.workspace.id}/{published.trainer.id}/2026-01.csv"
    etag = drop(deployment, "training-data", path, people_csv(700, seed=21).encode())
    wait_for(lambda: len(published.workspace.list_models(RESOURCE)) == 2)
    version = published.workspace.list_models(RESOURCE)[-1]
    assert version["Lineage"]["data"]["input1"]["rows"] == 700
    for _ in range(2):
        receive_upload(deployment, f"training-data/{path}", etag, now=datetime.now(UTC))
    assert [row["Attempt"] for row in jobs(deployment, published.training_endpoint)] == [1]
    assert len(read(deployment, "training-data", path)) > 0
    made = [item for item in published.workspace.list_acts(limit=100) if item["By"] == "blob upload"]
    assert [(item["Action"], item["Status"]) for item in made] == [("upload", 200)]


def test_rows_are_scored_into_the_same_path_by_the_services_name(published, deployment):
    path = f"{published.workspace.id}/{published.service.name}/default/in/rows.csv"
    drop(deployment, "scoring-input", path, people_csv(40, seed=3).encode())
    scored = wait_for(lambda: read(deployment, "scoring-output", path))
    assert len(scored.splitlines()) == 41
    assert b"Scored Probabilities" in scored.splitlines()[0]


def test_a_trained_model_updates_its_endpoint_and_the_history_says_so(published, deployment, tmp_path):
    workspace = published.workspace
    endpoint = workspace.add_endpoint(published.service, "uploaded")
    before = workspace.score(endpoint, ROWS)
    link = workspace.upload(write_people(tmp_path, "later.csv", 900, 31))
    done = workspace.submit_job(published.training_endpoint, {"input1": link}).wait()
    path = f"{workspace.id}/{published.service.id}/uploaded/new.ilearner"
    drop(deployment, "trained-models", path, download(done.results["output1"]))
    wait_for(lambda: len(workspace.list_history(endpoint)) == 2)
    last = workspace.list_history(endpoint)[-1]
    assert last["By"] == "blob upload"
    assert last["Why"].startswith(f"upload of trained-models/{path}")
    wait_for(lambda: workspace.score(endpoint, ROWS) != before, 3)


@pytest.mark.parametrize(
    "container, path, content, code",
    [
        ("training-data", "{ws}/{trainer}/broken.csv", b"age,city\n1,Oslo\n", "InputMismatchError"),
        ("training-data", "{ws}/{trainer}/notes.txt", b"hello", "InvalidBlobExtension"),
        ("training-data", "{ws}/{service}/wrong-kind.csv", b"a\n1\n", "WebServiceTypeInvalid"),
        ("training-data", "{ws}/nobody/x.csv", b"a\n1\n", "WebServiceIdNotFoundInWorkspace"),
        ("training-data", "lost.csv", b"a\n1\n", "ContainerSegmentInvalid"),
        (
            "scoring-input",
            "{ws}/{service}/default/bad.csv",
            b"age,city,hours,smoker\nold,Oslo,1,true\n",
            "InputParseError",
        ),
        ("trained-models", "{ws}/{service}/default/m.ilearner", b"x", "BadParameterValue"),
        ("trained-models", "{ws}/{service}/broken/m.ilearner", b"x", "InvalidBlob"),
    ],
)
def test_an_upload_that_cannot_be_used_is_moved_away_with_the_reason(
    published, deployment, container, path, content, code
):
    if "/broken/" in path:
        published.workspace.add_endpoint(published.service, "broken")
    path = path.format(ws=published.workspace.id, trainer=published.trainer.id, service=published.service.id)
    drop(deployment, container, path, content)
    reason = json.loads(wait_for(lambda: read(deployment, "rejected", f"{container}/{path}.error.json")))
    assert reason["error"]["details"][0]["code"] == code
    assert reason["upload"] == f"{container}/{path}"
    assert wait_for(lambda: read(deployment, "rejected", f"{container}/{path}")) == content
    wait_for(lambda: not deployment.storage.blobs.get_blob_client(container, path).exists())


@pytest.fixture
def second_log(tmp_path):
    return tmp_path / "second.log"


@pytest.fixture
def second_background(app, second_log):
    """Another background process of the same app, on the same storage account."""
    process = app.add_background(second_log)
    yield process
    process.terminate()
    process.wait(20)


@pytest.mark.parametrize("count", [12, pytest.param(200, marks=pytest.mark.long)])
def test_uploads_under_two_background_processes_are_each_handled_once(
    published, deployment, second_background, second_log, count
):
    endpoint = published.workspace.add_endpoint(published.service, f"busy{count}")
    folder = f"{published.workspace.id}/{published.service.id}/{endpoint.name}"
    contents = [people_csv(3, seed=seed).encode() for seed in range(count)]
    with ThreadPoolExecutor(8) as pool:
        names = [f"{folder}/{number:03d}.csv" for number in range(count)]
        list(pool.map(lambda name, content: drop(deployment, "scoring-input", name, content), names, contents))
    wait_for(lambda: len([row for row in jobs(deployment, endpoint) if row["State"] == "Finished"]) == count, 300)
    assert second_background.poll() is None
    assert [row["Attempt"] for row in jobs(deployment, endpoint)] == [1] * count
    found = deployment.storage.container("scoring-output").list_blobs(name_starts_with=f"{folder}/")
    assert sorted(blob.name for blob in found) == names
    assert "Work " in second_log.read_text()
