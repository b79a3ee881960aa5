"""The development host with a small app that has every kind of trigger."""

import json
import os
import shutil
import signal
from pathlib import Path

import httpx
import pytest
from azure.storage.blob import BlobServiceClient
from azure.storage.queue import QueueServiceClient

from devhost.azurite import free_port, start_azurite
from devhost.supervisor import running_app
from devhost.timeouts import TIMED_OUT
from tests.e2e.steps import wait_for

SAMPLE_APP = Path(__file__).parent / "sample_app"


class Notes:
    """What the functions wrote down."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def of(self, kind: str) -> list[dict]:
        return [json.loads(path.read_text()) for path in sorted(self.folder.glob(f"{kind}-*.json"))]

    def wait_for(self, kind: str, count: int) -> list[dict]:
        return wait_for(lambda: len(found := self.of(kind)) >= count and found)


@pytest.fixture(scope="module")
def storage(tmp_path_factory):
    running = start_azurite(tmp_path_factory.mktemp("azurite"))
    yield running
    running.stop()


@pytest.fixture(scope="module")
def notes(tmp_path_factory) -> Notes:
    return Notes(tmp_path_factory.mktemp("notes"))


@pytest.fixture(scope="module")
def settings(storage, notes) -> dict[str, str]:
    return {
        "AzureWebJobsStorage": storage.connection_string,
        "NOTES": str(notes.folder),
        "AzureFunctionsJobHost__extensions__queues__maxPollingInterval": "00:00:00.2",
        "DEVHOST_BLOB_POLLING_SECONDS": "0.2",
    }


@pytest.fixture(scope="module")
def host(settings, tmp_path_factory):
    log = tmp_path_factory.mktemp("host") / "host.log"
    with running_app(settings, free_port(), log, SAMPLE_APP) as processes:
        yield processes


@pytest.fixture(scope="module")
def blobs(storage):
    service = BlobServiceClient.from_connection_string(storage.connection_string)
    service.create_container("sample")
    return service.get_container_client("sample")


@pytest.fixture(scope="module")
def queues(storage):
    service = QueueServiceClient.from_connection_string(storage.connection_string)
    service.create_queue("sample")
    return service


def test_a_request_arrives_whole_and_the_answer_leaves_whole(host):
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    headers = {"X-Test": "t", "traceparent": parent}
    answer = httpx.post(f"{host.url}/api/echo/hello/7?a=1&b=x%20y&c=", content="body", headers=headers)
    assert answer.status_code == 201
    assert answer.headers["x-answer"] == "yes"
    assert answer.json() == {
        "trace": f"{parent[:36]}{answer.json()['trace'][36:52]}-01",
        "route": {"word": "hello", "number": "7"},
        "query": {"a": "1", "b": "x y"},
        "header": "t",
        "body": "body",
        "url": f"{host.url}/api/echo/hello/7?a=1&b=x%20y&c=",
    }
    assert answer.json()["trace"] != parent
    assert httpx.get(f"{host.url}/api/echo/hello").json()["route"] == {"word": "hello"}
    assert httpx.get(f"{host.url}/api/files/a/b%20c.txt").text == "a/b c.txt"


def test_a_chunked_body_is_dropped(host):
    answer = httpx.post(f"{host.url}/api/echo/hello", content=iter([b"bo", b"dy"]))
    assert answer.json()["body"] == ""


@pytest.mark.parametrize(
    "method, path, status",
    [
        ("GET", "/nowhere", 404),
        ("GET", "/api/echo/123", 404),
        ("GET", "/api/echo%2Fhello%2Fnot-a-number", 404),
        ("DELETE", "/api/echo/hello", 404),
        ("GET", "/api/crash", 500),
    ],
)
def test_what_no_function_answers_has_an_empty_body(host, method, path, status):
    answer = httpx.request(method, f"{host.url}{path}")
    assert (answer.status_code, answer.content) == (status, b"")


@pytest.mark.long
def test_lines_outside_an_invocation_are_dropped_from_the_log(host, settings, tmp_path):
    httpx.post(f"{host.url}/api/log")
    assert " sample INFO inside" in host.log.read_text()
    assert "outside" not in host.log.read_text()
    log = tmp_path / "log"
    with running_app({**settings, "DEVHOST_LOG_ALL": "1"}, free_port(), log, SAMPLE_APP) as processes:
        httpx.post(f"{processes.url}/api/log")
    assert " sample INFO outside" in log.read_text()


@pytest.mark.long
def test_a_function_that_runs_for_too_long_ends_its_process(settings, tmp_path):
    log = tmp_path / "log"
    limit = {"AzureFunctionsJobHost__functionTimeout": "00:00:01"}
    with running_app(settings | limit, free_port(), log, SAMPLE_APP) as processes:
        with pytest.raises(httpx.TransportError):
            httpx.post(f"{processes.url}/api/sleep", timeout=10)
        assert processes.http.wait(5) == TIMED_OUT
        assert "Timeout value of 1 s exceeded by function 'sleep'" in log.read_text()
        processes.restart_dead()
        processes.wait_until_ready()
        assert httpx.get(f"{processes.url}/api/echo/hello").status_code == 201


def test_queue_functions_are_refused_without_the_extension_bundle(settings, tmp_path):
    app = shutil.copytree(SAMPLE_APP, tmp_path / "app")
    host_json = json.loads((app / "host.json").read_text())
    del host_json["extensionBundle"]
    (app / "host.json").write_text(json.dumps(host_json))
    message = r"function is in error: The binding type\(s\) '\w+' are not registered"
    with pytest.raises(RuntimeError, match=message), running_app(settings, free_port(), tmp_path / "log", app):
        pass


def test_a_message_is_delivered_retried_and_poisoned(host, queues, notes):
    queue = queues.get_queue_client("sample")
    for body in ("good", "second time", "bad"):
        queue.send_message(body)
    notes.wait_for("queue", 6)
    deliveries = [(note["body"], note["delivery"]) for note in notes.of("queue")]
    assert sorted(deliveries) == [
        ("bad", 1),
        ("bad", 2),
        ("bad", 3),
        ("good", 1),
        ("second time", 1),
        ("second time", 2),
    ]
    poison = queues.get_queue_client("sample-poison")
    assert [message.content for message in wait_for(lambda: poison.peek_messages(5))] == ["bad"]
    wait_for(lambda: queue.get_queue_properties().approximate_message_count == 0)
    assert len(notes.of("queue")) == 6


def test_timers_tick_once_a_second(host, notes):
    notes.wait_for("timer", 4)
    seconds = [int(path.stem.partition("-")[2]) // 10**9 for path in notes.folder.glob("timer-*.json")]
    assert len(set(seconds)) == len(seconds)


def test_each_version_of_a_blob_is_handled_once_also_over_a_restart(host, blobs, notes, settings):
    blobs.upload_blob("one.csv", b"first")
    blobs.upload_blob("ignored.txt", b"text")
    (note,) = notes.wait_for("blob", 1)
    assert note == {"name": "sample/one.csv", "content": "first", "length": 5, "etag": {}}
    blobs.upload_blob("one.csv", b"second!", overwrite=True)
    assert notes.wait_for("blob", 2)[1]["content"] == "second!"
    host.background.send_signal(signal.SIGTERM)
    host.background.wait(15)
    host.restart_dead()
    # The listing that finds a later blob has found the earlier ones, and all of a listing are done before the next.
    for count, name in enumerate(("two.csv", "three.csv"), 3):
        blobs.upload_blob(name, name.encode())
        assert notes.wait_for("blob", count)[-1]["content"] == name
    assert [note["content"] for note in notes.of("blob")] == ["first", "second!", "two.csv", "three.csv"]


def test_a_blobs_bytes_arrive_only_where_the_binding_asks_for_them(host, blobs, notes):
    before = len(notes.of("blob"))
    blobs.upload_blob("image.csv", b"\x89PNG\xff")
    assert notes.wait_for("blob", before + 1)[-1]["content"] == "\ufffdPNG\ufffd"
    blobs.upload_blob("image.bin", b"\x89PNG\xff")
    assert notes.wait_for("bytes", 1) == [{"content": b"\x89PNG\xff".hex()}]


def test_a_blob_that_fails_five_times_is_poisoned_and_left_alone(host, blobs, queues, notes):
    before = len(notes.of("blob"))
    blobs.upload_blob("bad.csv", b"bad")
    notes.wait_for("blob", before + 5)
    poison = queues.get_queue_client("webjobs-blobtrigger-poison")
    (message,) = wait_for(lambda: poison.peek_messages(5))
    assert json.loads(message.content)["BlobName"] == "bad.csv"
    for count, name in enumerate(("good.csv", "better.csv"), before + 6):
        blobs.upload_blob(name, b"good")
        notes.wait_for("blob", count)
    assert len(notes.of("blob")) == before + 7


def test_a_killed_process_is_started_again_and_takes_its_message_back(host, queues, notes):
    os.kill(host.background.pid, signal.SIGKILL)
    host.background.wait(5)
    queues.get_queue_client("sample").send_message("after the crash")
    host.restart_dead()
    wait_for(lambda: any(note["body"] == "after the crash" for note in notes.of("queue")))


def test_both_processes_end_when_asked_to(settings, tmp_path):
    log = tmp_path / "log"
    # As Azure starts a worker again, without a placeholder; and as the benchmarks run functions.
    others = {"DEVHOST_PLACEHOLDER": "0", "DEVHOST_NATIVE": "1"}
    with running_app(settings | others, free_port(), log, SAMPLE_APP) as processes:
        answer = httpx.post(f"{processes.url}/api/echo/hello?a=1", content="body")
        assert (answer.status_code, answer.headers["x-answer"], answer.json()["body"]) == (201, "yes", "body")
        assert answer.json()["trace"].endswith("-00")
        assert httpx.get(f"{processes.url}/api/files/a").text == "a"
        wait_for(lambda: "Listening" in log.read_text())
    assert processes.http.returncode == 0
    assert processes.background.returncode == 0
    assert "Traceback" not in log.read_text()
