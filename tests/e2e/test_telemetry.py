"""What an OpenTelemetry collector is told, by a real one's protocol: traces through the queue, metrics, logs."""

import gzip
import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from devhost.azurite import free_port, start_azurite
from devhost.supervisor import running_app
from perennial import Admin
from studio.storage.keys import admin_token
from studio.telemetry import COUNTERS, GAUGES, HISTOGRAMS
from tests.e2e.steps import ROWS, call, publish_people, wait_for, write_people

DOCS = Path(__file__).parents[2] / "docs" / "reference" / "telemetry.md"
KINDS = {
    "/v1/traces": ExportTraceServiceRequest,
    "/v1/metrics": ExportMetricsServiceRequest,
    "/v1/logs": ExportLogsServiceRequest,
}


class Collector(ThreadingHTTPServer):
    """Takes OTLP over HTTP and keeps what came."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Receiver)
        self.received = []
        self.bytes = b""

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"

    def of(self, kind):
        return [message for message in self.received if isinstance(message, kind)]

    def spans(self):
        return [
            span
            for message in self.of(ExportTraceServiceRequest)
            for resource in message.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    def metrics(self):
        """The latest reading of each metric, by name: its points."""
        found = {}
        for message in self.of(ExportMetricsServiceRequest):
            for resource in message.resource_metrics:
                for scope in resource.scope_metrics:
                    for metric in scope.metrics:
                        points = getattr(metric, metric.WhichOneof("data")).data_points
                        found.setdefault(metric.name, []).append(points)
        return found

    def logs(self):
        return [
            record
            for message in self.of(ExportLogsServiceRequest)
            for resource in message.resource_logs
            for scope in resource.scope_logs
            for record in scope.log_records
        ]


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        self.server.bytes += body
        answer = b""
        if self.path in KINDS:
            message = KINDS[self.path]()
            message.ParseFromString(body)
            self.server.received.append(message)
        else:
            items = len(json.loads(body))
            answer = json.dumps({"itemsReceived": items, "itemsAccepted": items, "errors": []}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json" if answer else "application/x-protobuf")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        """Stay quiet."""


@pytest.fixture
def collector():
    with Collector() as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield running
        running.shutdown()


@pytest.fixture
def told(app_settings, collector, tmp_path):
    """An app on storage of its own that tells the collector."""
    storage = start_azurite(tmp_path / "azurite")
    settings = app_settings | {
        "AzureWebJobsStorage": storage.connection_string,
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
        "OTEL_BSP_SCHEDULE_DELAY": "200",
        "OTEL_BLRP_SCHEDULE_DELAY": "200",
        "OTEL_METRIC_EXPORT_INTERVAL": "500",
    }
    with running_app(settings, free_port(), tmp_path / "app.log") as processes:
        yield processes, settings
    storage.stop()


def attributes(item):
    return {pair.key: getattr(pair.value, pair.value.WhichOneof("value")) for pair in item.attributes}


@pytest.mark.long
def test_a_collector_is_told_of_requests_work_and_models(told, collector, tmp_path):
    processes, settings = told
    secret = settings["PERENNIAL_MASTER_SECRET"]
    with Admin(processes.url, admin_token(secret)) as admin, admin.create_workspace("Told") as workspace:
        published = publish_people(workspace, tmp_path)
        trainer, endpoint = published.training_endpoint, workspace.add_endpoint(published.service, "told")
        link = workspace.upload(write_people(tmp_path, "later.csv", 300, seed=3))
        trace = "0af7651916cd43dd8448eb211c80319c"
        jobs = f"{trainer.api_location}/jobs"
        body = {"Inputs": {"input1": link.to_json()}, "Outputs": {}, "GlobalParameters": {}}
        job = call("POST", f"{jobs}?api-version=2.0", trainer.primary_key, body).json()
        headers = {"traceparent": f"00-{trace}-b7ad6b7169203331-01"}
        assert call("POST", f"{jobs}/{job}/start?api-version=2.0", trainer.primary_key, **headers).status_code == 204
        done = workspace.get_job(trainer, job).wait()
        workspace.update_endpoint(endpoint, {"": done.results["output1"]})
        # This one is not in memory.
        default = f"{published.default.api_location}/execute?api-version=2.0"
        assert call("POST", default, published.default.primary_key, {"Inputs": {"input1": []}}).status_code == 200
        url = f"{endpoint.api_location}/execute?api-version=2.0"
        for _ in range(3):
            assert call("POST", url, endpoint.primary_key, {"Inputs": {"input1": ROWS}}).status_code == 200
        assert call("POST", url, endpoint.primary_key, {"Inputs": {"wrong": ROWS}}).status_code == 400

        def of_the_trace():
            found = {span.name: span for span in collector.spans() if span.trace_id.hex() == trace}
            return found if {"begin_job", "work jobs"} <= set(found) else None

        spans = wait_for(of_the_trace)
        begun, work = spans["begin_job"], spans["work jobs"]
        # Between the caller's span and this one is the host's, which is no concern of the app's collector.
        assert begun.kind == begun.SPAN_KIND_INTERNAL
        assert begun.parent_span_id.hex() not in ("", "b7ad6b7169203331")
        assert work.parent_span_id == begun.span_id
        assert attributes(begun)["http.response.status_code"] == 204
        assert attributes(work)["perennial.work.state"] == "Finished"
        assert "Train" in [event.name for event in work.events]

        expected = {*COUNTERS, *HISTOGRAMS, *GAUGES} - {"perennial.scoring.throttled"}
        wait_for(lambda: not expected - set(collector.metrics()))

        def counts():
            """How many requests the endpoint was told to have had, by the code of their error."""
            points = [point for reading in collector.metrics()["perennial.scoring.duration"] for point in reading]
            known = [(attributes(point), point.count) for point in points]
            own = [(each.get("error.type", ""), count) for each, count in known if each["perennial.endpoint.id"] == id_]
            return {code: max(count for found, count in own if found == code) for code, _ in own}

        id_ = endpoint.id
        wait_for(lambda: counts() == {"": 3, "BadArgument": 1})
        rows = [point.as_int for reading in collector.metrics()["perennial.scoring.rows"] for point in reading]
        assert max(rows) == 3 * len(ROWS)

        def ended():
            return [line for line in collector.logs() if attributes(line).get("perennial.work.id") == job]

        lines = wait_for(lambda: ended() if len(ended()) == 2 else None)
        assert {line.trace_id.hex() for line in lines} == {trace}
        assert [attributes(line).get("perennial.work.state") for line in lines] == [None, "Finished"]
        # What opens anything is in nothing that was told.
        for text in (secret, workspace.token, endpoint.primary_key, trainer.primary_key, link.sas_token.lstrip("?")):
            assert text.encode() not in collector.bytes


def test_application_insights_is_sent_spans_and_metrics(collector):
    """By its own protocol; the process is one of its own, since telemetry begins once."""
    script = (
        "from studio import telemetry; from studio.settings import read_exporters; import time\n"
        "telemetry.start_telemetry(read_exporters())\n"
        "with telemetry.span('begin_job', telemetry.SERVER, None, {'url.path': '/x'}):\n"
        "    telemetry.count(telemetry.SWAPS, 1, {'perennial.endpoint.id': 'e'})\n"
        "time.sleep(60)\n"
    )
    environment = os.environ | {
        "APPLICATIONINSIGHTS_CONNECTION_STRING": (
            f"InstrumentationKey={'1' * 8}-0000-0000-0000-{'2' * 12};IngestionEndpoint={collector.url}/"
        ),
        "APPLICATIONINSIGHTS_STATSBEAT_DISABLED_ALL": "true",
        "OTEL_BSP_SCHEDULE_DELAY": "200",
        "OTEL_METRIC_EXPORT_INTERVAL": "500",
        "PYTHONPATH": str(DOCS.parents[2]),
    }
    process = subprocess.Popen([sys.executable, "-c", script], env=environment)
    try:
        wait_for(lambda: b'"RequestData"' in collector.bytes and b"perennial.endpoint.swaps" in collector.bytes)
    finally:
        process.kill()
        process.wait()
    assert b"begin_job" in collector.bytes


def test_the_docs_list_every_metric():
    text = DOCS.read_text()
    for name in {*COUNTERS, *HISTOGRAMS, *GAUGES}:
        assert f"| `{name}` |" in text


@pytest.mark.long
def test_an_app_whose_collector_is_away_works_as_ever(app_settings, azurite, tmp_path):
    settings = app_settings | {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{free_port()}"}
    with running_app(settings, free_port(), tmp_path / "app.log") as processes:
        assert httpx.get(f"{processes.url}/ready").status_code == 200
