"""Data Factory documents as people have them, defects of published samples included."""

from datetime import UTC, datetime, timedelta

import pytest

from examples.data_factory import read_documents
from studio.errors import BadArgument
from studio.pipelines.adf.documents import (
    BATCH,
    UPDATE,
    BlobStorage,
    KeyVault,
    MachineLearning,
    VaultSecret,
    read_dataset,
    read_linked_service,
    read_pipeline,
)
from studio.pipelines.adf.windows import Windows, slices_of
from studio.pipelines.triggers import check_trigger

PLACES = {
    "storage": "AccountName=a",
    "training_jobs": "https://host/workspaces/w1/services/train/jobs",
    "training_key": "k1",
    "scoring_jobs": "https://host/workspaces/w1/services/score/jobs",
    "scoring_key": "k2",
    "scoring_update": "https://host/workspaces/w1/webservices/score/endpoints/live",
}


def v1(activities, **properties):
    return {
        "name": "P",
        "properties": {"activities": activities, "start": "2016-01-01", "end": "2016-01-02"} | properties,
    }


def test_the_sample_of_version_2():
    pipeline = read_pipeline("WeeklyRetrain", read_documents("v2", **PLACES)["pipeline"])
    train, swap = pipeline.activities
    assert (train.type, train.timeout, train.retry, train.retry_seconds) == (BATCH, timedelta(hours=2), 1, 60)
    assert (swap.type, swap.depends_on) == (UPDATE, (("trainmodel", ("Succeeded",)),))
    assert (pipeline.concurrency, pipeline.active, pipeline.required) == (1, None, frozenset())


def test_the_sample_of_version_1():
    documents = read_documents("v1", **PLACES)
    pipeline = read_pipeline("WeeklyRetrainV1", documents["pipeline"])
    train, swap = pipeline.activities
    assert (train.timeout, train.depends_on, swap.depends_on) == (timedelta(hours=2), (), (("train", ("Succeeded",)),))
    assert pipeline.active.newest_first
    dataset = read_dataset(documents["datasets"][1])
    assert (dataset.path, dataset.partitions) == ("models/{d}/model.ilearner", (("d", "SliceStart", "yyyyMMdd"),))
    windows, numbers = slices_of(dataset.availability, pipeline.active)
    assert [f"{windows.start(number):%m-%d}" for number in numbers] == ["02-01", "02-08", "02-15", "02-22"]


def test_linked_services_of_both_versions():
    for version in ("v1", "v2"):
        storage, training, scoring = read_documents(version, **PLACES)["linked_services"]
        assert read_linked_service(storage) == BlobStorage("AccountName=a", None)
        assert read_linked_service(training).api_key == "k1"
        assert read_linked_service(scoring).update_endpoint == PLACES["scoring_update"]
    sas = {
        "properties": {"type": "AzureStorageSas", "typeProperties": {"sasUri": "https://a.blob.core.windows.net/?sv=1"}}
    }
    assert read_linked_service(sas).sas_uri
    pascal = {"Properties": {"Type": "AzureMl", "TypeProperties": {"MlEndpoint": "https://h/jobs", "ApiKey": " k "}}}
    assert read_linked_service(pascal) == MachineLearning("https://h/jobs", "k", None)


@pytest.mark.parametrize(
    "key, word",
    [
        ({"type": "AzureKeyVaultSecret", "secretName": "s"}, "apiKey: store"),
        ({"type": "AzureKeyVaultSecret", "store": "v"}, "apiKey: secretName"),
        (None, "apiKey"),
        ("***", "apiKey"),
        ({"type": "SecureString"}, "apiKey"),
    ],
)
def test_a_key_that_cannot_be_read_is_named_and_never_shown(key, word):
    with pytest.raises(BadArgument, match=word):
        read_linked_service({"type": "AzureML", "typeProperties": {"mlEndpoint": "https://h/jobs", "apiKey": key}})


def test_a_linked_service_may_name_a_secret_in_a_key_vault_or_a_datastore():
    vault = {"type": "AzureKeyVault", "typeProperties": {"baseUrl": "https://team.vault.azure.net/"}}
    assert read_linked_service(vault) == KeyVault("https://team.vault.azure.net/")
    store = {"referenceName": "Vault", "type": "LinkedServiceReference"}
    key = {"type": "AzureKeyVaultSecret", "store": store, "secretName": "s", "secretVersion": "1f"}
    given = {"type": "AzureML", "typeProperties": {"mlEndpoint": "https://h/jobs", "apiKey": key}}
    assert read_linked_service(given).api_key == VaultSecret("Vault", "s", "1f")
    sales = {"type": "AzureBlobStorage", "typeProperties": {"datastore": "sales"}}
    assert read_linked_service(sales) == BlobStorage(None, None, "sales")


def test_the_older_batch_activity_takes_its_datasets_from_inputs_and_outputs():
    activity = {
        "name": "Score",
        "type": "AzureMLBatchScoring",
        "linkedServiceName": "S ",
        "inputs": [{"name": " In "}],
        "outputs": [{"name": "Out"}],
        "typeProperties": {"webServiceParameters": {"a": "1"}},
    }
    (read,) = read_pipeline("P", v1([activity], hubName="h")).activities
    assert (read.type, read.linked_service) == (BATCH, "S")
    assert read.properties == {
        "webServiceInput": "in",
        "webServiceOutputs": {"output1": "out"},
        "webServiceParameters": {"a": "1"},
    }


def test_datasets_chain_activities_whatever_the_case_and_blanks_of_their_names():
    items = [
        {"name": "A", "type": BATCH, "linkedServiceName": "S", "outputs": [{"name": "Model "}]},
        {
            "name": "B",
            "type": UPDATE,
            "linkedServiceName": "S",
            "inputs": [{"name": "model"}],
            "outputs": [{"name": "d"}],
        },
    ]
    pipeline = read_pipeline("P", v1(items))
    assert pipeline.activities[1].depends_on == (("a", ("Succeeded",)),)
    assert pipeline.concurrency == 1


def test_a_pipeline_without_end_is_active_for_two_days():
    item = {"name": "A", "type": BATCH, "linkedServiceName": "S", "outputs": [{"name": "m"}]}
    pipeline = read_pipeline("P", v1([item], end=None))
    assert pipeline.active.end - pipeline.active.start == timedelta(hours=48)


def test_a_folder_that_ends_in_the_files_name_is_not_doubled():
    given = {"folderPath": "c/in/a.csv", "fileName": "a.csv"}
    assert read_dataset({"type": "AzureBlob", "linkedServiceName": "S", "typeProperties": given}).path == "c/in/a.csv"


@pytest.mark.parametrize(
    "frequency, interval, active, starts",
    [
        ("Day", 15, ("2016-02-01", "2016-02-02"), []),
        ("Month", 1, ("2016-01-01", "2016-04-01"), ["01-01 00", "02-01 00", "03-01 00"]),
        ("Hour", 6, ("2016-02-01T03:00", "2016-02-02"), ["02-01 06", "02-01 12", "02-01 18"]),
    ],
)
def test_slices(frequency, interval, active, starts):
    item = {"name": "A", "type": BATCH, "linkedServiceName": "S", "outputs": [{"name": "m"}]}
    pipeline = read_pipeline("P", v1([item], start=active[0], end=active[1]))
    dataset = read_dataset({"availability": {"frequency": frequency, "interval": interval}})
    windows, numbers = slices_of(dataset.availability, pipeline.active)
    assert [f"{windows.start(number):%m-%d %H}" for number in numbers] == starts


def test_windows_are_numbered_from_their_origin_on():
    hours = Windows(datetime(2026, 1, 1, tzinfo=UTC), "Hour", 6)
    assert hours.number_at(datetime(2026, 1, 1, 6, tzinfo=UTC)) == 1
    assert hours.number_at(datetime(2026, 1, 1, 7, tzinfo=UTC)) == 2
    months = Windows(datetime(2026, 1, 31, tzinfo=UTC), "Month", 1)
    assert f"{months.start(1):%m-%d}" == "02-28"
    assert months.number_at(datetime(2026, 2, 28, tzinfo=UTC)) == 1


def errors_of(read, *given, **named):
    with pytest.raises(BadArgument) as caught:
        read(*given, **named)
    assert caught.value.message == caught.value.details[0].message
    return [detail.target for detail in caught.value.details]


def test_all_that_is_wrong_with_a_pipeline_is_said_at_once():
    service = {"referenceName": "S"}
    activities = [
        {"name": "A", "type": "Copy", "policy": {"retry": 1000, "timeout": "soon"}},
        {"name": "a.b", "type": UPDATE, "linkedServiceName": service},
        {
            "name": "C",
            "type": UPDATE,
            "linkedServiceName": service,
            "dependsOn": [{"activity": "A"}, {"activity": "X"}],
        },
    ]
    document = {"properties": {"activities": activities, "concurrency": 0, "parameters": []}}
    # C depends on A, which cannot be read: that is no error of its own.
    assert errors_of(read_pipeline, "P", document) == [
        "A: type",
        "A: linkedServiceName",
        "A: timeout",
        "A: retry",
        "name",
        "concurrency",
        "C: dependsOn",
        "parameters",
    ]


def test_all_that_is_wrong_with_a_trigger_is_said_at_once():
    at = datetime(2026, 1, 1, tzinfo=UTC)
    recurrence = {
        "frequency": "Often",
        "interval": 0,
        "timeZone": "Mars",
        "startTime": "soon",
        "schedule": {"hours": [99]},
    }
    schedule = {"type": "ScheduleTrigger", "typeProperties": {"recurrence": recurrence}}
    found = errors_of(check_trigger, {"properties": schedule}, now=at)
    assert found == ["pipelines", "frequency", "interval", "timeZone", "startTime", "hours"]
    given = {"frequency": "Day", "interval": 0, "maxConcurrency": 51, "delay": "x", "retryPolicy": {"count": -1}}
    windows = {"type": "TumblingWindowTrigger", "typeProperties": given}
    found = errors_of(check_trigger, {"properties": windows}, now=at)
    assert found == ["pipelines", "frequency", "interval", "startTime", "maxConcurrency", "retryPolicy.count", "delay"]
