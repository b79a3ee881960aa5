"""Reads the definition of a web service that another deployment exported: nothing of it is taken on trust."""

from typing import Any

from studio.errors import BadArgument, StudioError
from studio.graph.contract import PortType
from studio.graph.document import Experiment, parse_experiment
from studio.graph.predictive import saved_models
from studio.graph.saving import check_limits
from studio.graph.secrets import HIDDEN, find_secrets, is_sealed
from studio.registry.definitions import (
    DATASET,
    MODEL,
    PREDICTIVE,
    TRAINING,
    Definition,
    read_definition,
)
from studio.tables.schema import Column, ColumnType
from studio.wire import invalid_value

MAX_NAME = 200
MAX_COLUMNS = 20_000
TYPES = [item.value for item in ColumnType]


def parse_definition(value: Any, target: str) -> Definition:
    """Return the definition in an exported document.

    Parameters
    ----------
    target
        Where it is in the request, for messages.

    Raises
    ------
    BadArgument
        If a part is missing, has another form than an export has, or contradicts the experiment; or if the experiment
        needs secrets, which no export contains.
    """
    value = _object(value, target)
    kind = value.get("kind")
    if kind not in (TRAINING, PREDICTIVE):
        raise invalid_value(f"{target}.kind", f"{TRAINING} or {PREDICTIVE}", kind)
    experiment = _parse(value.get("experiment"), target)
    inputs = [_port(item, f"{target}.inputs") for item in _list(value, "inputs", target)]
    outputs = [_output(item, f"{target}.outputs") for item in _list(value, "outputs", target)]
    parameters = [_parameter(item, f"{target}.parameters") for item in _list(value, "parameters", target)]
    models = [_model(item, f"{target}.models") for item in _list({"models": []} | value, "models", target)]
    found = read_definition(
        {
            "kind": kind,
            "experiment": dict(experiment.document),
            "inputs": inputs,
            "outputs": outputs,
            "parameters": parameters,
            "models": models,
        }
    )
    _check_names(found, experiment, target)
    return found


def _parse(document: Any, target: str) -> Experiment:
    check_limits(document)
    try:
        experiment = parse_experiment(document)
    except StudioError as error:
        raise BadArgument("ModelConfigurationInvalid", f"{target}.experiment: {error.message}", target) from error
    held = [place for place, secret in find_secrets(experiment.document).items() if _is_secret(secret)]
    if held:
        where = "; ".join(f"'{place.name}' of the module '{place.title}'" for place in held)
        raise BadArgument(
            "SecretsMissing",
            f"The web service needs secrets, which an export does not contain: {where}. Give them in the experiment, "
            "save and run it, and publish it here.",
            target,
        )
    return experiment


def _is_secret(value: Any) -> bool:
    # A link without a query holds no secret, and is shown as it is.
    return is_sealed(value) or HIDDEN in str(value)


def _check_names(definition: Definition, experiment: Experiment, target: str) -> None:
    """Check that inputs, outputs, resources and parameters are those of the experiment."""
    _same([item.name for item in definition.inputs], [item.name for item in experiment.inputs], f"{target}.inputs")
    _same([item.name for item in definition.outputs], [item.name for item in experiment.outputs], f"{target}.outputs")
    _check_kinds(definition, experiment, target)
    if definition.models:
        saved = list(dict.fromkeys(saved_models(experiment).values()))
        _same([item.name for item in definition.models], saved, f"{target}.models")
    for parameter in definition.parameters:
        node = experiment.nodes.get(parameter.module)
        if node is None or parameter.property not in {item.name for item in node.module.properties}:
            raise invalid_value(f"{target}.parameters", "a property of the experiment's modules", parameter.property)
    names = {item.name for item in definition.parameters}
    for output in definition.outputs:
        if output.append_parameter is not None and output.append_parameter not in names:
            raise invalid_value(f"{target}.outputs", "a parameter of the web service", output.append_parameter)
        if (
            definition.kind == PREDICTIVE
            and not definition.models
            and (output.kind != DATASET or output.resource is None)
        ):
            raise invalid_value(f"{target}.outputs", "datasets with the scores of a resource", output.name)
    if (
        definition.kind == PREDICTIVE
        and not definition.models
        and (len(definition.inputs) != 1 or not definition.outputs)
    ):
        raise invalid_value(f"{target}.inputs", "one input and at least one output", len(definition.inputs))


def _check_kinds(definition: Definition, experiment: Experiment, target: str) -> None:
    """Check that outputs are models where the experiment's ports are, and that predictive services have none."""
    trained = {
        item.name
        for item in experiment.outputs
        for port in experiment.nodes[item.at.node].module.outputs
        if port.name == item.at.port and port.type is PortType.TRAINED
    }
    for output in definition.outputs:
        expected = MODEL if output.name in trained else DATASET
        if output.kind != expected or (definition.kind == PREDICTIVE and expected == MODEL):
            raise invalid_value(f"{target}.outputs", f"'{output.name}' as a {expected}", output.kind)


def _same(given: list[str], expected: list[str], target: str) -> None:
    if len(set(given)) != len(given) or set(given) != set(expected):
        raise invalid_value(target, "those of the experiment: " + ", ".join(dict.fromkeys(expected)), given)


def _port(value: Any, target: str) -> dict[str, Any]:
    value = _object(value, target)
    return {"name": _name(value.get("name"), target), "columns": _columns(value, target)}


def _output(value: Any, target: str) -> dict[str, Any]:
    kind, append = value.get("kind") if isinstance(value, dict) else None, True
    if kind not in (DATASET, MODEL):
        raise invalid_value(f"{target}.kind", f"{DATASET} or {MODEL}", kind)
    append = value.get("append", True)
    if not isinstance(append, bool):
        raise invalid_value(f"{target}.append", "true or false", append)
    optional = {name: value.get(name) for name in ("resource", "appendParameter")}
    checked = {name: None if item is None else _name(item, f"{target}.{name}") for name, item in optional.items()}
    return _port(value, target) | {"kind": kind, "append": append} | checked


def _parameter(value: Any, target: str) -> dict[str, Any]:
    value = _object(value, target)
    required, default = value.get("required", True), value.get("default")
    if not isinstance(required, bool) or not (default is None or isinstance(default, (str, int, float, bool))):
        raise invalid_value(target, "parameters with a plain default", default)
    names = {name: _name(value.get(name), f"{target}.{name}") for name in ("name", "module", "property")}
    return names | {"default": default, "required": required}


def _model(value: Any, target: str) -> dict[str, Any]:
    value = _object(value, target)
    columns = {name: _columns(value, target, name) for name in ("inputs", "outputs")}
    return {"name": _name(value.get("name"), f"{target}.name")} | columns


def _columns(value: dict[str, Any], target: str, name: str = "columns") -> list[dict[str, Any]]:
    columns = _list(value, name, target)
    if len(columns) > MAX_COLUMNS:
        raise invalid_value(f"{target}.{name}", f"at most {MAX_COLUMNS} columns", len(columns))
    return [_column(item, f"{target}.{name}") for item in columns]


def _column(value: Any, target: str) -> dict[str, Any]:
    value = _object(value, target)
    name, type_ = value.get("name"), value.get("type")
    if not isinstance(name, str) or type_ not in TYPES:
        raise invalid_value(target, "columns with a name and a type: " + ", ".join(TYPES), type_)
    try:
        # Whatever else a column may have is checked where it is read.
        return dict(Column.from_json(value).to_json())
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise invalid_value(target, "columns as an export has them", name) from error


def _object(value: Any, target: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise invalid_value(target, "an object", value)
    return value


def _list(value: dict[str, Any], name: str, target: str) -> list[Any]:
    found = value.get(name)
    if not isinstance(found, list):
        raise invalid_value(f"{target}.{name}", "a list", found)
    return found


def _name(value: Any, target: str) -> str:
    if not isinstance(value, str) or not 0 < len(value.strip()) <= MAX_NAME:
        raise invalid_value(target, f"a name of 1 to {MAX_NAME} characters", value)
    return value
