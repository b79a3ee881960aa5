"""Definitions: what a web service does, frozen when it is published; endpoints refer to a definition by its hash.

Stored as documents (storage/documents.py). A *training* definition runs an experiment in batch; a *predictive* one
scores rows with trained models: each output holds the scores of one, or, if the definition has `models`, the
experiment's modules are run to get the outputs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from studio.errors import BadArgument
from studio.storage.account import Storage
from studio.storage.documents import document_digest, get_document, put_document
from studio.tables.schema import Column, read_boolean
from studio.tables.typed_files import READABLE

TRAINING, PREDICTIVE = "training", "predictive"
DATASET, MODEL = "dataset", "model"
EXTENSIONS = {DATASET: (".csv", ".tsv", ".arff"), MODEL: (".ilearner",)}
# What callers send may also be of other kinds, or packed.
INPUT_EXTENSIONS = (*READABLE, ".gz", ".zip")


@dataclass(frozen=True, slots=True)
class ServiceInput:
    """A web service input: its name and the columns it accepts."""

    name: str
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class ServiceOutput:
    """A web service output: its name, whether it is a dataset or a trained model, and its columns.

    `resource` names the trained model that the output is, or whose scores a dataset contains. `append` says whether a
    dataset contains the input's columns before the scores; if there is an `append_parameter`, that web service
    parameter says so instead.
    """

    name: str
    kind: str
    columns: tuple[Column, ...] = ()
    resource: str | None = None
    append: bool = True
    append_parameter: str | None = None

    def appends(self, parameters: Mapping[str, Any]) -> bool:
        """Return whether the output contains the input's columns, given the parameter values of a call.

        Raises
        ------
        BadArgument
            UserParameterInvalid if the parameter's value is neither true nor false.
        """
        if self.append_parameter is None:
            return self.append
        value = parameters[self.append_parameter]
        try:
            chosen = read_boolean(value)
        except ValueError:
            chosen = None
        if chosen is None:
            raise BadArgument(
                "UserParameterInvalid",
                f"The parameter '{self.append_parameter}' must be True or False, got {value!r}.",
                self.append_parameter,
            )
        return chosen


@dataclass(frozen=True, slots=True)
class ServiceParameter:
    """A web service parameter: a module property that callers set; if `required`, they must set it."""

    name: str
    module: str
    property: str
    default: Any = None
    required: bool = True


@dataclass(frozen=True, slots=True)
class ServiceModel:
    """A trained model that the experiment's modules use: its resource name, and the columns it takes and appends."""

    name: str
    inputs: tuple[Column, ...]
    outputs: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Definition:
    """A published experiment; with `models`, a predictive one whose modules are run."""

    kind: str
    experiment: dict[str, Any]
    inputs: tuple[ServiceInput, ...]
    outputs: tuple[ServiceOutput, ...]
    parameters: tuple[ServiceParameter, ...]
    models: tuple[ServiceModel, ...] = ()

    @property
    def resources(self) -> tuple[str, ...]:
        """The names of the trained models that UpdateResource can replace, in the order of the outputs."""
        if self.kind == TRAINING:
            return ()
        if self.models:
            return tuple(model.name for model in self.models)
        return tuple(dict.fromkeys(output.resource for output in self.outputs if output.resource))

    def appended(self, resource: str, n_columns: int) -> tuple[Column, ...]:
        """Return the columns that the trained model of this name must append; it appends `n_columns`."""
        for model in self.models:
            if model.name == resource:
                return model.outputs
        return next(output.columns for output in self.outputs if output.resource == resource)[-n_columns:]

    def offered(self, resource: str) -> tuple[Column, ...]:
        """Return the columns that the trained model of this name may take; of two of one name, the last counts."""
        own = next((model.inputs for model in self.models if model.name == resource), ())
        return (*(column for item in self.inputs for column in item.columns), *own)


def put_definition(storage: Storage, definition: Definition) -> str:
    """Store a definition and return its hash."""
    return put_document(storage, definition_document(definition))


def definition_digest(definition: Definition) -> str:
    """Return the hash under which a definition is stored, or would be."""
    return document_digest(definition_document(definition))


def definition_document(definition: Definition) -> dict[str, Any]:
    """Return a definition as it is stored; without models it has no `models`, so that older ones keep their hash."""
    return {
        "kind": definition.kind,
        "experiment": definition.experiment,
        "inputs": [
            {"name": item.name, "columns": [column.to_json() for column in item.columns]} for item in definition.inputs
        ],
        "outputs": [
            {
                "name": item.name,
                "kind": item.kind,
                "columns": [column.to_json() for column in item.columns],
                "resource": item.resource,
                "append": item.append,
                "appendParameter": item.append_parameter,
            }
            for item in definition.outputs
        ],
        "parameters": [
            {
                "name": item.name,
                "module": item.module,
                "property": item.property,
                "default": item.default,
                "required": item.required,
            }
            for item in definition.parameters
        ],
    } | ({"models": [_model_to_json(item) for item in definition.models]} if definition.models else {})


def _model_to_json(model: ServiceModel) -> dict[str, Any]:
    return {
        "name": model.name,
        "inputs": [column.to_json() for column in model.inputs],
        "outputs": [column.to_json() for column in model.outputs],
    }


def get_definition(storage: Storage, digest: str) -> Definition:
    """Return a stored definition, given its hash."""
    return read_definition(get_document(storage, digest))


def read_definition(document: dict[str, Any]) -> Definition:
    """Return the definition in a stored document."""
    return Definition(
        document["kind"],
        document["experiment"],
        tuple(ServiceInput(item["name"], _columns(item)) for item in document["inputs"]),
        tuple(
            ServiceOutput(
                item["name"],
                item["kind"],
                _columns(item),
                item["resource"],
                item["append"],
                item.get("appendParameter"),
            )
            for item in document["outputs"]
        ),
        tuple(ServiceParameter(**item) for item in document["parameters"]),
        tuple(
            ServiceModel(item["name"], _columns(item, "inputs"), _columns(item, "outputs"))
            for item in document.get("models", ())
        ),
    )


def _columns(item: dict[str, Any], name: str = "columns") -> tuple[Column, ...]:
    return tuple(Column.from_json(column) for column in item[name])


def check_parameters(parameters: Sequence[ServiceParameter], given: Any) -> dict[str, Any]:
    """Return a request's GlobalParameters with defaults filled in; BadArgument if any is unknown or missing."""
    if given is not None and not isinstance(given, dict):
        raise BadArgument("RequestBodyInvalid", "GlobalParameters must be an object.", "GlobalParameters")
    given = given or {}
    known = {parameter.name for parameter in parameters}
    for name in given:
        if name not in known:
            allowed = f"Accepted: {', '.join(sorted(known))}." if known else "It has no parameters."
            raise BadArgument("UnexpectedParameter", f"The service has no parameter '{name}'. {allowed}", name)
    for parameter in parameters:
        if parameter.required and parameter.name not in given:
            raise BadArgument(
                "MissingRequiredGlobalParameters",
                f"The parameter '{parameter.name}' is required.",
                parameter.name,
            )
    return {parameter.name: _value(parameter, given) for parameter in parameters}


def _value(parameter: ServiceParameter, given: dict[str, Any]) -> Any:
    value, default = given.get(parameter.name, parameter.default), parameter.default
    # The default may be a secret, which is stored sealed and shown as `***`: sent back, it means the default.
    return default if isinstance(default, dict) and value == default.get("shown") else value
