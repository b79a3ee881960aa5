"""Imports one model from elsewhere, in a process of its own (converter.py), which this limits before it reads the file.

It sees nothing of the app's environment and opens no file once the model is in it. What it answers is a trained model
file, which the app proves like every other file from outside.
"""

import json
import os
import resource
import socket
from typing import Any

from studio.errors import BadArgument, StudioError
from studio.model.container import ModelFile, write_model_file
from studio.model.foreign.importing import import_graph, library_versions
from studio.model.foreign.request import ImportRequest, parse_request
from studio.model.proof import (
    MEMORY_FACTOR,
    MEMORY_FLOOR,
    allowed_seconds,
    limit,
    limit_process,
    needs_memory,
    warm_up,
)

ZIP = b"PK\x03\x04"


def main(descriptor: int) -> None:
    """Import the one model that comes over a socket, answer with a line of JSON and the file, and end."""
    # numpy loads this when sets are compared, which the checks of a graph do.
    import numpy.ma  # noqa: F401

    warm_up()
    library_versions()
    with socket.socket(fileno=descriptor) as line:
        with line.makefile("rb") as given:
            head = given.readline(1024)
            if not head:
                return
            sizes = json.loads(head)
            request = json.loads(given.read(sizes["request"]))
            content = given.read(sizes["size"])
        found, file = answer(content, request)
        line.sendall(json.dumps(found).encode() + b"\n" + file)
    # The app waits for the answer only; what the model left behind need not be tidied.
    os._exit(0)


def answer(content: bytes, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Return what was found out about a model and its file, or what is wrong with it and nothing."""
    error: StudioError
    try:
        file, found = _import(content, request["name"], request["body"])
        return found, write_model_file(file)
    except StudioError as refused:
        error = refused
    except Exception as raised:
        if isinstance(raised, MemoryError) or "alloc" in str(raised).lower():
            error = needs_memory()
        else:
            text = f"The model cannot be imported: it is malformed ({type(raised).__name__})."
            error = BadArgument("InvalidBlob", text)
    return {"error": type(error).__name__, "code": error.details[0].code, "message": error.message}, b""


def _import(content: bytes, name: str, body: dict[str, Any]) -> tuple[ModelFile, dict[str, Any]]:
    request = parse_request(body)
    if content.startswith(ZIP):
        return _import_estimator(content, name, request)
    limit_process(MEMORY_FLOOR + MEMORY_FACTOR * len(content), allowed_seconds(len(content), 1))
    limit(resource.RLIMIT_NOFILE, 0)
    return import_graph(content, name, request)


def _import_estimator(content: bytes, name: str, request: ImportRequest) -> tuple[ModelFile, dict[str, Any]]:
    # scikit-learn takes memory and files itself, which are not the model's.
    from studio.model.foreign.estimators import import_estimator, load_estimator, load_libraries

    load_libraries()
    limit_process(MEMORY_FLOOR + MEMORY_FACTOR * len(content), allowed_seconds(len(content), 1))
    estimator = load_estimator(content, request)
    limit(resource.RLIMIT_NOFILE, 0)
    return import_estimator(estimator, content, name, request)
