"""What publishing an experiment would do, without doing it: the derived experiment, and what changes for whom."""

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

from studio.errors import InvalidOperation
from studio.experiments.experiments import SavedExperiment
from studio.graph.document import Experiment
from studio.graph.predictive import derive_predictive
from studio.graph.secrets import hide_secrets, shown_default
from studio.registry.definitions import PREDICTIVE, Definition, definition_digest, get_definition
from studio.registry.endpoints import Endpoint, list_endpoints
from studio.registry.web_services import WebService, find_published
from studio.rollout.drawn import is_drawn
from studio.rollout.publish import check_kind, define_service, read_sealed, service_name
from studio.storage.account import Storage
from studio.tables.schema import Column

MAX_ENDPOINTS = 1000


def preview_publication(storage: Storage, saved: SavedExperiment, kind: str) -> dict[str, Any]:
    """Return what publishing an experiment as a web service of a kind would do; nothing is changed.

    Raises
    ------
    BadArgument
        If the experiment cannot be published as a service of this kind.
    """
    check_kind(kind)
    experiment = read_sealed(storage, saved)
    try:
        definition, models, _ = define_service(storage, saved, experiment, kind)
        problem = None
    except InvalidOperation as error:
        definition, models, problem = None, {}, error.message
    derived = definition.experiment if definition else _derived(saved, experiment, kind)
    service = find_published(storage, saved.workspace_id, saved.key, kind)
    return {
        "Kind": kind,
        "Name": service_name(saved.name, kind),
        "Ready": problem is None,
        "Problem": problem,
        "Document": hide_secrets(derived),
        **_modules(experiment, derived),
        "Inputs": _inputs(definition, derived),
        "Outputs": _outputs(definition, derived),
        "Parameters": _parameters(definition, derived),
        "Models": [{"Name": name, "Metrics": item["metrics"]} for name, item in models.items()],
        "Service": _service(storage, service, definition) if service else None,
    }


def _derived(saved: SavedExperiment, experiment: Experiment, kind: str) -> Mapping[str, Any]:
    if kind != PREDICTIVE or is_drawn(experiment):
        return experiment.document
    return derive_predictive(experiment, saved.model_name)


def _modules(experiment: Experiment, derived: Mapping[str, Any]) -> dict[str, Any]:
    before = {title: node.module.name for title, node in experiment.nodes.items()}
    after = {title: item["module"] for title, item in derived["modules"].items()}

    def listed(titles: Iterable[str], names: Mapping[str, str]) -> list[dict[str, str]]:
        return [{"Title": title, "Module": names[title]} for title in titles]

    return {
        "Kept": listed((title for title in before if title in after), before),
        "Removed": listed((title for title in before if title not in after), before),
        "Added": listed((title for title in after if title not in before), after),
    }


def _inputs(definition: Definition | None, derived: Mapping[str, Any]) -> list[dict[str, Any]]:
    if definition is None:
        names = dict.fromkeys(str(item["name"]) for item in derived.get("webServiceInputs") or ())
        return [{"Name": name, "Columns": []} for name in names]
    return [{"Name": item.name, "Columns": _columns(item.columns)} for item in definition.inputs]


def _outputs(definition: Definition | None, derived: Mapping[str, Any]) -> list[dict[str, Any]]:
    if definition is None:
        names = [str(item["name"]) for item in derived.get("webServiceOutputs") or ()]
        return [{"Name": name, "Kind": None, "Model": None, "Columns": []} for name in names]
    return [
        {"Name": item.name, "Kind": item.kind, "Model": item.resource, "Columns": _columns(item.columns)}
        for item in definition.outputs
    ]


def _parameters(definition: Definition | None, derived: Mapping[str, Any]) -> list[dict[str, Any]]:
    if definition is None:
        names = [str(item["name"]) for item in derived.get("webServiceParameters") or ()]
        return [{"Name": name, "Required": None, "Default": None} for name in names]
    return [
        {
            "Name": item.name,
            "Required": item.required,
            "Default": shown_default(definition.experiment, item.module, item.property, item.default),
        }
        for item in definition.parameters
    ]


def _columns(columns: Iterable[Column]) -> list[dict[str, str]]:
    return [{"name": column.name, "type": column.type.value} for column in columns]


def _service(storage: Storage, service: WebService, definition: Definition | None) -> dict[str, Any]:
    endpoints = list(islice(list_endpoints(storage, service.workspace_id, service.id), MAX_ENDPOINTS))
    default = next((item for item in endpoints if item.is_default), None)
    changes = []
    if definition is not None and default is not None:
        changes = _changes(get_definition(storage, default.definition), definition)
    digest = definition_digest(definition) if definition else ""
    shown = [{"Name": item.name, "Effect": _effect(item, digest)} for item in endpoints]
    return {"Id": service.id, "Name": service.name, "Changes": changes, "Endpoints": shown}


def _effect(endpoint: Endpoint, digest: str) -> str:
    """Return what publishing again would do to an endpoint, and what has to be done for more."""
    if endpoint.is_default:
        same = endpoint.definition == digest
        return "keeps its definition and gets the models of the run" if same else "is updated"
    if endpoint.definition == digest:
        return "stays as it is"
    if endpoint.prevent_update:
        return "stays as it is: it has PreventUpdate set"
    return "stays as it is until it is refreshed"


def _changes(before: Definition, after: Definition) -> list[str]:
    """Return in words what callers of the default endpoint would notice."""
    found = []
    for what, old, new in (
        ("input", before.inputs, after.inputs),
        ("output", before.outputs, after.outputs),
    ):
        olds = {item.name: {column.name: column.type.value for column in item.columns} for item in old}
        news = {item.name: {column.name: column.type.value for column in item.columns} for item in new}
        found += [f"The {what} '{name}' is removed." for name in olds if name not in news]
        found += [f"The {what} '{name}' is added." for name in news if name not in olds]
        for name in (name for name in olds if name in news):
            found += _changed_columns(f"{what} '{name}'", olds[name], news[name])
    olds_, news_ = ({item.name: item for item in side.parameters} for side in (before, after))
    found += [f"The parameter '{name}' is removed." for name in olds_ if name not in news_]
    found += [
        f"The {'required ' if item.required else ''}parameter '{name}' is added."
        for name, item in news_.items()
        if name not in olds_
    ]
    return found


def _changed_columns(where: str, old: Mapping[str, str], new: Mapping[str, str]) -> list[str]:
    found = [f"The {where} no longer has the column '{name}'." for name in old if name not in new]
    found += [f"The {where} has the new column '{name}' ({type_})." for name, type_ in new.items() if name not in old]
    return found + [
        f"The column '{name}' of the {where} is {new[name]} instead of {type_}."
        for name, type_ in old.items()
        if name in new and new[name] != type_
    ]
