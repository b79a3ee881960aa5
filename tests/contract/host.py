"""The host's end of the stream: a gRPC server that a worker process connects to, and what tests ask of it."""

import json
import queue
import subprocess
import sys
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
from google.protobuf.json_format import ParseDict
from grpc_tools import protoc

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SECONDS = 60


def compile_messages(folder: Path) -> None:
    """Generate the code of rpc.proto in `folder`."""
    arguments = [f"-I{HERE}", f"--python_out={folder}", f"--grpc_python_out={folder}", str(HERE / "rpc.proto")]
    assert protoc.main(["protoc", *arguments]) == 0


def golden(name: str) -> dict[str, Any]:
    """A message as the host sends it, from messages/{name}.json."""
    document = json.loads((HERE / "messages" / f"{name}.json").read_text())
    assert document["source"]
    message: dict[str, Any] = document["message"]
    return message


class Host:
    """One worker process and the stream to it."""

    def __init__(self, generated: Path, log: Path) -> None:
        sys.path.insert(0, str(generated))
        import rpc_pb2
        import rpc_pb2_grpc

        sys.path.remove(str(generated))
        self.messages = rpc_pb2
        self.outgoing: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.answers: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.lines: list[Any] = []
        options = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
        self.server = grpc.server(ThreadPoolExecutor(4), options=options)
        rpc_pb2_grpc.add_FunctionRpcServicer_to_server(self, self.server)
        self.port = self.server.add_insecure_port("127.0.0.1:0")
        self.server.start()
        command = [sys.executable, "-P", str(HERE / "worker.py"), str(self.port), str(generated)]
        # A placeholder: it knows nothing of the app until the environment is loaded.
        placeholder = {"WEBSITE_PLACEHOLDER_MODE": "1", "PATH": "/usr/bin:/bin", "HOME": str(generated)}
        with log.open("wb") as output:
            self.process = subprocess.Popen(command, cwd=generated, env=placeholder, stdout=output, stderr=output)
        self.functions: dict[str, Any] = {}

    def EventStream(self, requests, context):  # noqa: N802 (the name of the call)
        """Serve the stream: what the worker sends is kept, what tests ask is sent."""
        ThreadPoolExecutor(1).submit(self._read, requests)
        yield from iter(self.outgoing.get, None)

    def _read(self, requests: Any) -> None:
        for message in requests:
            if message.WhichOneof("content") == "rpc_log":
                self.lines.append(message.rpc_log)
            else:
                self.answers.put(message)

    def ask(self, kind: str, content: dict[str, Any]) -> Any:
        """Send a message and return the content of the answer."""
        asked = ParseDict({"request_id": str(uuid.uuid4()), kind: content}, self.messages.StreamingMessage())
        # Over the wire and back, as gRPC does: nothing but what the message holds arrives.
        self.outgoing.put(self.messages.StreamingMessage.FromString(asked.SerializeToString()))
        while True:
            answer = self.answers.get(timeout=SECONDS)
            if answer.request_id == asked.request_id:
                return getattr(answer, answer.WhichOneof("content"))

    def load(self, environment: dict[str, str], folder: Path) -> tuple[Any, Any]:
        """Start the worker as Flex Consumption does: a placeholder first, then the app's environment and its index."""
        started = self.answers.get(timeout=SECONDS)
        assert started.WhichOneof("content") == "start_stream"
        init = self.ask("worker_init_request", golden("worker_init") | {"function_app_directory": str(HERE)})
        reload = golden("environment_reload")
        reload["environment_variables"] |= environment
        reload["function_app_directory"] = str(folder)
        reloaded = self.ask("function_environment_reload_request", reload)
        found = self.ask("functions_metadata_request", {"function_app_directory": str(folder)})
        self.functions = {function.name: function for function in found.function_metadata_results}
        return init, reloaded

    def invoke(self, name: str, invocation: dict[str, Any]) -> Any:
        """Invoke a function and return the InvocationResponse."""
        identified = {"invocation_id": str(uuid.uuid4()), "function_id": self.functions[name].function_id}
        return self.ask("invocation_request", invocation | identified)

    def lines_of(self, response: Any) -> list[str]:
        """The app's log lines of an invocation, as Application Insights gets them."""
        return [
            line.message
            for line in self.lines
            if line.invocation_id == response.invocation_id and line.log_category == self.messages.RpcLog.User
        ]

    def stop(self) -> None:
        """Close the stream and end the worker."""
        self.outgoing.put(None)
        self.process.terminate()
        self.process.wait(15)
        self.server.stop(None).wait()
