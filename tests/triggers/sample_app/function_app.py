"""A function app that shows what each trigger of the host delivers, by writing it down in a folder."""

import json
import logging
import os
import threading
import time
from pathlib import Path

import azure.functions as func

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)


def write_down(name: str, value: object) -> None:
    path = Path(os.environ["NOTES"]) / f"{name}-{time.time_ns()}.json"
    # Moved into place, so that nobody reads half a note.
    part = path.with_suffix(".part")
    part.write_text(json.dumps(value))
    part.replace(path)


@app.route("echo/{word:alpha}/{number:int?}", methods=["GET", "POST"])
def echo(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    shown = {
        "trace": context.trace_context.trace_parent,
        "route": dict(req.route_params),
        "query": dict(req.params),
        "header": req.headers.get("X-Test"),
        "body": req.get_body().decode(),
        "url": req.url,
    }
    return func.HttpResponse(json.dumps(shown), status_code=201, headers={"x-answer": "yes"})


@app.route("crash")
async def crash(req: func.HttpRequest) -> func.HttpResponse:
    raise RuntimeError("on purpose")


@app.route("files/{*path}", methods=["GET"])
async def files(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(req.route_params["path"])


@app.route("log", methods=["POST"])
async def log(req: func.HttpRequest) -> func.HttpResponse:
    logging.getLogger("sample").info("inside")
    thread = threading.Thread(target=logging.getLogger("sample").info, args=("outside",))
    thread.start()
    thread.join()
    return func.HttpResponse("")


@app.route("sleep", methods=["POST"])
def sleep(req: func.HttpRequest) -> func.HttpResponse:
    time.sleep(20)
    return func.HttpResponse("")


@app.queue_trigger(arg_name="message", queue_name="sample", connection="AzureWebJobsStorage")
def from_queue(message: func.QueueMessage) -> None:
    body = message.get_body().decode()
    write_down("queue", {"body": body, "delivery": message.dequeue_count})
    if body == "bad" or (body == "second time" and message.dequeue_count == 1):
        raise RuntimeError("not this one")


@app.blob_trigger(arg_name="blob", path="sample/{name}.csv", connection="AzureWebJobsStorage")
def from_blob(blob: func.InputStream) -> None:
    content = blob.read().decode()
    properties = blob.blob_properties
    write_down("blob", {"name": blob.name, "content": content, "length": blob.length, "etag": properties["ETag"]})
    if content == "bad":
        raise RuntimeError("not this one")


@app.blob_trigger(arg_name="blob", path="sample/{name}.bin", connection="AzureWebJobsStorage", data_type="BINARY")
def from_bytes(blob: func.InputStream) -> None:
    write_down("bytes", {"content": blob.read().hex()})


@app.timer_trigger(schedule="*/1 * * * * *", arg_name="tick")
async def from_timer(tick: func.TimerRequest) -> None:
    write_down("timer", {"past_due": tick.past_due})
