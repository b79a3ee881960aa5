"""The messages between host and worker that an invocation needs, with the fields of Microsoft's protobuf messages.

They are plain objects instead of protobuf's, so that a request is not serialised to reach the same process.

References
----------
azure-functions-language-worker-protobuf: FunctionRpc.proto.
"""

import json
from types import SimpleNamespace
from typing import Any

# A message of which nobody asks which of its fields is set. A subclass would take three times as long to make.
Message = SimpleNamespace


class TypedData:
    """A value: one of `string`, `json`, `bytes`, `http` or `model_binding_data`; `kind` names the field that is set."""

    __slots__ = ("TypedData", "bytes", "http", "json", "kind", "model_binding_data", "string")

    def __init__(self, kind: str | None = None, value: Any = None) -> None:
        # The worker asks for this attribute first, and an exception for each value would cost.
        self.TypedData = self
        self.kind = kind
        if kind is not None:
            setattr(self, kind, value)

    def WhichOneof(self, _: str) -> str | None:  # noqa: N802 (protobuf's name)
        """Return the name of the field that is set, as protobuf does."""
        return self.kind

    @property
    def value(self) -> Any:
        """The field that is set; None if there is none."""
        return None if self.kind is None else getattr(self, self.kind)


class ParameterBinding:
    """The value of one parameter."""

    __slots__ = ("data", "name")

    def __init__(self, name: str, data: TypedData) -> None:
        self.name = name
        self.data = data

    def WhichOneof(self, _: str) -> str:  # noqa: N802 (protobuf's name)
        """Return `data`: values never travel through shared memory here."""
        return "data"


# What the worker builds its responses of; those with constants are classes of their own.
PROTOS = SimpleNamespace(
    BindingInfo=type("BindingInfo", (SimpleNamespace,), {"undefined": 0, "inout": 2, "out": 1}),
    StatusResult=type("StatusResult", (SimpleNamespace,), {"Success": 1, "Failure": 0}),
    **dict.fromkeys(
        (
            "FunctionEnvironmentReloadResponse",
            "InvocationResponse",
            "ParameterBinding",
            "RpcException",
            "RpcFunctionMetadata",
            "RpcHttp",
            "RpcRetryOptions",
            "TypedData",
            "WorkerInitResponse",
            "WorkerMetadata",
        ),
        SimpleNamespace,
    ),
)
NO_BODY = TypedData()
NO_RETRY = Message(retry_count=0, max_retry_count=0, exception=None)


def json_data(value: object) -> TypedData:
    """Return a value as JSON."""
    return TypedData("json", json.dumps(value, separators=(",", ":")))


def string_data(value: str) -> TypedData:
    """Return a value as text."""
    return TypedData("string", value)
