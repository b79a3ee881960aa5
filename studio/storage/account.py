"""The storage account: clients, the containers, tables and queue in it, and links (SAS) to its blobs.

Works from a connection string (links are account-key SAS) or from a managed identity (user-delegation SAS).
docs/reference/storage.md lists every key format.
"""

import contextlib
import hashlib
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.data.tables import TableClient, TableServiceClient
from azure.storage.blob import (
    BlobClient,
    BlobSasPermissions,
    BlobServiceClient,
    ContainerClient,
    UserDelegationKey,
    generate_blob_sas,
)
from azure.storage.queue import QueueClient, QueueServiceClient

from studio.errors import InternalError
from studio.settings import Settings
from studio.storage.egress import AZURE

TABLES = (
    "workspaces",
    "webservices",
    "endpoints",
    "experiments",
    "jobs",
    "jobparts",
    "runs",
    "models",
    "history",
    "policies",
    "challenges",
    "schedules",
    "pipelines",
    "pipelineruns",
    "activityruns",
)
CONTAINERS = (
    "datasets",
    "dataset-uploads",
    "experiments",
    "experimentoutput",
    "ml-diagnostics",
    "models",
    "pipelines",
    "results",
    "training-data",
    "scoring-input",
    "scoring-output",
    "trained-models",
    "rejected",
)
JOB_QUEUE = "batch-jobs"
# Raised when apps of the versions before could not read what this one stores (docs/reference/versions.md).
SCHEMA = 1
# A blob that says which schema the account has and which names were created; the second word changes with the names.
MARKER = "schema"
MARKER_TEXT = f"{SCHEMA} {hashlib.sha256(' '.join((*TABLES, *CONTAINERS, JOB_QUEUE)).encode()).hexdigest()[:16]}"
DEVELOPMENT_STORAGE = "UseDevelopmentStorage=true"
# The emulator's published account key: the same for everyone, it protects nothing.
DEVELOPMENT_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
# Clocks of storage and app may differ by some minutes; links start a little in the past.
CLOCK_SKEW = timedelta(minutes=5)
# How long services may be silent and how often calls are tried again. The clients' own values (a minute of silence,
# and 18, 24, 42 seconds between tries of blobs and queues) are longer than callers wait.
TABLE_PATIENCE: dict[str, Any] = {"connection_timeout": 5, "read_timeout": 10, "retry_total": 3}
BLOB_PATIENCE: dict[str, Any] = TABLE_PATIENCE | {"read_timeout": 20, "initial_backoff": 0.5, "increment_base": 2}


def utc_now() -> datetime:
    """Return the current time in UTC."""
    return datetime.now(UTC)


class Storage:
    """Clients of one storage account, with the settings and the clock of the app; safe to share between threads.

    Parameters
    ----------
    settings
        The app settings.
    clock
        Returns the current time, aware and in UTC. Short operations take `now` as an argument instead.
    """

    def __init__(self, settings: Settings, clock: Callable[[], datetime] = utc_now) -> None:
        self.settings = settings
        self.clock = clock
        self._delegation_key: UserDelegationKey | None = None
        self._delegation_lock = threading.Lock()
        if settings.connection_string is not None:
            text = expand_connection_string(settings.connection_string)
            self.blobs = BlobServiceClient.from_connection_string(text, **BLOB_PATIENCE)
            self.queues = QueueServiceClient.from_connection_string(text, **BLOB_PATIENCE)
            self.tables = TableServiceClient.from_connection_string(text, **TABLE_PATIENCE)
        else:
            self._open_by_identity(settings)
        # All at once: to make one, the service's client takes its policies apart, and a call of another thread in that
        # moment fails.
        self._tables = {name: self.tables.get_table_client(name) for name in TABLES}

    @property
    def secret(self) -> str:
        """The master secret, from which keys and tokens are derived."""
        return self.settings.master_secret

    @property
    def sas_lifetime(self) -> timedelta:
        """How long links to blobs stay valid."""
        return timedelta(hours=self.settings.sas_hours)

    def _open_by_identity(self, settings: Settings) -> None:
        from azure.identity import DefaultAzureCredential, ManagedIdentityCredential

        credential: Any = (
            ManagedIdentityCredential(client_id=settings.identity_client_id)
            if settings.identity_client_id
            else DefaultAzureCredential()
        )
        self.blobs = BlobServiceClient(settings.blob_url, credential, **BLOB_PATIENCE)
        self.queues = QueueServiceClient(settings.queue_url, credential, **BLOB_PATIENCE)
        self.tables = TableServiceClient(endpoint=settings.table_url, credential=credential, **TABLE_PATIENCE)

    def ensure_created(self) -> None:
        """Create the tables, containers and the queue that do not exist yet.

        A marker blob written at the end makes this one call at every further start.

        Raises
        ------
        InternalError
            If a newer version of the app has stored data here that this one cannot read.
        """
        marker = self.container("experiments").get_blob_client(MARKER)
        known = _read_marker(marker)
        if known == MARKER_TEXT:
            return
        schema = int(known.partition(" ")[0] or SCHEMA)
        if schema > SCHEMA:
            raise InternalError(
                "NewerSchema",
                f"The storage account has schema {schema}, and this version of the app reads schemas up to {SCHEMA}. "
                "Deploy the newer version again, or restore a backup from before it.",
            )
        for table in TABLES:
            self.tables.create_table_if_not_exists(table)
        for container in CONTAINERS:
            try:
                self.blobs.create_container(container)
            except ResourceExistsError:
                continue
        with contextlib.suppress(ResourceExistsError):
            self.queues.create_queue(JOB_QUEUE)
        marker.upload_blob(MARKER_TEXT.encode(), overwrite=True)

    def table(self, name: str) -> TableClient:
        """Return a client of one of TABLES."""
        return self._tables[name]

    def container(self, name: str) -> ContainerClient:
        """Return a client of one of CONTAINERS."""
        return self.blobs.get_container_client(name)

    def job_queue(self) -> QueueClient:
        """Return a client of the queue of batch jobs and experiment runs."""
        return self.queues.get_queue_client(JOB_QUEUE)

    @property
    def allowed_hosts(self) -> tuple[str, ...]:
        """Hosts of blobs and tables that clients may name: Azure Storage, this account, and the configured ones."""
        own = (urlsplit(self.blobs.url).netloc, urlsplit(self.tables.url).netloc)
        return (*AZURE, *own, *self.settings.import_hosts)

    @property
    def account_name(self) -> str:
        """Name of the storage account."""
        return str(self.blobs.account_name)

    @property
    def account_url(self) -> str:
        """URL of the blob service, ending in `/`: the BaseLocation of every reference this app gives out."""
        return self.blobs.url.rstrip("/") + "/"

    def sas_token(self, container: str, blob: str, now: datetime, *, permissions: str = "r") -> str:
        """Return a fresh link token of one blob, beginning with `?`, valid for the configured hours."""
        expires = now + self.sas_lifetime
        account_key = getattr(self.blobs.credential, "account_key", None)
        key: dict[str, Any] = (
            {"account_key": account_key}
            if account_key
            else {"user_delegation_key": self._user_delegation_key(now, expires)}
        )
        return make_sas_token(self.blobs, container, blob, now, expires, permissions=permissions, **key)

    def _user_delegation_key(self, now: datetime, expires: datetime) -> UserDelegationKey:
        with self._delegation_lock:
            key = self._delegation_key
            if key is None or datetime.fromisoformat(str(key.signed_expiry)) < expires:
                key = self.blobs.get_user_delegation_key(now - CLOCK_SKEW, expires + timedelta(hours=1))
                self._delegation_key = key
            return key


def _read_marker(marker: BlobClient) -> str:
    try:
        return str(marker.download_blob().readall().decode())
    except ResourceNotFoundError:
        return ""


def make_sas_token(
    account: BlobServiceClient,
    container: str,
    blob: str,
    now: datetime,
    expires: datetime,
    *,
    permissions: str = "r",
    **key: Any,
) -> str:
    """Return a link token of one blob of an account, beginning with `?`.

    Parameters
    ----------
    key
        `account_key` or `user_delegation_key`.
    """
    token = generate_blob_sas(
        account_name=str(account.account_name),
        container_name=container,
        blob_name=blob,
        permission=BlobSasPermissions.from_string(permissions),
        start=now - CLOCK_SKEW,
        expiry=expires,
        **key,
    )
    return f"?{token}"


def expand_connection_string(text: str) -> str:
    """Return the connection string, with the emulator's well-known ports spelled out where it means them.

    That is `UseDevelopmentStorage=true`, and the emulator's account without an endpoint: classic clients build their
    connection strings from account name and key.
    """
    plain = text.strip().rstrip(";")
    if plain != DEVELOPMENT_STORAGE and ("AccountName=devstoreaccount1" not in plain or "Endpoint=" in plain):
        return text
    hosts = {"Blob": 10000, "Queue": 10001, "Table": 10002}
    endpoints = "".join(f"{kind}Endpoint=http://127.0.0.1:{port}/devstoreaccount1;" for kind, port in hosts.items())
    account = f"AccountName=devstoreaccount1;AccountKey={DEVELOPMENT_KEY};"
    return f"DefaultEndpointsProtocol=http;{account}{endpoints}"
