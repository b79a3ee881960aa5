"""A web service as a document that another deployment can import: definitions and endpoints, without keys and secrets.

{"Name", "Description", "Kind", "Experiment", "Definitions": {hash: definition}, "Endpoints": [{"Name", the settings,
"Definition": hash, "Resources": [{"Name", "Model": hash of the file, "Version"}]}]}. Model files are not in it.
"""

from typing import Any

from studio.graph.secrets import hide_secrets, shown_default
from studio.monitoring.settings import prediction_log_object
from studio.registry.definitions import definition_document, get_definition
from studio.registry.endpoints import Endpoint, list_endpoints
from studio.registry.web_services import WebService
from studio.storage.account import Storage


def service_document(storage: Storage, service: WebService) -> dict[str, Any]:
    """Return a web service with all its endpoints, the default one first."""
    found = list_endpoints(storage, service.workspace_id, service.id)
    endpoints = sorted(found, key=lambda item: (not item.is_default, item.name))
    used = dict.fromkeys(item.definition for item in endpoints)
    return {
        "Name": service.name,
        "Description": service.description,
        "Kind": service.kind,
        "Experiment": service.experiment,
        "Definitions": {digest: _shown_definition(storage, digest) for digest in used},
        "Endpoints": [_endpoint(item) for item in endpoints],
    }


def _endpoint(endpoint: Endpoint) -> dict[str, Any]:
    return {
        "Name": endpoint.name,
        "Description": endpoint.description,
        "ThrottleLevel": endpoint.throttle_level,
        "MaxConcurrentCalls": endpoint.max_concurrent_calls,
        "DiagnosticsTraceLevel": endpoint.diagnostics_level,
        "PreventUpdate": endpoint.prevent_update,
        "PredictionLog": prediction_log_object(endpoint.prediction_log) if endpoint.prediction_log else None,
        "Definition": endpoint.definition,
        "Resources": [{"Name": item.name, "Model": item.model, "Version": item.version} for item in endpoint.resources],
    }


def _shown_definition(storage: Storage, digest: str) -> dict[str, Any]:
    document = definition_document(get_definition(storage, digest))
    experiment = document["experiment"]
    parameters = [
        item | {"default": shown_default(experiment, item["module"], item["property"], item["default"])}
        for item in document["parameters"]
    ]
    return document | {"experiment": hide_secrets(experiment), "parameters": parameters}
