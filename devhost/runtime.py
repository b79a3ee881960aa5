"""One worker: Microsoft's Python runtime with function_app.py indexed, and a way to run its functions."""

import itertools
import json
import os
import random
import sys
import tempfile
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from azure_functions_runtime import handle_event, invocation_id_cv
from azure_functions_runtime.bindings.datumdef import Datum, datum_as_proto
from azure_functions_runtime.native_invocation import invocation_request_native
from azure_functions_runtime.utils.threadpool import start_threadpool_executor

from devhost.messages import NO_RETRY, PROTOS, Message, ParameterBinding, TypedData
from devhost.timeouts import RUNNING

# Whether HTTP functions run by the runtime's entry point for values that are no messages, which is faster.
IS_NATIVE = os.environ.get("DEVHOST_NATIVE", "0") != "0"
# Invocations and spans are numbered from a random start: a random identifier for each would cost.
_PROCESS = str(uuid.uuid4())[:23]
_TRACE = uuid.uuid4().hex[:16]
_NUMBERS = itertools.count(random.getrandbits(46) + 1)
TRIGGERS = ("httpTrigger", "queueTrigger", "blobTrigger", "timerTrigger")


class HostError(Exception):
    """The host cannot start the app as it is; the message says why."""


class FunctionFailed(Exception):
    """A function raised an exception; the message is its text, followed by the traceback."""


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

    async def run(
        self, value: TypedData, metadata: dict[str, TypedData] | None = None, parent: str = ""
    ) -> Message | None:
        """Run the function on a trigger value and return what it returned, if anything.

        `parent` is the caller's `traceparent`. Raises FunctionFailed if the function raises.
        """
        number = next(_NUMBERS)
        invocation_id = f"{_PROCESS}-{number:012x}"
        trace_parent = _trace_parent(parent, number)
        token = invocation_id_cv.set(invocation_id)
        RUNNING[invocation_id] = (self.name, time.monotonic())
        try:
            if IS_NATIVE and value.kind == "http":
                return await self._run_natively(invocation_id, value, trace_parent)
            return await self._run_by_message(invocation_id, value, metadata, trace_parent)
        finally:
            del RUNNING[invocation_id]
            invocation_id_cv.reset(token)

    async def _run_natively(self, invocation_id: str, value: TypedData, trace_parent: str) -> Message | None:
        inputs = [(self.trigger["name"], Datum.from_typed_data(value))]
        ok, returned, _, error, trace = await invocation_request_native(
            invocation_id, self.id, inputs, {}, trace_parent=trace_parent
        )
        if not ok:
            raise FunctionFailed(f"{self.name}: {error}\n{trace}")
        if returned is None or returned.type != "http":
            return None if returned is None else datum_as_proto(returned, PROTOS)
        http = returned.value
        headers = {name: datum.value for name, datum in http["headers"].items()}
        body = Message(bytes=http["body"].value)
        return Message(http=Message(status_code=http["status_code"].value, headers=headers, body=body))

    async def _run_by_message(
        self, invocation_id: str, value: TypedData, metadata: dict[str, TypedData] | None, trace_parent: str
    ) -> Message | None:
        request = Message(
            invocation_id=invocation_id,
            function_id=self.id,
            trace_context=Message(trace_parent=trace_parent, trace_state="", attributes={}),
            retry_context=NO_RETRY,
            input_data=(ParameterBinding(self.trigger["name"], value),),
            trigger_metadata=metadata,
        )
        response = await handle_event.invocation_request(Message(request=Message(invocation_request=request)))
        if response.result.status != PROTOS.StatusResult.Success:
            raised = response.result.exception
            raise FunctionFailed(f"{self.name}: {raised.message}\n{raised.stack_trace}")
        returned: Message | None = response.return_value
        return returned


def _trace_parent(parent: str, number: int) -> str:
    """Return the `traceparent` of the host's own span: a child of the caller's, or of no one's and not sampled."""
    if len(parent) == 55 and parent.startswith("00-"):
        return f"{parent[:36]}{number:016x}{parent[52:]}"
    return f"00-{_TRACE}{number:016x}-{number:016x}-00"


async def load_functions(app_directory: Path) -> list[Function]:
    """Index the app's function_app.py under Microsoft's runtime; raises HostError with the runtime's message.

    As on Flex Consumption, the worker starts without an app and is given one by a FunctionEnvironmentReloadRequest.
    With DEVHOST_PLACEHOLDER=0 it starts with the app, as Azure restarts a worker that has ended.
    """
    start_threadpool_executor()
    if os.environ.get("DEVHOST_PLACEHOLDER", "1") == "0":
        sys.path.insert(0, str(app_directory))
        _check(await _init(str(app_directory)))
    else:
        with tempfile.TemporaryDirectory() as empty:
            _check(await _init(empty))
        _check(await _reload(str(app_directory)))
    return [_function(found) for found in handle_event._metadata_result or []]


async def _init(directory: str) -> Any:
    request = Message(worker_init_request=Message(capabilities={}, function_app_directory=directory))
    return await handle_event.worker_init_request(Message(properties=_PROPERTIES, request=request))


async def _reload(directory: str) -> Any:
    reload = Message(environment_variables=dict(os.environ), function_app_directory=directory)
    request = Message(function_environment_reload_request=reload)
    return await handle_event.function_environment_reload_request(Message(properties=_PROPERTIES, request=request))


_PROPERTIES = {"host": "127.0.0.1", "protos": PROTOS}


def _check(response: Any) -> None:
    if response.result.status != PROTOS.StatusResult.Success:
        raised = response.result.exception
        raise HostError(f"{raised.message}\n{raised.stack_trace}")


def _function(found: Any) -> Function:
    bindings = [json.loads(raw) for raw in found.raw_bindings]
    trigger = next(binding for binding in bindings if binding["type"] in TRIGGERS)
    return Function(found.name, found.function_id, trigger)
