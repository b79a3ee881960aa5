"""The storage account: its clients, the names of its tables, containers and queue, and SAS links to its blobs.

Opened with a connection string (links are account-key SAS) or a managed identity (links are user-delegation SAS).
What each table and container holds is in docs/reference/storage.md.
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
from studio.storage.addresses import AZURE

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
    "promotions",
    "shadows",
    "challenges",
    "schedules",
    "pipelines",
    "pipelineruns",
    "activityruns",
    "activity",
    "traffic",
    "events",
    "subscriptions",
    "deliveries",
    "audit",
    "drift",
    "livemetrics",
    "datastores",
)
CONTAINERS = (
    "datasets",
    "dataset-uploads",
    "dataset-readings",
    "experiments",
    "experimentoutput",
    "ml-diagnostics",
    "models",
    "pipelines",
    "predictionlog",
    "predictionlog-batches",
    "predictionlog-parts",
    "results",
    "training-data",
    "scoring-input",
    "scoring-output",
    "trained-models",
    "feedback",
    "truths",
    "rejected",
)
JOB_QUEUE = "batch-jobs"
# Increased when earlier versions of the app cannot read what this one stores (docs/reference/versions.md).
SCHEMA = 1
# The blob with the account's schema number and a hash of the names above, which changes whenever one of them does.
MARKER = "schema"
MARKER_TEXT = f"{SCHEMA} {hashlib.sha256(' '.join((*TABLES, *CONTAINERS, JOB_QUEUE)).encode()).hexdigest()[:16]}"
DEVELOPMENT_STORAGE = "UseDevelopmentStorage=true"
# The emulator's published account key. It is the same for everyone and protects nothing.
DEVELOPMENT_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
# The clocks of the storage service and the app may differ by a few minutes, so links start slightly in the past.
CLOCK_SKEW = timedelta(minutes=5)
# Time-outs and retries. The clients' defaults (60 seconds without a response; 18, 24 and 42 seconds between retries of
# blob and queue calls) are longer than callers are willing to wait.
TABLE_PATIENCE: dict[str, Any] = {"connection_timeout": 5, "read_timeout": 10, "retry_total": 3}
BLOB_PATIENCE: dict[str, Any] = TABLE_PATIENCE | {"read_timeout": 20, "initial_backoff": 0.5, "increment_base": 2}


def utc_now() -> datetime:
    """Return the current time in UTC."""
    return datetime.now(UTC)


class Storage:
    """Clients of one storage account, with the app's settings and clock; safe to share between threads.

    Parameters
    ----------
    settings
        The app settings.
    clock
        Returns the current time, aware, in UTC. Short operations take `now` as an argument instead.
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
        # Created up front: creating a table client temporarily takes the service client's policies apart, and a call
        # that another thread makes in that moment fails.
        self._tables = {name: self.tables.get_table_client(name) for name in TABLES}

    @property
    def secret(self) -> str:
        """The master secret, from which keys and tokens are derived."""
        return self.settings.master_secret

    @property
    def sas_lifetime(self) -> timedelta:
        """How long links to blobs are valid."""
        return timedelta(hours=self.settings.sas_hours)

    def _open_by_identity(self, settings: Settings) -> None:
        credential = open_identity(settings)
        self.blobs = BlobServiceClient(settings.blob_url, credential, **BLOB_PATIENCE)
        self.queues = QueueServiceClient(settings.queue_url, credential, **BLOB_PATIENCE)
        self.tables = TableServiceClient(endpoint=settings.table_url, credential=credential, **TABLE_PATIENCE)

    def ensure_created(self) -> None:
        """Create the tables, containers and queue that do not exist yet.

        A marker blob is written last, so that later starts make a single call.

        Raises
        ------
        InternalError
            If a newer version of the app has stored data in the account that this one cannot read.
        """
        marker = self.container("experiments").get_blob_client(MARKER)
        known = _read_marker(marker)
        if known == MARKER_TEXT:
            return
        schema = int(known.partition(" ")[0] or SCHEMA)
        if schema > SCHEMA:
            raise InternalError(
                "NewerSchema",
                f"The storage account has schema {schema}, but this version of the app reads schemas up to {SCHEMA}. "
                "Deploy the newer version again, or restore an older backup.",
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
        """Return the client of one of TABLES."""
        return self._tables[name]

    def container(self, name: str) -> ContainerClient:
        """Return the client of one of CONTAINERS."""
        return self.blobs.get_container_client(name)

    def job_queue(self) -> QueueClient:
        """Return the client of the queue of batch jobs and experiment runs."""
        return self.queues.get_queue_client(JOB_QUEUE)

    @property
    def allowed_hosts(self) -> tuple[str, ...]:
        """The hosts of blobs and tables that clients may name: Azure Storage, this account and configured hosts."""
        return (*AZURE, *self.own_hosts, *self.settings.import_hosts)

    @property
    def own_hosts(self) -> tuple[str, str]:
        """The hosts of this account's blobs and tables, with their ports if those are not the scheme's."""
        return urlsplit(self.blobs.url).netloc.lower(), urlsplit(self.tables.url).netloc.lower()

    @property
    def account_name(self) -> str:
        """The name of the storage account."""
        return str(self.blobs.account_name)

    @property
    def account_url(self) -> str:
        """The URL of the blob service, ending in `/`: the BaseLocation of every reference that the app returns."""
        return self.blobs.url.rstrip("/") + "/"

    def sas_token(self, container: str, blob: str, now: datetime, *, permissions: str = "r") -> str:
        """Return a new SAS token for one blob, starting with `?` and valid for `sas_lifetime`."""
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


def open_identity(settings: Settings) -> Any:
    """Return the app's identity, which gives out tokens: the configured one, or that of the environment."""
    from azure.identity import DefaultAzureCredential, ManagedIdentityCredential

    client_id = settings.identity_client_id
    return ManagedIdentityCredential(client_id=client_id) if client_id else DefaultAzureCredential()


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
    """Return a SAS token for one blob of an account, starting with `?`.

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
    """Return a connection string with explicit endpoints if it stands for the emulator on its default ports.

    That is the case for `UseDevelopmentStorage=true`, and for the emulator's account without an endpoint: classic
    clients build their connection strings from the account's name and key.
    """
    plain = text.strip().rstrip(";")
    if plain != DEVELOPMENT_STORAGE and ("AccountName=devstoreaccount1" not in plain or "Endpoint=" in plain):
        return text
    hosts = {"Blob": 10000, "Queue": 10001, "Table": 10002}
    endpoints = "".join(f"{kind}Endpoint=http://127.0.0.1:{port}/devstoreaccount1;" for kind, port in hosts.items())
    account = f"AccountName=devstoreaccount1;AccountKey={DEVELOPMENT_KEY};"
    return f"DefaultEndpointsProtocol=http;{account}{endpoints}"
