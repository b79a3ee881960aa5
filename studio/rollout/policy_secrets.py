"""Secrets among the parameters of a retraining policy: sealed, shown and kept as those of experiments are.

A web service parameter may set a secret property of the training experiment, such as an account key. The parameters of
a policy are treated as if they were the defaults of the training service's own (studio/graph/secrets.py).
"""

from collections.abc import Mapping
from typing import Any

from studio.experiments.experiments import seal_document
from studio.graph.secrets import find_secrets, hide_secrets, is_sealed, keep_secrets, without_properties
from studio.registry.definitions import Definition
from studio.storage.account import Storage

Values = Mapping[str, Any]


def seal_parameters(
    storage: Storage, workspace_id: str, definition: Definition, given: Values, before: Values
) -> dict[str, Any]:
    """Return a policy's parameters with secrets sealed, and kept from the earlier ones where `***` was put back.

    Raises
    ------
    BadArgument
        If there is nothing to keep for the same parameter and destination.
    """
    stored = find_secrets(_document(definition, before))
    kept = keep_secrets(_document(definition, given), stored.get)
    return dict(given) | _values(seal_document(storage, workspace_id, kept), given)


def show_parameters(definition: Definition, stored: Values) -> dict[str, Any]:
    """Return a policy's parameters with secrets hidden."""
    return dict(stored) | _values(hide_secrets(_document(definition, stored)), stored)


def _document(definition: Definition, values: Values) -> dict[str, Any]:
    """Return the training experiment with the values as its parameters' defaults, and no other secrets."""
    parameters = []
    for item in definition.parameters:
        default = None if is_sealed(item.default) else item.default
        value = values.get(item.name, default)
        parameters.append({"name": item.name, "module": item.module, "property": item.property, "default": value})
    return without_properties(definition.experiment) | {"webServiceParameters": parameters}


def _values(document: Mapping[str, Any], names: Values) -> dict[str, Any]:
    return {item["name"]: item["default"] for item in document["webServiceParameters"] if item["name"] in names}
