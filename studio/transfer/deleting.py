"""Deletes a workspace with all that it owns.

Documents (experiments, definitions, summaries of runs) stay: they are stored by their content, hold no secret in plain
text, and other workspaces may have the same ones. A trained model's file goes unless another workspace has it, too. The
audit log stays.
"""

import contextlib

from azure.core.exceptions import ResourceNotFoundError

from studio.datasets.datastores import delete_datastore, list_datastores
from studio.registry.endpoints import Endpoint, get_endpoint, renew_change_token
from studio.registry.workspaces import ROW, check_workspace_id
from studio.rollout.policies import delete_policy
from studio.serving.app import App
from studio.storage.account import CONTAINERS, TABLES, Storage
from studio.storage.rows import delete_partition, delete_row, list_rows, query_rows

# Tables whose partition is an endpoint. In the others it is the workspace, or another place that is looked at below.
ENDPOINT_TABLES = ("jobs", "history", "challenges", "drift")
# Who deleted the workspace, and what was done in it before, is known until the audit log's own end.
KEPT = ("audit",)
INBOXES = ("training-data", "scoring-input", "trained-models", "feedback")


def delete_workspace(app: App, workspace_id: str) -> None:
    """Delete a workspace; may be repeated, and continues one that was interrupted.

    Its tokens are refused from the start. Jobs and runs that are being worked on end without a result.
    """
    check_workspace_id(workspace_id)
    storage = app.storage
    delete_row(storage.table("workspaces"), workspace_id, ROW)
    # The endpoints first: each process forgets them within a second.
    for row in list_rows(storage.table("endpoints"), workspace_id, select=["PartitionKey", "RowKey"]):
        _delete_endpoint(app, get_endpoint(storage, workspace_id, row["RowKey"]))
    # Also if the attempt before was interrupted right after an endpoint's row.
    renew_change_token(storage)
    _delete_schedules(storage, workspace_id)
    _delete_of_experiments(storage, "runs", workspace_id)
    _delete_of_experiments(storage, "experiments", workspace_id)
    for row in list_rows(storage.table("pipelineruns"), workspace_id, select=["PartitionKey", "RowKey"]):
        delete_partition(storage.table("activityruns"), row["RowKey"])
    _delete_models(storage, workspace_id)
    for datastore in list_datastores(storage, workspace_id):
        delete_datastore(storage, datastore)
    for container in CONTAINERS:
        _delete_blobs(storage, container, f"{workspace_id}/")
    for container in INBOXES:
        _delete_blobs(storage, "rejected", f"{container}/{workspace_id}/")
    _delete_blobs(storage, "ml-diagnostics", f"{workspace_id}-")
    for table in TABLES:
        if table not in KEPT:
            delete_partition(storage.table(table), workspace_id)


def _delete_endpoint(app: App, endpoint: Endpoint) -> None:
    """Delete an endpoint with its policy, jobs, challenges and history.

    Its row tells an attempt after an interruption what there is, so it goes when nothing else is left; then what was
    recorded meanwhile.
    """
    storage = app.storage
    delete_policy(storage, endpoint)
    _delete_records(storage, endpoint)
    delete_row(storage.table("endpoints"), endpoint.workspace_id, endpoint.id)
    renew_change_token(storage)
    app.snapshots.forget(endpoint.workspace_id, endpoint.id)
    _delete_records(storage, endpoint)


def _delete_records(storage: Storage, endpoint: Endpoint) -> None:
    for row in list_rows(storage.table("jobs"), endpoint.id, select=["PartitionKey", "RowKey"]):
        _delete_blobs(storage, "experimentoutput", f"{row['RowKey']}/")
    for table in ENDPOINT_TABLES:
        delete_partition(storage.table(table), endpoint.id)


def _delete_schedules(storage: Storage, workspace_id: str) -> None:
    table = storage.table("schedules")
    for row in query_rows(table, f"WorkspaceId eq '{workspace_id}'", ["PartitionKey", "RowKey"]):
        delete_row(table, row["PartitionKey"], row["RowKey"])


def _delete_of_experiments(storage: Storage, name: str, workspace_id: str) -> None:
    """Delete the rows of a table whose partition is an experiment of the workspace."""
    table = storage.table(name)
    mine = f"PartitionKey ge '{workspace_id}-' and PartitionKey lt '{workspace_id}.'"
    for row in query_rows(table, mine, ["PartitionKey", "RowKey"]):
        delete_row(table, row["PartitionKey"], row["RowKey"])


def _delete_models(storage: Storage, workspace_id: str) -> None:
    """Delete the files of the workspace's trained models that no other workspace has."""
    table = storage.table("models")
    for digest in {row["Model"] for row in list_rows(table, workspace_id, select=["PartitionKey", "RowKey", "Model"])}:
        holders = {row["PartitionKey"] for row in query_rows(table, f"Model eq '{digest}'", ["PartitionKey"])}
        if holders <= {workspace_id}:
            for name in (f"{digest}.ilearner", f"{digest}.rows.csv"):
                with contextlib.suppress(ResourceNotFoundError):
                    storage.container("models").delete_blob(name)


def _delete_blobs(storage: Storage, container: str, prefix: str) -> None:
    client = storage.container(container)
    for blob in client.list_blobs(name_starts_with=prefix):
        with contextlib.suppress(ResourceNotFoundError):
            client.delete_blob(blob.name)
