"""The app in a worker process, driven by the messages that Azure's host sends through gRPC.

Its start is Flex Consumption's cold start: a placeholder that learns the app's environment and folder by a message.
"""

import base64
import json
import threading

import pytest

from studio.jobs.jobs import get_job, job_status, start_job, submit_job
from studio.registry.workspaces import create_workspace
from studio.rollout.policies import KIND as POLICY
from studio.storage.blobs import own_blob
from studio.work.queue import ACTIVE, read_message
from studio.work.schedules import NEVER, Schedule, find_schedule, put_schedule
from tests.builders import people_csv, people_experiment
from tests.contract.host import ROOT, Host, compile_messages, golden
from tests.contract.indexed import PARAMETER, sample_paths
from tests.e2e.steps import wait_for
from tests.e2e.test_telemetry import Collector, attributes
from tests.storage.in_process import ROWS, Studio, now

pytestmark = [pytest.mark.storage, pytest.mark.slow]
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
HOST_SPAN = "00f067aa0ba902b7"


@pytest.fixture(scope="module")
def collector():
    with Collector() as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield running
        running.shutdown()


@pytest.fixture(scope="module")
def started(app_settings, collector, tmp_path_factory):
    """The host with its worker, and the worker's answers to the two messages that start it."""
    folder = tmp_path_factory.mktemp("worker")
    compile_messages(folder)
    host = Host(folder, folder / "worker.log")
    environment = app_settings | {
        "HOME": str(folder),
        "OMP_NUM_THREADS": "1",
        "PYTHON_THREADPOOL_THREAD_COUNT": "16",
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
        "OTEL_BSP_SCHEDULE_DELAY": "100",
        "OTEL_METRIC_EXPORT_INTERVAL": "60000",
    }
    yield host, *host.load(environment, ROOT)
    host.stop()


@pytest.fixture(scope="module")
def host(started):
    return started[0]


@pytest.fixture(scope="module")
def studio(deployment):
    deployment.storage.ensure_created()
    studio = Studio(deployment, create_workspace(deployment.storage, "Contract", now=now()).id)
    studio.upload(people_csv(300, seed=5))
    studio.run("People", people_experiment("Two-Class Logistic Regression"))
    return studio


@pytest.fixture(scope="module")
def endpoint(studio):
    return studio.publish("People", "predictive")


def request(host, name, path="", *, method="GET", key="", body=None, **parts):
    """Invoke an HTTP function with a request as the host sends it; the answer's status, JSON and the response."""
    message = golden("http")
    http = message["input_data"][0]["data"]["http"]
    http |= {"method": method, "url": f"{http['url']}{path}"} | parts
    http["headers"] |= {"authorization": f"Bearer {key}"} if key else {}
    if body is not None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        http["headers"] |= {"content-type": "application/json", "content-length": str(len(content))}
        http["body"] = {"bytes": base64.b64encode(content).decode()}
    response = host.invoke(name, message)
    assert response.result.status == host.messages.StatusResult.Success, response.result.exception
    answer = response.return_value.http
    text = answer.body.bytes or answer.body.string
    return int(answer.status_code), json.loads(text) if text and text[:1] in b"{[" else text, response


def score(host, studio, endpoint, **more):
    """Score three rows; `more` are parts of the request."""
    path = f"workspaces/{studio.workspace}/services/{endpoint.id}/execute"
    route = {"root": "workspaces", "workspace": studio.workspace, "endpoint": endpoint.id}
    key = endpoint.key(studio.deployment.storage.secret, 0)
    parts = {"params": route, "query": {"api-version": "2.0", "format": "swagger"}} | more
    return request(host, "execute", path, method="POST", key=key, body={"Inputs": {"input1": ROWS}}, **parts)


def test_the_worker_starts_from_a_placeholder(started):
    host, init, reloaded = started
    success = host.messages.StatusResult.Success
    assert init.result.status == reloaded.result.status == success, reloaded.result.exception
    wanted = {"RawHttpBodyBytes", "TypedDataCollection", "RpcHttpBodyOnly", "RpcHttpTriggerMetadataRemoved"}
    assert wanted <= set(init.capabilities)
    # With it the host would throw its own log lines and spans of requests away; it broke async functions, too.
    assert "WorkerOpenTelemetryEnabled" not in {*init.capabilities, *reloaded.capabilities}


def test_the_metadata_are_those_that_the_host_needs(host):
    for name, expected in golden("metadata").items():
        found = host.functions[name]
        assert [json.loads(text) for text in found.raw_bindings] == expected, name
        assert found.language == "python"
        assert found.properties["worker_indexed"] == "True"
        assert found.directory == str(ROOT)
    assert len(host.functions) > 70


def test_every_http_function_answers_a_request_of_the_host(host):
    """Without a key: the answer is a document, a page or a refusal, and never a failure of the function."""
    seen = {}
    for name, function in host.functions.items():
        trigger = json.loads(function.raw_bindings[0])
        if trigger["type"] == "httpTrigger":
            path = sample_paths(trigger["route"])[0].replace("{*path}", "nowhere")
            values = {
                found["name"]: (found["choices"] or "some-value").split("|")[0]
                for found in PARAMETER.finditer(trigger["route"])
            }
            status, _, response = request(host, name, path, method=trigger["methods"][0], params=values)
            seen[name] = status
            lines = host.lines_of(response)
            assert [line for line in lines if "Traceback" in line] == []
            # The asynchronous ones log nothing: they are called too often.
            if name not in ("execute", "show_health", "show_readiness", "show_studio", "show_studio_headers"):
                assert any(str(status) in line for line in lines), name
    assert set(seen.values()) <= {200, 400, 401, 404}
    assert seen["show_health"] == seen["show_readiness"] == 200


def test_a_row_is_scored(host, studio, endpoint):
    status, answer, response = score(host, studio, endpoint)
    assert status == 200
    assert [set(row) >= {"age", "Scored Probabilities"} for row in answer["Results"]["output1"]] == [True] * 3
    assert response.return_value.http.headers["content-type"] == "application/json; charset=utf-8"


def test_query_values_that_the_host_drops_are_missing_and_repeated_ones_are_refused(host, studio, endpoint):
    """`?api-version=` does not arrive; `?api-version=2.0&api-version=2.0` arrives as one text with a comma."""
    assert score(host, studio, endpoint, query={})[0] == 200
    status, answer, _ = score(host, studio, endpoint, query={"api-version": "2.0,2.0"})
    assert (status, answer["error"]["details"][0]["code"]) == (400, "BadVersionCall")


def test_a_chunked_body_is_refused_with_what_to_do(host, studio, endpoint):
    """Of a body without Content-Length the host passes nothing on, so the function sees the header and no bytes."""
    headers = golden("http")["input_data"][0]["data"]["http"]["headers"] | {"transfer-encoding": "chunked"}
    headers |= {"authorization": f"Bearer {endpoint.key(studio.deployment.storage.secret, 0)}"}
    route = {"root": "workspaces", "workspace": studio.workspace, "endpoint": endpoint.id}
    for name in ("execute", "create_job"):
        status, answer, _ = request(host, name, method="POST", headers=headers, params=route)
        assert (status, answer["error"]["code"]) == (411, "BadArgument"), answer
        assert answer["error"]["details"][0]["code"] == "ContentLengthRequired"
        assert "Content-Length" in answer["error"]["message"]


def start(studio, endpoint):
    """Start a job; returns its id and the text of its message."""
    storage = studio.deployment.storage
    # A message starts whatever waits for longest.
    studio.work_off()
    studio.upload(people_csv(20, seed=2), "job.csv")
    reference = own_blob(storage, f"datasets/{studio.workspace}/job.csv", now()).to_json()
    job = submit_job(storage, endpoint, {"Inputs": {"input1": reference}, "Outputs": {}}, now=now())
    start_job(storage, endpoint, job, now=now())
    texts = [message.content for message in storage.job_queue().receive_messages(visibility_timeout=300)]
    (text,) = [text for text in texts if read_message(text).key.key == job]
    return job, text


def deliver(host, text):
    message = golden("queue")
    message["input_data"][0]["data"]["string"] = message["trigger_metadata"]["QueueTrigger"]["string"] = text
    response = host.invoke("work", message)
    assert response.result.status == host.messages.StatusResult.Success, response.result.exception
    return response


def test_a_queue_message_does_its_work_and_the_lines_arrive_with_its_invocation(host, studio, endpoint):
    job, text = start(studio, endpoint)
    response = deliver(host, text)
    assert (
        job_status(studio.deployment.storage, get_job(studio.deployment.storage, endpoint, job), now=now())[
            "StatusCode"
        ]
        == "Finished"
    )
    lines = host.lines_of(response)
    assert any(line.startswith(f"Work {job} of jobs, delivery 1") for line in lines), lines
    assert any(line.startswith("Work ended as Finished") for line in lines), lines


def test_a_blob_event_brings_an_address_and_starts_a_job(host, studio, endpoint):
    storage = studio.deployment.storage
    path = f"{studio.workspace}/{endpoint.service_id}/default/rows.csv"
    storage.container("scoring-input").upload_blob(path, people_csv(10).encode(), overwrite=True)
    message = golden("blob")
    address = {"Connection": "AzureWebJobsStorage", "ContainerName": "scoring-input", "BlobName": path}
    content = base64.b64encode(json.dumps(address).encode()).decode()
    message["input_data"][0]["data"]["model_binding_data"]["content"] = content
    before = list(storage.table("jobs").query_entities(f"PartitionKey eq '{endpoint.id}'"))
    for _ in range(2):
        response = host.invoke("scoring_input_uploaded", message)
        assert response.result.status == host.messages.StatusResult.Success, response.result.exception
    after = list(storage.table("jobs").query_entities(f"PartitionKey eq '{endpoint.id}'"))
    assert len(after) == len(before) + 1


def test_the_one_timer_ticks_and_what_fails_in_it_keeps_the_rest_from_nothing(host, studio):
    """Flex Consumption bills each timer function by itself, so there is one for three tasks."""
    timers = [name for name, item in host.functions.items() if '"timerTrigger"' in "".join(item.raw_bindings)]
    assert timers == ["every_minute"]
    response = host.invoke("every_minute", golden("timer"))
    assert response.result.status == host.messages.StatusResult.Success, response.result.exception
    storage = studio.deployment.storage
    due = Schedule(POLICY, studio.workspace, "gone", next_at="2020-01-01T00:00:00+00:00")
    put_schedule(storage, due)
    broken = {"PartitionKey": ACTIVE, "RowKey": "broken", "Key": "no JSON", "SentAt": now().isoformat()}
    storage.table("jobs").upsert_entity(broken)
    try:
        response = host.invoke("every_minute", golden("timer"))
    finally:
        storage.table("jobs").delete_entity(ACTIVE, "broken")
    # The host counts the failure; the schedule was looked at all the same.
    assert response.result.status == host.messages.StatusResult.Failure
    assert find_schedule(storage, POLICY, studio.workspace, "gone").next_at == NEVER
    assert any(line.startswith("The timer could not requeue.") for line in host.lines_of(response))


def test_a_request_has_one_span_and_it_is_below_the_hosts(host, collector):
    """Whatever traceparent the caller sent: the host's span continues it, so the app's must not do so beside it."""
    headers = golden("http")["input_data"][0]["data"]["http"]["headers"]
    headers |= {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}
    before = len(collector.spans())
    assert request(host, "show_openapi", "openapi.json", headers=headers)[0] == 200
    found = wait_for(lambda: [span for span in collector.spans()[before:] if span.name == "show_openapi"], 10)
    (span,) = found
    assert (span.trace_id.hex(), span.parent_span_id.hex()) == (TRACE, HOST_SPAN)
    assert span.kind == span.SPAN_KIND_INTERNAL
    assert attributes(span)["http.response.status_code"] == 200


def test_work_continues_the_trace_of_who_asked_and_links_the_hosts_span(host, studio, endpoint, collector):
    job, text = start(studio, endpoint)
    asked = json.dumps(json.loads(text) | {"traceparent": f"00-{'a' * 32}-{'b' * 16}-01"})
    deliver(host, asked)
    spans = wait_for(lambda: [span for span in collector.spans() if span.trace_id.hex() == "a" * 32], 10)
    (span,) = spans
    assert attributes(span)["perennial.work.id"] == job
    assert span.kind == span.SPAN_KIND_INTERNAL
    assert [link.span_id.hex() for link in span.links] == [HOST_SPAN]


def test_the_azure_sdk_does_not_log_its_requests(host):
    chatty = {line.category for line in host.lines if line.category.startswith(("azure.core", "azure.identity"))}
    assert chatty == set()
