"""App settings. Only this module reads the environment; docs/reference/settings.md lists the settings."""

import functools
import json
import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from studio.errors import InternalError

MIN_SECRET = 32
ANY_ORIGIN = "*"
ORIGIN = re.compile(r"https?://([a-z0-9-]+(\.[a-z0-9-]+)*|\[[0-9a-f:.]+\])(:[0-9]{1,5})?")
DEFAULT_PORTS = (("https://", ":443"), ("http://", ":80"))
VERSION_FILE = Path(__file__).parents[1] / "VERSION"
# What a helper process needs to start Python and load numpy; no setting and no secret is among it.
HELPER_FIXED = {"OMP_WAIT_POLICY": "PASSIVE", "LANG": "C.UTF-8"}
HELPER_VARIABLES = ("LD_LIBRARY_PATH", "PYTHONHOME", "OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "SYSTEMROOT")


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a running app.

    Parameters
    ----------
    connection_string
        `AzureWebJobsStorage`; None with a managed identity.
    blob_url, queue_url, table_url
        `AzureWebJobsStorage__blobServiceUri` and its siblings, for a managed identity.
    identity_client_id
        `AzureWebJobsStorage__clientId`: a user-assigned identity; None uses the default credential.
    master_secret
        `PERENNIAL_MASTER_SECRET`: the secret from which every key and token is derived.
    public_url
        `PERENNIAL_PUBLIC_URL`: the app's address as clients see it; None takes it from each request.
    forwarded_hosts
        `PERENNIAL_FORWARDED_HOSTS`: the hosts that the header X-Forwarded-Host may name, in lower case.
    cache_folder
        `PERENNIAL_CACHE_DIR`: the local disk cache for trained models.
    cache_folder_bytes
        `PERENNIAL_CACHE_DIR_MB`: the size of that folder.
    model_cache_bytes
        `PERENNIAL_MODEL_CACHE_MB`: the memory for loaded trained models.
    max_model_bytes
        `PERENNIAL_MAX_MODEL_MB`: the largest `.ilearner` that UpdateResource accepts, unpacked.
    sas_hours
        `PERENNIAL_SAS_HOURS`: how long links to results and datasets are valid.
    job_lease_seconds
        `PERENNIAL_JOB_LEASE_SECONDS`: after this long without a heartbeat, another worker may claim a job.
    max_table_bytes
        `PERENNIAL_MAX_TABLE_MB`: the largest file that training reads.
    partition_bytes
        `PERENNIAL_PARTITION_MB`: the size of the partitions of large scoring jobs.
    import_hosts
        `PERENNIAL_IMPORT_HOSTS`: the hosts that clients may name besides Azure Storage and the app's own account.
    event_hosts
        `PERENNIAL_EVENT_HOSTS`: the hosts that events may be sent to.
    key_vault
        `PERENNIAL_KEY_VAULT`: the vault in which the app keeps the secrets of datastores; None seals them in storage.
    key_vaults
        `PERENNIAL_KEY_VAULTS`: the hosts of vaults whose secrets linked services may name.
    databases
        `PERENNIAL_DATABASES`: SQLAlchemy URLs by the names that experiments use.
    output_days
        `PERENNIAL_OUTPUT_DAYS`: how long results are kept if the caller gave them no location.
    run_seconds
        `PERENNIAL_RUN_MINUTES`: how long a run of an experiment or a training job may take.
    record_days
        `PERENNIAL_RECORD_DAYS`: how long diagnostics, events and records of finished work are kept.
    audit_days
        `PERENNIAL_AUDIT_DAYS`: how long it is kept who did what.
    arm_token
        `PERENNIAL_ARM_TOKEN`: gives Azure Resource Manager clients access to every web service; with None they
        need a workspace token.
    proxies
        `PERENNIAL_PROXIES`: how many proxies in front of the app add to X-Forwarded-For.
    names_callers
        Whether the platform signs people in (`WEBSITE_AUTH_ENABLED`) and says their name with each request.
    cors_origins
        `PERENNIAL_CORS_ORIGINS`: the origins whose pages may call the app from a browser.
    """

    connection_string: str | None
    blob_url: str
    queue_url: str
    table_url: str
    identity_client_id: str | None
    master_secret: str
    public_url: str | None
    cache_folder: Path
    model_cache_bytes: int
    max_model_bytes: int
    sas_hours: float
    job_lease_seconds: float
    max_table_bytes: int
    partition_bytes: int
    import_hosts: tuple[str, ...] = ()
    event_hosts: tuple[str, ...] = ()
    forwarded_hosts: tuple[str, ...] = ()
    key_vault: str | None = None
    key_vaults: tuple[str, ...] = ()
    databases: Mapping[str, str] = field(default_factory=dict)
    arm_token: str | None = None
    cors_origins: tuple[str, ...] = ()
    output_days: float = 30
    record_days: float = 90
    audit_days: float = 400
    run_seconds: float = 50 * 60
    cache_folder_bytes: int = 1 << 28
    proxies: int = 0
    names_callers: bool = False


@dataclass(frozen=True, slots=True)
class Exporters:
    """Where telemetry goes.

    Parameters
    ----------
    otlp
        Whether `OTEL_EXPORTER_OTLP_ENDPOINT` names a collector; OpenTelemetry's other settings also apply.
    insights
        `APPLICATIONINSIGHTS_CONNECTION_STRING`; None without Application Insights.
    insights_client_id
        The user-assigned identity of `APPLICATIONINSIGHTS_AUTHENTICATION_STRING`; None if the
        connection string's key is sufficient.
    """

    otlp: bool
    insights: str | None
    insights_client_id: str | None


@functools.cache
def app_version() -> str:
    """Return the version of this app, which is the client's as well."""
    return VERSION_FILE.read_text().strip()


def helper_environment(environment: Mapping[str, str] = os.environ, *, threads: int = 1) -> dict[str, str]:
    """Return the environment of processes that open what comes from outside: some threads, and nothing of the app's."""
    kept = {name: environment[name] for name in HELPER_VARIABLES if name in environment}
    return kept | {"OMP_NUM_THREADS": str(threads), "OPENBLAS_NUM_THREADS": str(threads), **HELPER_FIXED}


@functools.cache
def other_estimators() -> tuple[str, ...]:
    """Return the classes of `PERENNIAL_ESTIMATORS`, which experiments may use besides scikit-learn's estimators."""
    return _list(os.environ, "PERENNIAL_ESTIMATORS")


def read_exporters(environment: Mapping[str, str] = os.environ) -> Exporters:
    """Read where to send telemetry; every one of these settings is optional."""
    authentication = environment.get("APPLICATIONINSIGHTS_AUTHENTICATION_STRING", "")
    parts = dict(part.split("=", 1) for part in authentication.split(";") if "=" in part)
    return Exporters(
        otlp=bool(environment.get("OTEL_EXPORTER_OTLP_ENDPOINT")),
        insights=environment.get("APPLICATIONINSIGHTS_CONNECTION_STRING") or None,
        insights_client_id=parts.get("ClientId"),
    )


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the app settings.

    Raises
    ------
    InternalError
        If storage or the master secret is missing, or a value is invalid; the message says how to fix it.
    """
    secret = environment.get("PERENNIAL_MASTER_SECRET", "")
    if len(secret) < MIN_SECRET:
        raise InternalError(
            "AdminAuthenticationFailed",
            "The app setting PERENNIAL_MASTER_SECRET is missing or shorter than 32 characters. Generate one with "
            "'python -c \"import secrets; print(secrets.token_urlsafe(48))\"' and keep it: all keys are derived from "
            "it.",
        )
    connection_string = environment.get("AzureWebJobsStorage") or None
    urls = [environment.get(f"AzureWebJobsStorage__{kind}ServiceUri", "") for kind in ("blob", "queue", "table")]
    if connection_string is None and not all(urls):
        raise InternalError(
            "IncompleteSettings",
            "No storage account is configured. Set AzureWebJobsStorage to a connection string, or "
            "AzureWebJobsStorage__blobServiceUri, …__queueServiceUri and …__tableServiceUri for a managed identity.",
        )
    cache = environment.get("PERENNIAL_CACHE_DIR") or str(Path(tempfile.gettempdir()) / "perennial-models")
    mebibyte = 1024 * 1024
    return Settings(
        connection_string=connection_string,
        blob_url=urls[0],
        queue_url=urls[1],
        table_url=urls[2],
        identity_client_id=environment.get("AzureWebJobsStorage__clientId") or None,
        master_secret=secret,
        public_url=(environment.get("PERENNIAL_PUBLIC_URL") or "").rstrip("/") or None,
        cache_folder=Path(cache),
        model_cache_bytes=int(_number(environment, "PERENNIAL_MODEL_CACHE_MB", 256) * mebibyte),
        max_model_bytes=int(_number(environment, "PERENNIAL_MAX_MODEL_MB", 512) * mebibyte),
        sas_hours=_number(environment, "PERENNIAL_SAS_HOURS", 24),
        job_lease_seconds=_number(environment, "PERENNIAL_JOB_LEASE_SECONDS", 15),
        max_table_bytes=int(_number(environment, "PERENNIAL_MAX_TABLE_MB", 256) * mebibyte),
        partition_bytes=int(_number(environment, "PERENNIAL_PARTITION_MB", 16) * mebibyte),
        import_hosts=_list(environment, "PERENNIAL_IMPORT_HOSTS"),
        event_hosts=_list(environment, "PERENNIAL_EVENT_HOSTS"),
        forwarded_hosts=tuple(host.lower() for host in _list(environment, "PERENNIAL_FORWARDED_HOSTS")),
        key_vault=_key_vault(environment.get("PERENNIAL_KEY_VAULT") or None),
        key_vaults=tuple(
            host.removeprefix("https://").rstrip("/") for host in _list(environment, "PERENNIAL_KEY_VAULTS")
        ),
        databases=_databases(environment.get("PERENNIAL_DATABASES") or "{}"),
        output_days=_number(environment, "PERENNIAL_OUTPUT_DAYS", 30),
        record_days=_number(environment, "PERENNIAL_RECORD_DAYS", 90),
        audit_days=_number(environment, "PERENNIAL_AUDIT_DAYS", 400),
        run_seconds=_number(environment, "PERENNIAL_RUN_MINUTES", 50) * 60,
        cache_folder_bytes=int(_number(environment, "PERENNIAL_CACHE_DIR_MB", 256) * mebibyte),
        arm_token=_arm_token(environment.get("PERENNIAL_ARM_TOKEN") or None),
        cors_origins=read_cors_origins(environment),
        proxies=_proxies(environment),
        names_callers=environment.get("WEBSITE_AUTH_ENABLED", "").lower() == "true",
    )


def read_cors_origins(environment: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """Return the origins whose pages may call the app; none if the platform answers browsers by itself.

    Raises
    ------
    InternalError
        If an entry is no origin.
    """
    origins = tuple(_origin(text) for text in _list(environment, "PERENNIAL_CORS_ORIGINS"))
    return () if environment.get("WEBSITE_CORS_ALLOWED_ORIGINS") else origins


def _origin(text: str) -> str:
    """Return an origin as browsers write it: in lower case, without the scheme's own port."""
    origin = text.lower()
    if origin != ANY_ORIGIN and not ORIGIN.fullmatch(origin):
        raise InternalError(
            "IncompleteSettings",
            "The app setting PERENNIAL_CORS_ORIGINS must have origins such as https://studio.example.org, separated "
            f"by commas, or be {ANY_ORIGIN}, got '{text[:200]}'. An origin has no path and no pattern.",
        )
    for scheme, port in DEFAULT_PORTS:
        if origin.startswith(scheme):
            origin = origin.removesuffix(port)
    return origin


def _list(environment: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(item.strip() for item in environment.get(name, "").split(",") if item.strip())


def _arm_token(text: str | None) -> str | None:
    if text is not None and len(text) < MIN_SECRET:
        raise InternalError(
            "IncompleteSettings",
            "The app setting PERENNIAL_ARM_TOKEN gives access to every web service: it must have at least "
            f"{MIN_SECRET} characters, got {len(text)}.",
        )
    return text


def _key_vault(text: str | None) -> str | None:
    if text is not None and not re.fullmatch(r"https://[A-Za-z0-9.-]+(:[0-9]{1,5})?/?", text):
        raise InternalError(
            "IncompleteSettings",
            f"The app setting PERENNIAL_KEY_VAULT must be a vault's address, https://….vault.azure.net, got '{text}'.",
        )
    return text.rstrip("/").lower() if text else None


def _number(environment: Mapping[str, str], name: str, default: float) -> float:
    text = environment.get(name) or str(default)
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if value <= 0:
        raise InternalError(
            "IncompleteSettings", f"The app setting {name} must be a number greater than 0, got '{text}'."
        )
    return value


def _proxies(environment: Mapping[str, str]) -> int:
    text = environment.get("PERENNIAL_PROXIES") or ("1" if environment.get("WEBSITE_SITE_NAME") else "0")
    if not (text.isascii() and text.isdecimal() and len(text) < 3):
        raise InternalError(
            "IncompleteSettings",
            f"The app setting PERENNIAL_PROXIES must be a number from 0 to 99, got '{text[:100]}'.",
        )
    return int(text)


def _databases(text: str) -> dict[str, str]:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict) or not all(isinstance(url, str) for url in found.values()):
        # The value holds passwords, so the message does not show it.
        raise InternalError(
            "IncompleteSettings",
            "The app setting PERENNIAL_DATABASES must be a JSON object that maps names to SQLAlchemy URLs, such as "
            '{"sales": "postgresql+psycopg://user:password@host/database"}.',
        )
    return found
