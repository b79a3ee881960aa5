"""One worker: Microsoft's Python runtime with function_app.py indexed, and a way to run its functions."""

import json
import random
import sys
import uuid
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from azure_functions_runtime import handle_event
from azure_functions_runtime.bindings.datumdef import Datum
from azure_functions_runtime.native_invocation import invocation_request_native
from azure_functions_runtime.utils.threadpool import start_threadpool_executor

TRIGGERS = ("httpTrigger", "queueTrigger", "blobTrigger", "timerTrigger")


class FunctionFailed(Exception):
    """A function raised an exception; the message is its text, followed by the traceback."""


class _Record(SimpleNamespace):
    """Stands in for the plain protobuf messages that the runtime builds for the .NET host."""


def _record_class(name: str, **constants: object) -> type[_Record]:
    return type(name, (_Record,), constants)


PROTOS = SimpleNamespace(
    BindingInfo=_record_class("BindingInfo", undefined=0, inout=2, out=1),
    StatusResult=_record_class("StatusResult", Success=1, Failure=0),
    RpcFunctionMetadata=_record_class("RpcFunctionMetadata"),
    RpcRetryOptions=_record_class("RpcRetryOptions"),
    RpcException=_record_class("RpcException"),
    WorkerInitResponse=_record_class("WorkerInitResponse"),
    WorkerMetadata=_record_class("WorkerMetadata"),
)


@dataclass(frozen=True, slots=True)
class Function:
    """One indexed function: its name, its id in the runtime and its trigger binding, as parsed JSON."""

    name: str
    id: str
    trigger: dict[str, Any]

    @property
    def kind(self) -> str:
        """`httpTrigger`, `queueTrigger`, `blobTrigger` or `timerTrigger`."""
        return str(self.trigger["type"])

    async def run(self, value: Datum, metadata: dict[str, Datum] | None = None) -> Datum | None:
        """Run the function on a trigger value and return what it returned, if anything.

        Raises FunctionFailed if the function raises.
        """
        inputs = [(self.trigger["name"], value)]
        ok, returned, _, error, trace = await invocation_request_native(
            str(uuid.UUID(int=random.getrandbits(128), version=4)), self.id, inputs, metadata or {}
        )
        if not ok:
            raise FunctionFailed(f"{self.name}: {error}\n{trace}")
        return returned


async def load_functions(app_directory: Path) -> list[Function]:
    """Index the app's function_app.py under Microsoft's runtime; raises FunctionFailed with the runtime's message."""
    if str(app_directory) not in sys.path:
        sys.path.insert(0, str(app_directory))
    start_threadpool_executor()
    request = SimpleNamespace(
        properties={"host": "127.0.0.1", "protos": PROTOS},
        request=SimpleNamespace(
            worker_init_request=SimpleNamespace(capabilities={}, function_app_directory=str(app_directory))
        ),
    )
    response = await handle_event.worker_init_request(request)
    if response.result.status != PROTOS.StatusResult.Success:
        raise FunctionFailed(f"{response.result.exception.message}\n{response.result.exception.stack_trace}")
    return [_function(found) for found in handle_event._metadata_result or []]


def _function(found: Any) -> Function:
    bindings = [json.loads(raw) for raw in found.raw_bindings]
    trigger = next(binding for binding in bindings if binding["type"] in TRIGGERS)
    return Function(found.name, found.function_id, trigger)
