"""What the doctor says of a host that was told the wrong things, from answers over HTTP."""

import json
import threading
import uuid
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from perennial.doctor import examine

SOUND = {"bundle": "Microsoft.Azure.Functions.ExtensionBundle [4.*, 5.0.0)", "threads": 16, "process": "one"}


class Deployment(BaseHTTPRequestHandler):
    """Answers as the app does."""

    def do_GET(self):
        body = {"status": "alive"} if self.path == "/health" else {"ready": True, "checks": {}}
        if self.path == "/ready":
            moment = {"time": (datetime.now(UTC) - self.server.behind).isoformat()}
            own = {"process": uuid.uuid4().hex} if self.server.one_each else {}
            body["host"] = SOUND | moment | self.server.host | own
        content = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        """Stay quiet."""


@pytest.fixture
def deployment():
    with ThreadingHTTPServer(("127.0.0.1", 0), Deployment) as running:
        running.host, running.behind, running.one_each = {}, timedelta(), False
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield running
        running.shutdown()


def findings(deployment):
    found = examine(f"http://127.0.0.1:{deployment.server_address[1]}", None)
    return {finding.what: (finding.ok, finding.text) for finding in found}


def test_a_sound_host_has_no_finding(deployment):
    assert all(ok for ok, _ in findings(deployment).values())


@pytest.mark.parametrize(
    "what, host, behind, one_each, text",
    [
        ("extensions", {"bundle": ""}, 0, False, "host.json must name"),
        ("threads", {"threads": 5}, 0, False, "PYTHON_THREADPOOL_THREAD_COUNT"),
        ("app clock", {}, 3600, False, "Storage rejects links"),
        ("concurrency", {}, 0, True, "HTTP_CONCURRENCY"),
    ],
)
def test_what_the_host_was_told_wrong_is_named_with_what_to_do(deployment, what, host, behind, one_each, text):
    deployment.host, deployment.behind, deployment.one_each = host, timedelta(seconds=behind), one_each
    found = findings(deployment)
    assert {name for name, (ok, _) in found.items() if not ok} == {what}
    assert text in found[what][1]
