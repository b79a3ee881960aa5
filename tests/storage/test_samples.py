"""Sample datasets in workspaces: listed and downloaded by clients, imported by name, and changed by nobody."""

import base64
import io
import zipfile
from urllib.request import urlopen

import pytest

from studio.datasets.datasets import (
    create_data_source,
    data_source_object,
    get_data_source,
    list_data_sources,
    start_block_upload,
    store_data_source,
)
from studio.datasets.sample_sources import get_with_samples, list_with_samples
from studio.datasets.samples import GLOBAL_WORKSPACE, SAMPLES, find_sample
from studio.datasets.workspace_data import WorkspaceData
from studio.errors import BadArgument, Conflict, NotFound
from studio.registry.workspaces import create_workspace
from tests.storage.in_process import Studio, now

IRIS = "Iris Two Class Data"


@pytest.fixture(scope="module")
def storage(deployment):
    return deployment.storage


@pytest.fixture
def workspace(storage):
    return create_workspace(storage, "Samples", now=now()).id


def listed(storage, workspace):
    return [data_source_object(storage, source, now=now()) for source in list_with_samples(storage, workspace)]


def download(item):
    """As the R package and azureml put a link together."""
    location = item["DownloadLocation"]
    with urlopen(location["BaseUri"] + location["Location"] + location["AccessCredential"]) as response:
        return response.read(), response.headers["Content-Type"]


def upload(storage, workspace, name, data_type, content, **described):
    made = start_block_upload(storage, workspace, data_type, content)
    body = {"DataSource": {"Name": name, "DataTypeId": data_type, **described}, "UploadId": made}
    return create_data_source(storage, workspace, body, now=now())


def test_samples_are_listed_and_downloaded_in_every_workspace(storage, workspace):
    other = create_workspace(storage, "Other", now=now()).id
    first, second = listed(storage, workspace), listed(storage, other)
    assert [item["Name"] for item in first] == [sample.name for sample in SAMPLES]
    stable = ("Id", "FamilyId", "Name", "DataTypeId", "Size", "CreatedDate", "CreatedDateTicks", "Description")
    assert [[item[key] for key in stable] for item in first] == [[item[key] for key in stable] for item in second]
    for item, sample in zip(first, SAMPLES, strict=True):
        content, kind = download(item)
        assert content == sample.content
        assert item["Size"] == len(content)
        assert kind.startswith("application/zip" if item["DataTypeId"] == "Zip" else "text/plain")
        # The R package takes for a sample what does not begin with the workspace's id, azureml what begins with this.
        assert item["Id"].startswith(GLOBAL_WORKSPACE)
        assert get_with_samples(storage, other, item["Id"]).id == item["Id"]
        assert get_with_samples(storage, other, item["FamilyId"]).id == item["Id"]
    assert list(list_data_sources(storage, workspace)) == []


def test_samples_are_written_once(storage, workspace):
    container = storage.container("datasets")
    list_with_samples(storage, workspace)
    written = {blob.name: blob.etag for blob in container.list_blobs(name_starts_with="samples/")}
    list_with_samples(storage, workspace)
    assert {blob.name: blob.etag for blob in container.list_blobs(name_starts_with="samples/")} == written
    assert len(written) == len(SAMPLES)


def test_a_sample_that_was_removed_from_storage_comes_back(storage, workspace):
    sample = find_sample(IRIS)
    path = get_with_samples(storage, workspace, sample.family).location
    storage.container("datasets").delete_blob(path)
    item = data_source_object(storage, get_with_samples(storage, workspace, sample.family), now=now())
    assert download(item)[0] == sample.content


@pytest.mark.attack("Isolation between workspaces")
@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_samples_cannot_be_changed_or_deleted(storage, workspace, sample):
    for name in (sample.family, f"{GLOBAL_WORKSPACE}.{sample.family}"):
        with pytest.raises(Conflict, match="cannot be changed or deleted"):
            get_data_source(storage, workspace, name)
        with pytest.raises(Conflict, match="cannot be changed or deleted"):
            upload(storage, workspace, "Mine", "GenericCSV", b"a\n1\n", FamilyId=name)
        with pytest.raises(Conflict, match="cannot be changed or deleted"):
            store_data_source(storage, workspace, {"Name": "Mine", "FamilyId": name}, "GenericCSV", b"a\n1\n")
    assert list(list_data_sources(storage, workspace)) == []


@pytest.mark.attack("Isolation between workspaces")
def test_a_samples_link_may_only_read_it(storage, workspace):
    token = listed(storage, workspace)[0]["DownloadLocation"]["AccessCredential"]
    assert "sp=r&" in f"{token}&"
    assert "sr=b&" in f"{token}&"


@pytest.mark.attack("Isolation between workspaces")
def test_ids_that_are_almost_a_samples_lead_nowhere(storage, workspace):
    family = find_sample(IRIS).family
    for name in (f"{workspace}.{family}", GLOBAL_WORKSPACE, f"{GLOBAL_WORKSPACE}.", family[:-1], "samples", ""):
        with pytest.raises(NotFound):
            get_with_samples(storage, workspace, name)


def test_a_dataset_of_the_workspace_goes_before_a_sample_of_its_name(storage, workspace):
    data = WorkspaceData(storage, workspace)
    (name, content), *more = data.read_dataset(IRIS)
    assert (name, content, more) == (f"samples/{IRIS}.arff", find_sample(IRIS).content, [])
    assert data.dataset_version(IRIS).endswith(find_sample(IRIS).digest)
    own = upload(storage, workspace, IRIS, "ARFF", b"@relation r\n@attribute a numeric\n@data\n1\n")
    assert data.read_dataset(own.blob)[0][1].startswith(b"@relation r\n")
    assert data.read_dataset(f"samples/{IRIS}")[0][1] == find_sample(IRIS).content
    assert listed(storage, workspace)[0]["Id"] == own.id


def test_an_unknown_sample_is_refused_with_those_there_are(storage, workspace):
    with pytest.raises(BadArgument, match=r"There is no sample dataset 'samples/Adult'.*'Iris Two Class Data'"):
        WorkspaceData(storage, workspace).read_dataset("samples/Adult")


def iris_document(**more):
    data = {"module": "Import Data", "properties": {"Path to container, directory or blob": IRIS}}
    return {"modules": {"Data": data, **more}, "connections": []}


def test_a_run_imports_a_sample_once_and_then_reuses_it(deployment, workspace):
    studio = Studio(deployment, workspace)
    (first,), (second,) = (studio.run("Iris", iris_document())["Modules"] for _ in range(2))
    assert (first["RowsOut"]["Results dataset"], first["Reused"], second["Reused"]) == (100, False, True)


@pytest.mark.long
def test_an_experiment_trains_on_a_sample(deployment, workspace):
    document = iris_document(
        Learner={"module": "Two-Class Logistic Regression"},
        Train={"module": "Train Model", "properties": {"Label column": "Class"}},
    )
    document["connections"] = [
        {"from": ["Data", "Results dataset"], "to": ["Train", "Dataset"]},
        {"from": ["Learner", "Untrained model"], "to": ["Train", "Untrained model"]},
    ]
    document["webServiceInputs"] = [{"name": "input1", "to": ["Train", "Dataset"]}]
    document["webServiceOutputs"] = [{"name": "output1", "from": ["Train", "Trained model"]}]
    studio = Studio(deployment, workspace)
    studio.run("Iris", document)
    endpoint = studio.publish("Iris", "predictive")
    flowers = [(4.8, 3.4, 1.6, 0.2), (7.2, 3.2, 6.0, 1.8)]
    names = ("sepal-length", "sepal-width", "petal-length", "petal-width")
    rows = [dict(zip(names, row, strict=True)) for row in flowers]
    assert [row["Scored Labels"] for row in studio.score(endpoint, rows)["output1"]] == ["0", "1"]


def test_a_zip_file_is_listed_and_downloaded_unchanged(storage, workspace):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr("helper.R", "f <- function() 1\n")
        file.writestr("data.bin", base64.b64decode("AP8A/w=="))
    source = upload(storage, workspace, "scripts", "Zip", packed.getvalue())
    item = listed(storage, workspace)[0]
    assert (item["Id"], item["DataTypeId"], item["Size"]) == (source.id, "Zip", len(packed.getvalue()))
    assert download(item) == (packed.getvalue(), "application/zip")
    assert source.blob == "scripts.zip"
