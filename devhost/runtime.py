"""One worker: Microsoft's Python runtime with function_app.py indexed, and a way to run its functions."""

import json
import os
import random
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from azure_functions_runtime import handle_event, invocation_id_cv
from azure_functions_runtime.utils.threadpool import start_threadpool_executor

from devhost.messages import NO_RETRY, PROTOS, Message, ParameterBinding, TypedData
from devhost.timeouts import RUNNING, Invocation

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
    ) -> TypedData | None:
        """Run the function on a trigger value and return what it returned, if anything.

        `parent` is the caller's `traceparent`. Raises FunctionFailed if the function raises.
        """
        digits = f"{random.getrandbits(256):064x}"
        invocation_id = f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:32]}"
        request = Message(
            invocation_id=invocation_id,
            function_id=self.id,
            trace_context=Message(
                trace_parent=_trace_parent(parent, digits[32:48], digits), trace_state="", attributes={}
            ),
            retry_context=NO_RETRY,
            input_data=(ParameterBinding(self.trigger["name"], value),),
            trigger_metadata=metadata,
        )
        token = invocation_id_cv.set(invocation_id)
        RUNNING[invocation_id] = Invocation(self.name)
        try:
            response = await handle_event.invocation_request(Message(request=Message(invocation_request=request)))
        finally:
            del RUNNING[invocation_id]
            invocation_id_cv.reset(token)
        if response.result.status != PROTOS.StatusResult.Success:
            raised = response.result.exception
            raise FunctionFailed(f"{self.name}: {raised.message}\n{raised.stack_trace}")
        returned: TypedData | None = response.return_value
        return returned


def _trace_parent(parent: str, span_id: str, digits: str) -> str:
    """Return the `traceparent` of the host's own span: a child of the caller's, or of no one's and not sampled."""
    if len(parent) == 55 and parent.startswith("00-"):
        return f"{parent[:36]}{span_id}{parent[52:]}"
    return f"00-{digits[16:48]}-{span_id}-00"


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
