"""Data Factory documents, versions 1 and 2, parsed into dataclasses: pipelines, linked services and datasets.

Names and keys are compared ignoring case and surrounding whitespace, since published samples vary in both.

References
----------
Version 2: the REST API 2018-06-01 (pipelines, linkedservices, datasets, triggers). Version 1: the JSON scripting
reference of 2015-10-01.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from studio.errors import BadArgument
from studio.pipelines.adf.dates import read_timespan
from studio.problems import Problems
from studio.wire import invalid_value
from studio.work.recurrence import read_moment

BATCH, UPDATE = "AzureMLBatchExecution", "AzureMLUpdateResource"
# Until August 2015, batch execution had this name, and two of its properties had other names.
ALIASES = {"AzureMLBatchScoring": BATCH}
STORAGE = ("AzureBlobStorage", "AzureStorage", "AzureStorageSas")
CONDITIONS = ("Succeeded", "Failed", "Skipped", "Completed")
NAME = re.compile(r"[A-Za-z0-9_][^.+?/<>*%&:\\\x00-\x1f]{0,259}")
MAX_RETRIES, MAX_CONCURRENCY = 100, 50
# Shown in place of a secret.
HIDDEN = "***"
DEFAULT_TIMEOUT = timedelta(days=7)
PERIODS = ("Minute", "Hour", "Day", "Week", "Month")


@dataclass(frozen=True, slots=True)
class VaultSecret:
    """A secret in a key vault: the linked service of the vault, the secret's name, and its version or an empty text."""

    store: str
    name: str
    version: str


@dataclass(frozen=True, slots=True)
class KeyVault:
    """A linked service of type AzureKeyVault."""

    base_url: str


@dataclass(frozen=True, slots=True)
class MachineLearning[Secret: str | VaultSecret = str]:
    """A linked service of type AzureML: the URL for jobs, the API key, and the URL for model updates."""

    endpoint: str
    api_key: Secret
    update_endpoint: str | None


@dataclass(frozen=True, slots=True)
class BlobStorage[Secret: str | VaultSecret = str]:
    """A linked service for a storage account: a connection string, a SAS URI, or the name of a datastore."""

    connection_string: Secret | None
    sas_uri: Secret | None
    datastore: str | None = None


LinkedService = MachineLearning[str | VaultSecret] | BlobStorage[str | VaultSecret] | KeyVault


@dataclass(frozen=True, slots=True)
class Activity:
    """An activity; `properties` are its typeProperties, with expressions not yet evaluated.

    `depends_on` has pairs of an activity's lower-case name and conditions, at least one of which must hold.
    """

    name: str
    type: str
    linked_service: str
    depends_on: tuple[tuple[str, tuple[str, ...]], ...]
    timeout: timedelta
    retry: int
    retry_seconds: int
    properties: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Availability:
    """When the slices of a version 1 dataset are due: tumbling windows that start at an anchor."""

    frequency: str
    interval: int
    at_start: bool
    anchor: datetime
    offset: timedelta


@dataclass(frozen=True, slots=True)
class Dataset:
    """A version 1 dataset: a blob whose path can contain parts of the slice's time.

    `partitions` has a name, variable and date format for each such part.
    """

    linked_service: str
    path: str
    partitions: tuple[tuple[str, str, str], ...]
    availability: Availability | None


@dataclass(frozen=True, slots=True)
class Active:
    """What version 1 adds to a pipeline: its active period, whether it is paused, and the order of its slices.

    `availability_of` is the output dataset whose availability defines the slices.
    """

    start: datetime
    end: datetime
    paused: bool
    newest_first: bool
    availability_of: str


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A pipeline of either version; `active` is None in version 2, `parameters` has defaults by name."""

    name: str
    activities: tuple[Activity, ...]
    parameters: Mapping[str, Any]
    required: frozenset[str]
    concurrency: int
    active: Active | None


def find(value: Any, name: str, default: Any = None) -> Any:
    """Return a property of a JSON object, matching its name without case and surrounding whitespace."""
    for key, item in value.items() if isinstance(value, dict) else ():
        if str(key).strip().lower() == name.lower():
            return item
    return default


def list_of(value: Any, name: str) -> list[Any]:
    """Return a list, an empty one for None; BadArgument for anything else."""
    if value is not None and not isinstance(value, list):
        raise invalid_value(name, "a list", value)
    return value or []


def object_of(value: Any, name: str) -> dict[str, Any]:
    """Return an object, an empty one for None; BadArgument for anything else."""
    if value is not None and not isinstance(value, dict):
        raise invalid_value(name, "an object", value)
    return value or {}


def properties_of(document: Any) -> dict[str, Any]:
    """Return the `properties` of a document, or the document itself if it has no `properties`."""
    found = find(document, "properties", document)
    if not isinstance(found, dict):
        raise invalid_value("properties", "an object", found)
    return found


def read_pipeline(name: str, document: dict[str, Any]) -> Pipeline:
    """Read a pipeline of version 1 or 2.

    Raises
    ------
    BadArgument
        If an activity or property is invalid; has a detail for each that is, with its name.
    """
    properties = properties_of(document)
    items = find(properties, "activities")
    if not isinstance(items, list) or not items or not all(isinstance(item, dict) for item in items):
        raise invalid_value("activities", "a list of at least one activity", items)
    is_version_1 = find(properties, "start") is not None or any(
        isinstance(find(item, "linkedServiceName"), str) for item in items
    )
    problems = Problems()
    limit, active = find(properties, "concurrency", MAX_CONCURRENCY), None
    if is_version_1:
        found = [problems.attempt(_read_v1, item, items) for item in items]
        concurrency = problems.attempt(_v1_concurrency, items) or 1
        active = problems.attempt(_read_active, properties, items)
    else:
        found = [problems.attempt(_read_v2, item) for item in items]
        concurrency = problems.attempt(_number, limit, "concurrency", 1, 1000) or 1
    activities = tuple(activity for activity in found if activity is not None)
    # Also those of activities that cannot be read, so that what depends on them is not a second error.
    names = [str(find(item, "name") or "").strip().lower() for item in items]
    if len(set(names)) < len(names):
        accepted = "a list of activities with unique names"
        problems.note(invalid_value("activities", accepted, [activity.name for activity in activities]))
    for activity in activities:
        for other, _ in activity.depends_on:
            if other not in names:
                hint = f"one of {', '.join(names)}"
                problems.note(invalid_value(f"{activity.name}: dependsOn", hint, other))
    if not problems:
        problems.attempt(_check_order, activities)
    parameters = problems.attempt(object_of, find(properties, "parameters"), "parameters") or {}
    problems.raise_all()
    return Pipeline(
        name,
        activities,
        {key: find(item, "defaultValue") for key, item in parameters.items()},
        frozenset(key for key, item in parameters.items() if find(item, "defaultValue") is None),
        concurrency,
        active,
    )


def read_linked_service(document: dict[str, Any]) -> LinkedService:
    """Read a linked service, whose secrets may be references; BadArgument for a type that is not supported."""
    properties = properties_of(document)
    kind, given = str(find(properties, "type") or ""), find(properties, "typeProperties")
    if kind.lower() == "azureml":
        endpoint, update = find(given, "mlEndpoint"), find(given, "updateResourceEndpoint")
        if not isinstance(endpoint, str) or "/jobs" not in endpoint:
            raise invalid_value("mlEndpoint", "the URL of an endpoint's jobs, …/services/{id}/jobs", endpoint)
        return MachineLearning(endpoint, _secret(find(given, "apiKey"), "apiKey"), str(update) if update else None)
    if kind.lower() == "azurekeyvault":
        url = find(given, "baseUrl")
        if not isinstance(url, str) or not url.strip():
            raise invalid_value("baseUrl", "the address of the vault, https://….vault.azure.net", url)
        return KeyVault(url.strip())
    if kind.lower() in map(str.lower, STORAGE):
        if (datastore := find(given, "datastore")) is not None:
            return BlobStorage(None, None, reference_name(datastore, "datastore"))
        if find(given, "sasUri"):
            return BlobStorage(None, _secret(find(given, "sasUri"), "sasUri"))
        return BlobStorage(_secret(find(given, "connectionString"), "connectionString"), None)
    raise invalid_value("type", f"AzureML, AzureKeyVault, {', '.join(STORAGE)}", kind)


def read_dataset(document: dict[str, Any]) -> Dataset:
    """Read a version 1 dataset; one that is not a blob has no path and only delays slices until it is available."""
    properties = properties_of(document)
    given = find(properties, "typeProperties") or {}
    folder, file = (str(find(given, name) or "").strip().strip("/") for name in ("folderPath", "fileName"))
    # One published sample repeats the file name in the folder path.
    path = folder if file and folder.endswith(f"/{file}") else "/".join(part for part in (folder, file) if part)
    partitions = []
    for item in list_of(find(given, "partitionedBy"), "partitionedBy"):
        value = find(item, "value") or {}
        partitions.append(
            (
                str(find(item, "name")),
                str(find(value, "date") or "SliceStart"),
                str(find(value, "format") or "yyyyMMdd"),
            )
        )
    service = find(properties, "linkedServiceName")
    availability = find(properties, "availability")
    return Dataset(
        str(find(service, "referenceName") if isinstance(service, dict) else service or ""),
        path,
        tuple(partitions),
        _read_availability(availability) if availability else None,
    )


def is_reference(value: Any) -> bool:
    """Return whether a secret's value only says where it is in a key vault."""
    kind = find(value, "type") if isinstance(value, dict) else None
    return str(kind).lower() == "azurekeyvaultsecret" and find(value, "value") is None


def services_named_in(pipeline: Pipeline) -> set[str]:
    """Return the lower-case names of the linked services that a pipeline's activities refer to."""
    found = {activity.linked_service.lower() for activity in pipeline.activities}
    for activity in pipeline.activities:
        found |= {name.lower() for name in _references(activity.properties)}
    return found


def reference_name(value: Any, what: str) -> str:
    """Return the name from `{"referenceName": …}` or from a plain string."""
    name = find(value, "referenceName") if isinstance(value, dict) else value
    if not isinstance(name, str) or not name.strip():
        raise invalid_value(what, "a reference with a referenceName", value)
    return name.strip()


def _read_v2(item: dict[str, Any]) -> Activity:
    name, problems = _name(item), Problems()
    others = problems.attempt(list_of, find(item, "dependsOn"), f"{name}: dependsOn") or []
    depends = tuple(
        (str(find(other, "activity") or "").strip().lower(), problems.attempt(_conditions, name, other) or ())
        for other in others
    )
    policy = find(item, "policy") or {}
    interval = find(policy, "retryIntervalInSeconds", 30)
    kind = problems.attempt(_type, name, item)
    service = problems.attempt(reference_name, find(item, "linkedServiceName"), f"{name}: linkedServiceName")
    timeout = problems.attempt(_timespan, name, find(policy, "timeout"), DEFAULT_TIMEOUT)
    activity = Activity(
        name,
        kind or "",
        service or "",
        depends,
        DEFAULT_TIMEOUT if timeout is None else timeout,
        problems.attempt(_number, find(policy, "retry", 0), f"{name}: retry", 0, MAX_RETRIES) or 0,
        problems.attempt(_number, interval, f"{name}: retryIntervalInSeconds", 0, 86_400) or 0,
        problems.attempt(_type_properties, name, item) or {},
    )
    problems.raise_all()
    return activity


def _read_v1(item: dict[str, Any], items: list[dict[str, Any]]) -> Activity:
    """Read a version 1 activity, which depends on the activities whose output datasets are its inputs."""
    name, mine = _name(item), set(_dataset_names(item, "inputs"))
    depends = tuple(
        (_name(other).lower(), ("Succeeded",))
        for other in items
        if other is not item and mine & set(_dataset_names(other, "outputs"))
    )
    policy, properties = find(item, "policy") or {}, _type_properties(name, item)
    if str(find(item, "type")).lower() in map(str.lower, ALIASES):
        # The older activity used its inputs and outputs as the web service's, instead of naming ports.
        taken = _dataset_names(item, "inputs")
        ports = {"webServiceInput": taken[0]} if taken else {}
        outputs = {f"output{number}": other for number, other in enumerate(_dataset_names(item, "outputs"), start=1)}
        properties = ports | {"webServiceOutputs": outputs} | properties
    zero = timedelta()
    return Activity(
        name,
        _type(name, item),
        reference_name(find(item, "linkedServiceName"), f"{name}: linkedServiceName"),
        depends,
        _timespan(name, find(policy, "timeout"), zero) or DEFAULT_TIMEOUT,
        _number(find(policy, "retry", 0), f"{name}: retry", 0, MAX_RETRIES),
        0,
        properties,
    )


def _read_active(properties: dict[str, Any], items: list[dict[str, Any]]) -> Active:
    start, end = find(properties, "start"), find(properties, "end")
    first = read_moment(start, "start")
    outputs = [name for item in items for name in _dataset_names(item, "outputs")]
    if not outputs:
        raise invalid_value("outputs", "the dataset whose availability defines the slices", outputs)
    orders = {str(find(find(item, "policy") or {}, "executionPriorityOrder", "OldestFirst")).lower() for item in items}
    return Active(
        first,
        # One documentation page says that the default is 48 hours after the start.
        read_moment(end, "end") if end else _later(first, timedelta(hours=48)),
        bool(find(properties, "isPaused", False)),
        "newestfirst" in orders,
        outputs[0],
    )


def _later(at: datetime, span: timedelta) -> datetime:
    try:
        return at + span
    except OverflowError as error:
        raise invalid_value("start", "a time in the calendar, with an end", at.isoformat()) from error


def _read_availability(value: Any) -> Availability:
    frequency = str(find(value, "frequency") or "").capitalize()
    if frequency not in PERIODS:
        raise invalid_value("availability.frequency", ", ".join(PERIODS), find(value, "frequency"))
    anchor, offset = find(value, "anchorDateTime"), find(value, "offset")
    return Availability(
        frequency,
        _number(find(value, "interval", 1), "availability.interval", 1, 10_000),
        str(find(value, "style") or "").lower() == "startofinterval",
        read_moment(anchor or "0001-01-01T00:00:00Z", "anchorDateTime"),
        _timespan("availability", offset, timedelta(), what="offset"),
    )


def _v1_concurrency(items: list[dict[str, Any]]) -> int:
    return min(_number(find(find(item, "policy") or {}, "concurrency", 1), "concurrency", 1, 10) for item in items)


def _dataset_names(item: dict[str, Any], side: str) -> list[str]:
    return [str(find(other, "name") or "").strip().lower() for other in list_of(find(item, side), side)]


def _name(item: dict[str, Any]) -> str:
    name = str(find(item, "name") or "").strip()
    if not NAME.fullmatch(name):
        raise invalid_value("name", r"up to 260 characters, none of . + ? / < > * % & : \ ", name)
    return name


def _type(name: str, item: dict[str, Any]) -> str:
    given = str(find(item, "type") or "")
    known = {kind.lower(): kind for kind in (BATCH, UPDATE)} | {old.lower(): new for old, new in ALIASES.items()}
    if given.lower() not in known:
        raise invalid_value(f"{name}: type", f"{BATCH} or {UPDATE}", given)
    return known[given.lower()]


def _type_properties(name: str, item: dict[str, Any]) -> dict[str, Any]:
    found = find(item, "typeProperties", {})
    if not isinstance(found, dict):
        raise invalid_value(f"{name}: typeProperties", "an object", found)
    return found


def _conditions(name: str, value: Any) -> tuple[str, ...]:
    given = find(value, "dependencyConditions") or ["Succeeded"]
    known = {condition.lower(): condition for condition in CONDITIONS}
    if not isinstance(given, list) or not all(str(item).lower() in known for item in given):
        raise invalid_value(f"{name}: dependencyConditions", ", ".join(CONDITIONS), given)
    return tuple(known[str(item).lower()] for item in given)


def _timespan(name: str, value: Any, default: timedelta, what: str = "timeout") -> timedelta:
    if value in (None, 0, "0"):
        return default
    try:
        return read_timespan(str(value))
    except ValueError as error:
        raise invalid_value(f"{name}: {what}", "a time span such as 0.02:00:00", value) from error


def _number(value: Any, name: str, low: int, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str) or not re.fullmatch(r"\d{1,9}", str(value)):
        raise invalid_value(name, f"a whole number from {low} to {high}", value)
    if not low <= int(value) <= high:
        raise invalid_value(name, f"a whole number from {low} to {high}", value)
    return int(value)


def _secret(value: Any, name: str) -> str | VaultSecret:
    """Return a secret given as a string or a SecureString, or the reference of one in a key vault."""
    if is_reference(value):
        secret, version = find(value, "secretName"), find(value, "secretVersion")
        if not isinstance(secret, str) or not secret.strip():
            raise invalid_value(f"{name}: secretName", "the name of a secret in the vault", secret)
        store = reference_name(find(value, "store"), f"{name}: store")
        return VaultSecret(store, secret.strip(), str(version or "").strip())
    found = find(value, "value") if isinstance(value, dict) else value
    if not isinstance(found, str) or found.strip() in ("", HIDDEN):
        # Without the value given, which may be part of a secret.
        text = f"{name} must be a string, a SecureString with a value, or an AzureKeyVaultSecret."
        raise BadArgument("BadParameterValue", text, name)
    return found.strip()


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        name = find(value, "referenceName")
        if isinstance(name, str):
            yield name
        for item in value.values():
            yield from _references(item)


def _check_order(activities: tuple[Activity, ...]) -> None:
    """Raise BadArgument if activities depend on each other in a cycle."""
    waiting = {activity.name.lower(): {other for other, _ in activity.depends_on} for activity in activities}
    while waiting:
        ready = [name for name, others in waiting.items() if not others & waiting.keys()]
        if not ready:
            raise invalid_value("dependsOn", "free of cycles", sorted(waiting))
        for name in ready:
            del waiting[name]
