"""Pipeline activities: start them, poll their status and cancel them.

Endpoints of this app are called in process, and the linked service's key is checked as it would be over HTTP. Any other
mlEndpoint is called over HTTP if its host is allowed.

References
----------
Section 5 of the notes on Data Factory: batch execution is submit, start, poll; an update is one PATCH.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from studio.errors import BadArgument, GatewayTimeout
from studio.jobs.jobs import Origin, cancel_job, get_job, job_status, start_job_once
from studio.pipelines.adf.dates import format_date
from studio.pipelines.adf.documents import (
    BATCH,
    Activity,
    BlobStorage,
    MachineLearning,
    find,
    object_of,
    reference_name,
)
from studio.pipelines.documents import get_dataset
from studio.pipelines.linked_services import get_linked_service
from studio.registry.access import check_endpoint_key, check_endpoint_management
from studio.registry.endpoints import Endpoint, get_endpoint, get_named_endpoint
from studio.registry.history import list_history
from studio.registry.web_services import find_arm_service
from studio.registry.workspaces import get_workspace
from studio.rollout.update_resource import check_takes_models, update_endpoint
from studio.serving.app import App
from studio.storage.account import Storage
from studio.storage.addresses import BadAddress, is_allowed, parse_address
from studio.storage.egress import guarded_session, refusal
from studio.wire import invalid_value
from studio.work.state import State

JOBS = re.compile(r"/(?:workspaces|subscriptions)/([0-9a-f-]{32,36})/services/([0-9a-f]{32})/jobs/?", re.IGNORECASE)
MANAGED = re.compile(
    r"/workspaces/([0-9a-f-]{32,36})/(?:webservices|services)/([0-9a-f]{32})/endpoints/([^/]+)/?", re.IGNORECASE
)
ARM = re.compile(
    r"/subscriptions/([0-9a-f-]{32,36})/resourceGroups/[^/]+/providers/Microsoft\.MachineLearning/webServices/([^/]+)/?",
    re.IGNORECASE,
)
TIMEOUT_SECONDS = 30

# Evaluates every expression in a JSON value.
Evaluate = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Step:
    """The status of an activity; `job` is the id to poll, `output` what later activities can read."""

    state: State
    job: str = ""
    output: dict[str, Any] | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Context:
    """What an activity runs with: its workspace and run, its expressions' evaluator, and the slice's times in v1."""

    app: App
    workspace_id: str
    pipeline: str
    run_id: str
    evaluate: Evaluate
    window: Mapping[str, datetime] | None


def start_activity(context: Context, activity: Activity, attempt: int, *, now: datetime) -> Step:
    """Start an activity; starting the same attempt again gives the same job.

    Raises
    ------
    StudioError
        If the activity fails; the message is the activity's error.
    """
    service, host = get_linked_service(context.app.storage, context.workspace_id, activity.linked_service)
    if not isinstance(service, MachineLearning):
        raise invalid_value(
            f"{activity.name}: linkedServiceName", "a linked service of type AzureML", activity.linked_service
        )
    if activity.type == BATCH:
        body = _batch_body(context, activity)
        return _start_batch(context, service, host, body, f"{context.run_id}/{activity.name.lower()}/{attempt}", now)
    return _update(context, activity, service, host, now)


def check_activity(context: Context, activity: Activity, job: str, *, now: datetime) -> Step:
    """Return the status of a batch execution that has been started."""
    service, host = get_linked_service(context.app.storage, context.workspace_id, activity.linked_service)
    assert isinstance(service, MachineLearning)
    endpoint = _own_endpoint(context.app.storage, service, host)
    if endpoint is not None:
        status = job_status(context.app.storage, get_job(context.app.storage, endpoint, job), now=now)
    else:
        status = _call(context.app.storage, service, "GET", f"/{job}")
    return _step(status, job)


def cancel_activity(context: Context, activity: Activity, job: str) -> None:
    """Cancel a batch execution; outputs already written are kept."""
    service, host = get_linked_service(context.app.storage, context.workspace_id, activity.linked_service)
    assert isinstance(service, MachineLearning)
    endpoint = _own_endpoint(context.app.storage, service, host)
    if endpoint is not None:
        cancel_job(context.app.storage, endpoint, job)
    else:
        _call(context.app.storage, service, "DELETE", f"/{job}")


def _start_batch(
    context: Context, service: MachineLearning, host: str, body: dict[str, Any], idempotency_key: str, now: datetime
) -> Step:
    endpoint = _own_endpoint(context.app.storage, service, host)
    if endpoint is None:
        job = str(_call(context.app.storage, service, "POST", "", body))
        _call(context.app.storage, service, "POST", f"/{job}/start")
        return Step(State.RUNNING, job)
    origin = Origin(idempotency_key, by=f"pipeline {context.pipeline}")
    return Step(State.RUNNING, start_job_once(context.app.storage, endpoint, body, origin, now=now))


def _step(status: dict[str, Any], job: str) -> Step:
    code = str(status.get("StatusCode"))
    if code == State.FINISHED:
        # Classic: the original's output is not documented, so this shape is Perennial's own.
        shown = {
            name: {key: item.get(key) for key in ("BaseLocation", "RelativeLocation")}
            for name, item in (status.get("Results") or {}).items()
        }
        return Step(State.FINISHED, job, {"JobId": job, "Results": shown})
    if code in (State.FAILED, State.CANCELLED):
        return Step(State.FAILED, job, None, str(status.get("Details") or f"The job is {code}."))
    return Step(State.RUNNING, job)


def _update(context: Context, activity: Activity, service: MachineLearning, host: str, now: datetime) -> Step:
    name, location = _model(context, activity)
    body = {
        "Resources": [{"Name": name, "Location": location}],
        "Why": f"pipeline {context.pipeline}, run {context.run_id}, activity {activity.name}",
    }
    if service.update_endpoint is None:
        raise invalid_value("updateResourceEndpoint", "set in the linked service of an update", None)
    endpoint = _own_updated(context.app.storage, service, host)
    if endpoint is None:
        _http(context.app.storage, "PATCH", service.update_endpoint, service.api_key, body)
    elif not _is_done(context.app.storage, endpoint, body["Why"]):
        update_endpoint(context.app, endpoint, body, by=f"pipeline {context.pipeline}", now=now)
    return Step(State.FINISHED, "", {"Resource": name})


def _is_done(storage: Storage, endpoint: Endpoint, why: Any) -> bool:
    """Tell whether an earlier process made this change but stopped before it recorded the step."""
    return any(change.why == why for change in list_history(storage, endpoint.id, endpoint.change))


def _batch_body(context: Context, activity: Activity) -> dict[str, Any]:
    given = activity.properties
    inputs = object_of(find(given, "webServiceInputs"), "webServiceInputs")
    single = find(given, "webServiceInput")
    # One published sample has both properties, with webServiceInputs empty.
    body: dict[str, Any] = {}
    if single and not inputs:
        body["Input"] = _blob(context, single, "webServiceInput")
    elif inputs:
        body["Inputs"] = {name: _blob(context, item, name) for name, item in inputs.items()}
    outputs = object_of(find(given, "webServiceOutputs"), "webServiceOutputs")
    body["Outputs"] = {name: _blob(context, item, name) for name, item in outputs.items()}
    parameters = find(given, "globalParameters") or find(given, "webServiceParameters") or {}
    body["GlobalParameters"] = context.evaluate(object_of(parameters, "globalParameters"))
    return body


def _model(context: Context, activity: Activity) -> tuple[str, dict[str, Any]]:
    given = activity.properties
    name = context.evaluate(find(given, "trainedModelName"))
    if not isinstance(name, str) or not name:
        raise invalid_value(f"{activity.name}: trainedModelName", "the name of the trained model", name)
    dataset = find(given, "trainedModelDatasetName")
    if dataset is not None:
        return name, _blob(context, str(dataset), "trainedModelDatasetName")
    file = {
        "linkedServiceName": find(given, "trainedModelLinkedServiceName"),
        "filePath": find(given, "trainedModelFilePath"),
    }
    return name, _blob(context, file, "trainedModelFilePath")


def _blob(context: Context, value: Any, what: str) -> dict[str, Any]:
    """Return a blob reference to a version 2 file or to a version 1 dataset, which is given by name."""
    if isinstance(value, str):
        dataset = get_dataset(context.app.storage, context.workspace_id, value)
        path, name = _slice_path(context, dataset.path, dataset.partitions), dataset.linked_service
    else:
        path = context.evaluate(find(value, "filePath"))
        name = reference_name(find(value, "linkedServiceName"), f"{what}: linkedServiceName")
    if not isinstance(path, str) or not path.strip("/ "):
        raise invalid_value(f"{what}: filePath", "container/path/file", path)
    service, _ = get_linked_service(context.app.storage, context.workspace_id, name)
    if not isinstance(service, BlobStorage):
        raise invalid_value(f"{what}: linkedServiceName", "a linked service of a storage account", name)
    if service.sas_uri is None:
        return {"ConnectionString": service.connection_string, "RelativeLocation": path}
    address = urlsplit(service.sas_uri)
    base = f"{address.scheme}://{address.netloc}{address.path.rstrip('/')}/"
    return {"BaseLocation": base, "RelativeLocation": path, "SasBlobToken": f"?{address.query}"}


def _slice_path(context: Context, path: str, partitions: tuple[tuple[str, str, str], ...]) -> str:
    for name, variable, pattern in partitions:
        at = (context.window or {}).get(variable.lower())
        if at is None:
            raise invalid_value("partitionedBy", "SliceStart, SliceEnd, WindowStart or WindowEnd", variable)
        path = path.replace(f"{{{name}}}", format_date(at, pattern))
    return path


def _own_endpoint(storage: Storage, service: MachineLearning, host: str) -> Endpoint | None:
    """Return the endpoint of this app that a linked service calls, after checking its key; None if it is elsewhere."""
    match = JOBS.fullmatch(urlsplit(service.endpoint).path)
    if not match or not _is_own(storage, service.endpoint, host):
        return None
    endpoint = get_endpoint(storage, match[1].lower().replace("-", ""), match[2].lower())
    keys = (endpoint.key(storage.secret, 0), endpoint.key(storage.secret, 1))
    check_endpoint_key(keys, f"Bearer {service.api_key}")
    return endpoint


def _own_updated(storage: Storage, service: MachineLearning, host: str) -> Endpoint | None:
    """Return the endpoint of this app that a linked service updates, its key checked; None if it is elsewhere."""
    address = str(service.update_endpoint)
    path = urlsplit(address).path
    if not _is_own(storage, address, host):
        return None
    if match := MANAGED.fullmatch(path):
        workspace = get_workspace(storage, match[1].lower().replace("-", ""))
        endpoint = get_named_endpoint(storage, workspace.id, match[2].lower(), unquote(match[3]))
        check_endpoint_management(storage.secret, workspace, endpoint, f"Bearer {service.api_key}")
        check_takes_models(storage, endpoint)
        return endpoint
    if match := ARM.fullmatch(path):
        workspace = get_workspace(storage, match[1].lower().replace("-", ""))
        _, endpoint = find_arm_service(storage, workspace.id, unquote(match[2]))
        check_endpoint_management(storage.secret, workspace, endpoint, f"Bearer {service.api_key}")
        return endpoint
    raise invalid_value("updateResourceEndpoint", "…/workspaces/{id}/webservices/{id}/endpoints/{name}", path)


def _is_own(storage: Storage, address: str, host: str) -> bool:
    own = {host.lower(), urlsplit(storage.settings.public_url or "").netloc.lower()} - {""}
    return urlsplit(address).netloc.lower() in own


def _call(storage: Storage, service: MachineLearning, method: str, suffix: str, body: Any = None) -> Any:
    """Call the job API of an endpoint elsewhere: `suffix` is appended to the path, and api-version is always 2.0."""
    address = urlsplit(service.endpoint)
    url = f"{address.scheme}://{address.netloc}{address.path.rstrip('/')}{suffix}?api-version=2.0"
    return _http(storage, method, url, service.api_key, body)


def _http(storage: Storage, method: str, url: str, key: str, body: Any = None) -> Any:
    import requests

    try:
        address = parse_address(url)
    except BadAddress as error:
        raise BadArgument("BadParameterValue", f"The mlEndpoint cannot be called: {error}.", "mlEndpoint") from error
    if not is_allowed(address, storage.settings.import_hosts):
        raise BadArgument(
            "BadParameterValue",
            f"Pipelines may not call '{address.netloc}'. An operator of this app can allow the host in "
            "PERENNIAL_IMPORT_HOSTS.",
            "mlEndpoint",
        )
    try:
        response = guarded_session(storage.settings.import_hosts).request(
            method,
            address.url,
            json=body,
            headers={"Authorization": f"Bearer {key}"},
            timeout=TIMEOUT_SECONDS,
            allow_redirects=False,
        )
    except requests.RequestException as error:
        raise GatewayTimeout(
            "BackendScoreTimeout", f"{address.netloc} did not respond: {refusal(error) or type(error).__name__}."
        ) from error
    if response.status_code >= 500:
        raise GatewayTimeout("BackendScoreTimeout", f"{address.netloc} returned status {response.status_code}.")
    if response.status_code >= 300:
        raise BadArgument(
            "BadParameterValue", f"{address.netloc} returned status {response.status_code}: {_message(response)}"
        )
    return response.json() if response.content else None


def _message(response: Any) -> str:
    try:
        error = response.json()["error"]
        details = " ".join(str(item["message"]) for item in error.get("details", []))
        return f"{error['message']} {details}".strip()
    except (ValueError, KeyError, TypeError):
        return str(response.text)[:200]
