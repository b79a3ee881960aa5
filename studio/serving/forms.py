"""What a page needs to ask for a row: the columns an endpoint takes, with their values and ranges, and its parameters.

Ranges and typical values are those of the training rows, as the model file says (studio/model/profile.py); older files
say nothing of them. The golden rows of a file are rows of the training data, so they are shown to those only who may
see that data: who has the workspace's token, not who has an endpoint's key.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from studio.graph.document import parse_experiment
from studio.graph.secrets import shown_default
from studio.model.container import ModelFile
from studio.model.profile import KEEPING
from studio.registry.definitions import Definition, ServiceInput, ServiceOutput, ServiceParameter, get_definition
from studio.registry.endpoints import Endpoint
from studio.registry.web_services import get_web_service
from studio.serving.app import App
from studio.serving.scorer_file import browser_problem
from studio.tables.schema import Cell, Column, ColumnType

# A page offers so many values of a column to choose from; users and items of a recommender are more.
MAX_VALUES, MAX_SAMPLES, MAX_CELL = 300, 8, 1000
KINDS = {
    ColumnType.BOOLEAN: "boolean",
    ColumnType.INT32: "integer",
    ColumnType.INT64: "integer",
    ColumnType.DOUBLE: "number",
    ColumnType.DATETIME: "time",
    ColumnType.STRING: "text",
}


@dataclass(frozen=True, slots=True)
class _Known:
    """What an endpoint's models know of the columns they take, by name."""

    used: frozenset[str] = frozenset()
    profile: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def form_object(app: App, endpoint: Endpoint, *, shows_rows: bool) -> dict[str, Any]:
    """Return the form of an endpoint as the API shows it.

    Parameters
    ----------
    shows_rows
        Whether the caller may see rows of the training data.
    """
    definition = get_definition(app.storage, endpoint.definition)
    service = get_web_service(app.storage, endpoint.workspace_id, endpoint.service_id)
    files = {item.name: app.models.get(item.model).file for item in endpoint.resources}
    known = _known([*files.values()])
    return {
        "WebService": service.name,
        "Endpoint": endpoint.name,
        "Kind": definition.kind,
        "Ranges": bool(known.profile),
        "Inputs": [_input_object(item, known, files, shows_rows=shows_rows) for item in definition.inputs],
        "Parameters": list(_parameter_objects(definition)),
        "Outputs": [_output_object(item) for item in definition.outputs],
        "Models": [
            _model_object(item.name, item.version, item.model, files[item.name], definition, shows_rows=shows_rows)
            for item in endpoint.resources
        ],
    }


def _known(files: list[ModelFile]) -> _Known:
    """Return what the models know of columns; of two that take a column of one name, the first counts."""
    profile: dict[str, dict[str, Any]] = {}
    values: dict[str, tuple[str, ...]] = {}
    for file in files:
        for item in file.manifest.profile:
            profile.setdefault(str(item.get("name")), item)
        for slot in file.encoder.slots:
            plan = file.encoder.plans[slot.plan]
            if slot.feature.categories is not None and all(isinstance(step, KEEPING) for step in plan.steps):
                values.setdefault(plan.source.name, slot.feature.categories)
    used = frozenset(column.name for file in files for column in file.encoder.sources)
    return _Known(used, profile, values)


def _input_object(
    item: ServiceInput, known: _Known, files: Mapping[str, ModelFile], *, shows_rows: bool
) -> dict[str, Any]:
    columns = [_column_object(column, known) for column in item.columns]
    names = {column.name for column in item.columns}
    return {
        "Name": item.name,
        "Columns": columns,
        "Typical": {column["Name"]: column["Typical"] for column in columns},
        "Samples": _samples(names, files) if shows_rows else [],
    }


def _column_object(column: Column, known: _Known) -> dict[str, Any]:
    described, values = known.profile.get(column.name, {}), known.values.get(column.name, ())
    typical = _cell(described.get("typical"))
    return {
        "Name": column.name,
        "Type": column.type.value,
        "Kind": "category" if values else KINDS[column.type],
        "Used": column.name in known.used,
        "Values": list(values[:MAX_VALUES]),
        "ValueCount": len(values),
        "Minimum": _cell(described.get("minimum")),
        "Maximum": _cell(described.get("maximum")),
        "Typical": typical if typical is not None else next(iter(values), None),
        "Format": column.format.describe() if column.format and column.format.rewrites else None,
    }


def _cell(value: Any) -> Cell:
    """Return a value of a profile if it is a cell; a file from outside may hold anything there."""
    return value if isinstance(value, (str, int, float)) and len(str(value)) <= MAX_CELL else None


def _samples(names: set[str], files: Mapping[str, ModelFile]) -> list[dict[str, Any]]:
    """Return the golden rows of the first model that takes its columns from this input."""
    for file in files.values():
        columns = [column.name for column in file.encoder.sources]
        if names.issuperset(columns):
            return [dict(zip(columns, row.cells, strict=True)) for row in file.golden[:MAX_SAMPLES]]
    return []


def _parameter_objects(definition: Definition) -> Iterator[dict[str, Any]]:
    if not definition.parameters:
        return
    experiment = parse_experiment(definition.experiment)
    for item in definition.parameters:
        yield _parameter_object(item, experiment.nodes[item.module].module.property(item.property), definition)


def _parameter_object(item: ServiceParameter, described: Any, definition: Definition) -> dict[str, Any]:
    return {
        "Name": item.name,
        "Module": item.module,
        "Property": item.property,
        "Kind": described.kind.value if described else "text",
        "Required": item.required,
        "Default": shown_default(definition.experiment, item.module, item.property, item.default),
        "Minimum": described.minimum if described else None,
        "Maximum": described.maximum if described else None,
        "Choices": list(described.choices) if described else [],
    }


def _output_object(item: ServiceOutput) -> dict[str, Any]:
    return {
        "Name": item.name,
        "Kind": item.kind,
        "Resource": item.resource,
        "Columns": [{"Name": column.name, "Type": column.type.value} for column in item.columns],
        "Append": item.append,
        "AppendParameter": item.append_parameter,
    }


def _model_object(
    name: str, version: int | None, digest: str, file: ModelFile, definition: Definition, *, shows_rows: bool
) -> dict[str, Any]:
    manifest = file.manifest
    problem = browser_problem(file, definition, shows_rows=shows_rows)
    return {
        "Name": name,
        "Version": version,
        "Model": digest,
        "Task": manifest.task,
        "Label": manifest.label.name or None,
        "Labels": list(manifest.labels),
        "Runtime": manifest.runtime,
        "InBrowser": problem is None,
        "WhyNot": problem,
    }
