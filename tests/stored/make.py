"""Write what an app of this version stores: `python -m tests.stored.make 0.2.0` makes `tests/stored/0.2.0.zip`.

The zip has `account.json` (master secret, and the rows of every table), `blobs/{container}/{name}`, and
`expected.json`: what the API said of it all. Run it once for each release; tests/storage/test_stored_data.py loads each
file into the current version.
"""

import json
import secrets
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from azure.data.tables import TableServiceClient
from azure.storage.blob import BlobServiceClient

from devhost.azurite import free_port, start_azurite
from devhost.supervisor import running_app
from perennial import Admin, Workspace
from studio.storage.account import CONTAINERS, TABLES
from studio.storage.keys import admin_token
from tests.builders import people_csv, people_experiment

FOLDER = Path(__file__).parent
ROWS = [
    {"age": 30, "city": "Oslo", "hours": 3.5, "smoker": True},
    {"age": 71, "city": "Kyoto", "hours": None, "smoker": False},
]
# A date in the past: what is stored must not start anything when it is read again.
TRIGGER = {
    "properties": {
        "type": "ScheduleTrigger",
        "typeProperties": {"recurrence": {"frequency": "Day", "interval": 1, "startTime": "2026-01-01T02:00:00Z"}},
        "pipelines": [{"pipelineReference": {"referenceName": "Retrain", "type": "PipelineReference"}}],
    }
}


def make_stored(workspace: Workspace, folder: Path) -> dict[str, Any]:
    """Do one of everything that is stored, and return what the API says of it."""
    path = folder / "people.csv"
    path.write_text(people_csv(200, seed=1))
    data = workspace.upload(path)
    workspace.put_experiment("People", people_experiment())
    workspace.run_experiment("People")
    trainer = workspace.publish("People", "training")
    service = workspace.publish("People", "predictive")
    customer = workspace.add_endpoint(service, "customer", Description="one of many")
    first = workspace.score(customer, ROWS)
    path.write_text(people_csv(200, seed=2))
    more = workspace.upload(path, "more.csv")
    training_endpoint = workspace.get_endpoint(trainer)
    training = workspace.submit_job(training_endpoint, {"input1": more})
    model = training.wait().results["output1"]
    customer = workspace.update_endpoint(customer, {"": model}, Why="a customer's own data")
    scoring = workspace.submit_job(customer, {"input1": data})
    scoring.wait()
    gate = {"Metric": "AUC", "HeldBackData": "people.csv"}
    workspace.put_policy(customer, {"TrainingService": trainer.id, "Gate": gate, "TrainingData": "more.csv"})
    workspace.put_document("linkedservices", "Training", linked_service(training_endpoint))
    workspace.put_document("linkedservices", "Store", store(data.url))
    workspace.put_document("pipelines", "Retrain", pipeline())
    workspace.put_document("triggers", "Nightly", TRIGGER)
    return {
        "workspace": workspace.id,
        "trainingEndpoint": training_endpoint.id,
        "endpoint": customer.id,
        "key": customer.primary_key,
        "trainingJob": training.id,
        "scoringJob": scoring.id,
        "before": first,
        "after": workspace.score(customer, ROWS),
        "history": workspace.list_history(customer),
        "experiments": workspace.list_experiments(),
    }


def linked_service(endpoint: Any) -> dict[str, Any]:
    """A linked service of Data Factory that means an endpoint of this app."""
    properties = {"mlEndpoint": f"{endpoint.api_location}/jobs", "apiKey": endpoint.primary_key}
    return {"properties": {"type": "AzureML", "typeProperties": properties}}


def store(url: str) -> dict[str, Any]:
    """A linked service of the storage account."""
    return {"properties": {"type": "AzureBlobStorage", "typeProperties": {"sasUri": url}}}


def pipeline() -> dict[str, Any]:
    """A pipeline of one activity that trains."""
    output = {"linkedServiceName": {"referenceName": "Store"}, "filePath": "experimentoutput/nightly.ilearner"}
    activity = {
        "name": "Train",
        "type": "AzureMLBatchExecution",
        "linkedServiceName": {"referenceName": "Training"},
        "typeProperties": {"webServiceOutputs": {"output1": output}},
    }
    return {"properties": {"activities": [activity]}}


def dump(connection_string: str, archive: zipfile.ZipFile, account: dict[str, Any]) -> None:
    """Write every row and blob of an account."""
    tables = TableServiceClient.from_connection_string(connection_string)
    account["tables"] = {
        table: [dict(row) for row in tables.get_table_client(table).list_entities()] for table in TABLES
    }
    archive.writestr("account.json", json.dumps(account, indent=1, sort_keys=True))
    blobs = BlobServiceClient.from_connection_string(connection_string)
    for container in CONTAINERS:
        client = blobs.get_container_client(container)
        for blob in client.list_blobs():
            content = client.download_blob(blob.name).readall()
            archive.writestr(f"blobs/{container}/{blob.name}", content)


def main(version: str) -> None:
    """Run this version's app on storage of its own, use it, and write down what it stored."""
    with (
        tempfile.TemporaryDirectory() as name,
        zipfile.ZipFile(FOLDER / f"{version}.zip", "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        folder = Path(name)
        azurite = start_azurite(folder / "azurite")
        secret = secrets.token_urlsafe(48)
        settings = {
            "AzureWebJobsStorage": azurite.connection_string,
            "PERENNIAL_MASTER_SECRET": secret,
            "PERENNIAL_CACHE_DIR": str(folder / "models"),
        }
        try:
            with (
                running_app(settings, free_port(), folder / "app.log") as app,
                Admin(app.url, admin_token(secret)) as admin,
            ):
                expected = make_stored(admin.create_workspace("Stored"), folder)
            archive.writestr("expected.json", json.dumps(expected, indent=1))
            dump(azurite.connection_string, archive, {"secret": secret, "version": version})
        finally:
            azurite.stop()


if __name__ == "__main__":
    main(sys.argv[1])
