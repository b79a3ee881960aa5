"""Secrets while a module runs: opened for the call that uses them, and kept out of what it reports."""

import contextlib
from collections.abc import Iterator

from studio.errors import BadArgument
from studio.graph.contract import Call
from studio.graph.secrets import HIDDEN, destination, is_sealed, secret_texts


def open_secret(call: Call, name: str) -> str:
    """Return the value of a secret property; a sealed one opens only for the destination it was given for.

    Raises
    ------
    BadArgument
        If the call, for example through a web service parameter, names another destination.
    """
    item, value = call.module.property(name), call.properties[name]
    assert item is not None
    if not is_sealed(value):
        return str(value)
    return call.environment.open_secret(value["sealed"], name, destination(item, value, call.properties))


def without_secrets(call: Call, text: str) -> str:
    """Return a message of a call with its secrets hidden, longest first."""
    for secret in sorted(_texts(call), key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return text


def _texts(call: Call) -> Iterator[str]:
    for item in call.module.properties:
        if item.sealed_for and call.properties.get(item.name):
            with contextlib.suppress(BadArgument):
                yield from secret_texts(item, open_secret(call, item.name))
