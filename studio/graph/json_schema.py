"""The JSON Schema of experiment documents, generated from the palette."""

import copy
import re
from typing import Any

from studio.graph.contract import Kind, Module, PortType, Property
from studio.graph.document import MAX_DESCRIPTION
from studio.graph.layout import MAX_COMMENT, MAX_COMMENTS
from studio.graph.palette import list_modules
from studio.graph.placeholder import PLACEHOLDER

PLACE = {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}
PORT = {
    "description": "A port: [module title, port name].",
    "type": "array",
    "prefixItems": [{"type": "string"}, {"type": "string"}],
    "minItems": 2,
    "maxItems": 2,
}
COLUMN_RULE = {
    "type": "object",
    "properties": {"ruleType": {"enum": ["AllColumns", "ColumnNames", "ColumnIndexes", "ColumnTypes"]}},
    "required": ["ruleType"],
}
COLUMNS: dict[str, Any] = {
    "description": "Columns: a name, a list of names, or a selection by kind.",
    "anyOf": [
        {"type": "string"},
        {"type": "array", "items": {"type": "string"}},
        {
            "type": "object",
            "properties": {
                "select": {"enum": ["all", "features", "labels", "numeric", "string", "categorical"]},
                "except": {"type": "array", "items": {"type": "string"}},
            },
            "required": ["select"],
            "additionalProperties": False,
        },
        {
            "description": "Rules of the original's column picker, applied in order.",
            "type": "object",
            "properties": {
                "isFilter": {"type": "boolean", "description": "Whether the columns keep the order of the data."},
                "rules": {"type": "array", "items": COLUMN_RULE},
            },
            "required": ["rules"],
            "additionalProperties": False,
        },
    ],
}
PLACEHOLDER_PORTS = {"type": "object", "additionalProperties": {"enum": [item.value for item in PortType]}}
PLACEHOLDER_SCHEMA = {
    "description": "Stands for what does not exist here. It can be saved, but not run.",
    "type": "object",
    "required": ["module", "replaces"],
    "additionalProperties": False,
    "properties": {
        "module": {"const": PLACEHOLDER},
        "properties": {"type": "object", "additionalProperties": {"type": ["string", "number", "null"]}},
        "replaces": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "name": {"type": "string"},
                "id": {"type": "string"},
                "reason": {"type": "string"},
                "inputs": PLACEHOLDER_PORTS,
                "outputs": PLACEHOLDER_PORTS,
            },
        },
    },
}

# The connections and ports of a document, each with what it has besides a name.
PARTS = {
    "Connection": ("connections", ""),
    "WebServiceInput": ("webServiceInputs", "to"),
    "WebServiceOutput": ("webServiceOutputs", "from"),
}


def experiment_schema() -> dict[str, Any]:
    """Return the schema (draft 2020-12): structure, modules, and their properties with bounds and choices.

    A validator that goes on after the first error, as jsonschema's `iter_errors` does, names each with its place.

    Connections are validated when a document is saved: a schema cannot check ports, types and cycles.
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Perennial experiment",
        "type": "object",
        "required": ["modules"],
        "additionalProperties": False,
        "properties": {
            "description": {"type": "string", "maxLength": MAX_DESCRIPTION},
            "modules": {
                "description": "Modules by title.",
                "type": "object",
                "minProperties": 1,
                "additionalProperties": _any_module(),
            },
            "layout": {
                "description": "Where modules stand on a canvas: [x, y] by title.",
                "type": "object",
                "additionalProperties": PLACE,
            },
            "comments": {
                "description": "Texts on the canvas.",
                "type": "array",
                "maxItems": MAX_COMMENTS,
                "items": {
                    "type": "object",
                    "required": ["text", "at"],
                    "additionalProperties": False,
                    "properties": {
                        "text": {"type": "string", "maxLength": MAX_COMMENT},
                        "at": PLACE,
                        "size": PLACE,
                    },
                },
            },
            "connections": {"type": "array", "items": _object({"from": PORT, "to": PORT})},
            "webServiceInputs": {"type": "array", "items": _object({"name": {"type": "string"}, "to": PORT})},
            "webServiceOutputs": {
                "type": "array",
                "items": _object({"name": {"type": "string"}, "from": PORT}),
            },
            "webServiceParameters": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "name": {"type": "string"},
                        "module": {"type": "string"},
                        "property": {"type": "string"},
                        "default": {},
                    },
                    "required": ["name", "module", "property"],
                    "additionalProperties": False,
                },
            },
        },
    }


def experiment_components() -> dict[str, Any]:
    """Return the same schema for an OpenAPI document: named parts, of which generators of clients make types.

    A module of an experiment is one of many types there, which the value of `module` tells apart; each has its own
    properties.
    """
    names = {module.name: _type_name(module.name) for module in list_modules()}
    modules: dict[str, Any] = {}
    for module in list_modules():
        schema = module_schema(module)
        properties = schema["properties"]["properties"]
        for item in module.properties:
            if item.kind is Kind.COLUMNS:
                kept = {name: properties["properties"][item.name].get(name) for name in ("default", "description")}
                given = {name: value for name, value in kept.items() if value is not None}
                properties["properties"][item.name] = {"$ref": _ref("ColumnSelection")} | given
        modules[f"{names[module.name]}Properties"] = properties
        schema["properties"]["properties"] = {"$ref": _ref(f"{names[module.name]}Properties")}
        modules[names[module.name]] = schema
    names[PLACEHOLDER] = _type_name(PLACEHOLDER)
    modules[names[PLACEHOLDER]] = PLACEHOLDER_SCHEMA
    selection = copy.deepcopy(COLUMNS)
    selection["anyOf"][-1]["properties"]["rules"]["items"] = {"$ref": _ref("ColumnRule")}
    document = experiment_schema()
    # Generators would name the type after the title.
    del document["$schema"], document["title"]
    document["description"] = "An experiment. /schemas/experiment.json has the same for JSON Schema validators."
    document["properties"]["modules"]["additionalProperties"] = {"$ref": _ref("ExperimentModule")}
    for name, (part, side) in PARTS.items():
        document["properties"][part]["items"] = {"$ref": _ref(name)}
        modules[name] = _object({"from": {"$ref": _ref("Port")}, "to": {"$ref": _ref("Port")}})
        if side:
            modules[name] = _object({"name": {"type": "string"}, side: {"$ref": _ref("Port")}})
    return {
        "ExperimentDocument": document,
        "ExperimentModule": {
            "oneOf": [{"$ref": _ref(name)} for name in names.values()],
            "discriminator": {
                "propertyName": "module",
                "mapping": {name: _ref(type_) for name, type_ in names.items()},
            },
        },
        "ColumnSelection": selection,
        "ColumnRule": COLUMN_RULE,
        "Port": PORT,
        **modules,
    }


def _type_name(name: str) -> str:
    """Return the name of a module's type, such as `SplitDataModule`."""
    return "".join(word[:1].upper() + word[1:] for word in re.findall(r"[A-Za-z0-9]+", name)) + "Module"


def _ref(name: str) -> str:
    return f"#/components/schemas/{name}"


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _any_module() -> dict[str, Any]:
    """Return the schema of a module of the experiment.

    The name decides which of the schemas applies. With `oneOf`, a validator would only say that none of them does.
    """
    schemas = {module.name: module_schema(module) for module in list_modules()} | {PLACEHOLDER: PLACEHOLDER_SCHEMA}
    return {
        "type": "object",
        "required": ["module"],
        "properties": {"module": {"enum": [*schemas]}, "properties": {"type": "object"}},
        "allOf": [
            {"if": {"properties": {"module": {"const": name}}, "required": ["module"]}, "then": schema}
            for name, schema in schemas.items()
        ],
    }


def module_schema(module: Module) -> dict[str, Any]:
    """Return the schema of one module of the palette in an experiment: its name and properties."""
    ports = "; ".join(
        f"{side}: {', '.join(port.name for port in ports) or 'none'}"
        for side, ports in (("inputs", module.inputs), ("outputs", module.outputs))
    )
    return {
        "type": "object",
        "description": f"Ports: {ports}.",
        "required": ["module"],
        "additionalProperties": False,
        "properties": {
            "module": {"const": module.name},
            "properties": {
                "type": "object",
                "additionalProperties": module.named is not None,
                "properties": {item.name: _property_schema(item) for item in module.properties},
            },
        },
    }


def _property_schema(item: Property) -> dict[str, Any]:
    schema: dict[str, Any] = {}
    match item.kind:
        case Kind.COLUMNS:
            schema = dict(COLUMNS)
        case Kind.CHOICE:
            schema["enum"] = list(item.choices)
        case Kind.TEXT:
            schema["type"] = ["string", "number"]
        case Kind.BOOLEAN:
            schema["type"] = "boolean"
        case Kind.INTEGER | Kind.NUMBER:
            schema = {"type": item.kind.value} | _bounds(item)
        case Kind.ESTIMATOR:
            schema["type"] = ["string", "object"]
        case Kind.RANGE:
            numbers = {"type": "array", "items": {"type": "number"} | _bounds(item), "minItems": 1}
            schema["anyOf"] = [{"type": "string", "description": "Numbers to try: `1; 10; 50`."}, numbers]
    if item.default is not None:
        schema["default"] = list(item.default) if item.kind is Kind.RANGE else item.default
    if item.when is not None:
        schema["description"] = f"Applies when '{item.when[0]}' is {' or '.join(map(str, item.when[1]))}."
    return schema


def _bounds(item: Property) -> dict[str, Any]:
    bounds = {"minimum": item.minimum, "maximum": item.maximum, "exclusiveMinimum": item.above}
    return {name: value for name, value in bounds.items() if value is not None}
