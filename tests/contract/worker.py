"""The worker process of Azure: `python -P worker.py PORT FOLDER`, with FOLDER the code generated from rpc.proto.

The program that Azure starts (`proxy_worker`) is in no package registry. This does what it does between the host's
stream and Microsoft's runtime, which is: one task per message on uvloop, gRPC on threads of its own, the root logger at
INFO, and every record sent as RpcLog with the id of the invocation that it belongs to, if that can be told.

References
----------
github.com/Azure/azure-functions-python-worker, workers/proxy_worker/dispatcher.py.
"""

import asyncio
import contextvars
import logging
import queue
import sys
import threading
from types import SimpleNamespace

import grpc
import uvloop

sys.path.insert(0, sys.argv[2])
import rpc_pb2 as messages
import rpc_pb2_grpc
from azure_functions_runtime import handle_event
from azure_functions_runtime.bindings.context import _invocation_id_local
from azure_functions_runtime.utils.executor import invocation_id_cv
from azure_functions_runtime.utils.threadpool import start_threadpool_executor

# The namespace that the runtime gets: message classes and enumerations by their names.
PROTOS = messages
SYSTEM = ("proxy_worker", "azure.functions", "azure_functions_runtime")
outgoing: queue.SimpleQueue = queue.SimpleQueue()
task_invocation = contextvars.ContextVar("task_invocation", default=None)


def invocation_of_this_line():
    """The invocation a log line belongs to: the task's, that of the pool thread that runs a synchronous function, or
    what a thread of the app wrote into `context.thread_local_storage`."""
    if asyncio._get_running_loop() is not None:
        return task_invocation.get()
    return invocation_id_cv.get() or getattr(_invocation_id_local, "invocation_id", None)


class ToHost(logging.Handler):
    def emit(self, record):
        level = {"WARNING": "Warning", "ERROR": "Error", "CRITICAL": "Critical"}.get(record.levelname, "Information")
        system = record.name.startswith(SYSTEM)
        line = messages.RpcLog(
            level=level,
            message=self.format(record),
            category=record.name,
            log_category="System" if system else "User",
            invocation_id=invocation_of_this_line() or "",
        )
        outgoing.put(messages.StreamingMessage(rpc_log=line))


HANDLERS = {
    "worker_init_request": (handle_event.worker_init_request, "worker_init_response"),
    "function_environment_reload_request": (
        handle_event.function_environment_reload_request,
        "function_environment_reload_response",
    ),
    "functions_metadata_request": (handle_event.functions_metadata_request, "function_metadata_response"),
    "function_load_request": (handle_event.function_load_request, "function_load_response"),
    "invocation_request": (handle_event.invocation_request, "invocation_response"),
}


async def answer(request):
    kind = request.WhichOneof("content")
    handle, field = HANDLERS[kind]
    if kind in ("worker_init_request", "function_environment_reload_request"):
        start_threadpool_executor()
    if kind == "invocation_request":
        task_invocation.set(request.invocation_request.invocation_id)
    response = await handle(SimpleNamespace(request=request, properties={"protos": PROTOS, "host": "127.0.0.1"}))
    outgoing.put(messages.StreamingMessage(request_id=request.request_id, **{field: response}))


def follow(loop, stub):
    """Read the host's messages on this thread; the host closes the stream when it is done."""
    for request in stub.EventStream(iter(outgoing.get, None)):
        loop.call_soon_threadsafe(lambda request=request: loop.create_task(answer(request)))
    loop.call_soon_threadsafe(loop.stop)


def main():
    loop = uvloop.new_event_loop()
    asyncio.set_event_loop(loop)
    options = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
    channel = grpc.insecure_channel(f"127.0.0.1:{sys.argv[1]}", options)
    outgoing.put(messages.StreamingMessage(start_stream=messages.StartStream(worker_id="worker")))
    threading.Thread(target=follow, args=(loop, rpc_pb2_grpc.FunctionRpcStub(channel)), daemon=True).start()
    logging.getLogger().setLevel(logging.INFO)
    logging.getLogger().addHandler(ToHost())
    loop.run_forever()


main()
