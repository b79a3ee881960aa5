"""What hostile callers try, and what tired ones do by mistake: nothing is reached, told or broken by it."""

import ast
import inspect
import json
import threading

import httpx
import pytest

from perennial import PerennialError
from perennial.transport import download
from studio.registry import access
from studio.storage import keys
from studio.storage.account import CONTAINERS, TABLES
from studio.storage.blobs import own_blob
from studio.wire import MAX_JSON_BYTES
from tests.builders import people_csv, people_experiment
from tests.e2e.steps import ROWS, call, wait_for
from tests.storage.in_process import now
from tests.trials.stage import Caller

pytestmark = pytest.mark.attack("Names, headers and keys")

HOSTILE_NAMES = [
    "../other.csv",
    "..\\other.csv",
    "a/../../other.csv",
    "/etc/passwd.csv",
    "%2e%2e/other.csv",
    "..%2fother.csv",
    "x.csv?comp=list&restype=container",
    "x.csv#fragment.csv",
    "x.csv\r\nX-Injected: yes",
    "x\r\n\r\nGET / HTTP/1.1\r\n.csv",
    "x\x00.csv",
    "x\u2028.csv",
    "$logs.csv/../../x.csv",
    "-" * 2000 + ".csv",
    ".csv",
    "con\u202evsc.csv",
]


@pytest.fixture
def neighbour(admin, deployment):
    """Another workspace with a file of its own."""
    with admin.create_workspace("Neighbour") as workspace:
        deployment.storage.container("datasets").upload_blob(f"{workspace.id}/other.csv", b"secret\n1\n")
        yield workspace


def all_blobs(deployment) -> dict[str, str]:
    return {
        f"{container}/{blob.name}": blob.etag
        for container in CONTAINERS
        for blob in deployment.storage.container(container).list_blobs()
    }


def test_a_dataset_name_leads_nowhere_else(app, published, neighbour, deployment, record_property):
    workspace = published.workspace
    before = all_blobs(deployment)
    for name in HOSTILE_NAMES:
        answer = call("POST", f"{app.url}/workspaces/{workspace.id}/datasets", workspace.token, {"Name": name})
        assert answer.status_code in (201, 400)
        assert "x-injected" not in answer.headers
        if answer.status_code == 201:
            link = answer.json()["Upload"]
            url = f"{link['BaseLocation']}{link['RelativeLocation']}{link['SasBlobToken']}"
            httpx.put(url, content=b"a\n1\n", headers={"x-ms-blob-type": "BlockBlob"})
    written = {path for path, etag in all_blobs(deployment).items() if before.get(path) != etag}
    assert written
    own = (f"datasets/{workspace.id}/", f"dataset-readings/{workspace.id}/")
    assert all(path.startswith(own) for path in written)
    record_property("attacks", len(HOSTILE_NAMES))


def test_a_location_leads_nowhere_its_link_does_not(app, published, neighbour, deployment, record_property):
    """The link is of one blob; whatever the location says beside it opens no other, in jobs and in PATCH."""
    workspace, before = published.workspace, all_blobs(deployment)
    good = own_blob(deployment.storage, f"datasets/{workspace.id}/people.csv", now()).to_json()
    forms = "datasets/{0}/{1}", "datasets/{1}", "{1}"
    locations = [form.format(workspace.id, name) for form in forms for name in HOSTILE_NAMES[::3]]
    started = []
    for location in (*locations, f"datasets/{neighbour.id}/other.csv"):
        wrong = good | {"RelativeLocation": location}
        jobs = f"{published.default.api_location}/jobs?api-version=2.0"
        body = {"Inputs": {"input1": good}, "Outputs": {"output1": wrong}, "GlobalParameters": {}}
        for inputs in ({"Inputs": {"input1": wrong}}, {"Input": wrong}, body):
            answer = call("POST", jobs, published.default.primary_key, inputs)
            assert answer.status_code in (200, 400), answer.text
            assert "x-injected" not in answer.headers
            if answer.status_code == 200:
                started.append(workspace.get_job(published.default, answer.json()))
                started[-1].start()
    for job in started:
        with pytest.raises(PerennialError):
            job.wait()
    record_property("attacks", 3 * len(locations) + 3)
    assert all_blobs(deployment).items() >= before.items()
    written = set(all_blobs(deployment)) - set(before)
    assert not {path for path in written if not path.startswith("ml-diagnostics/")}


@pytest.mark.parametrize("path", ["../{0}/other.csv", "{0}/other.csv", "..%2f{0}%2fother.csv", "/{0}/other.csv"])
def test_an_experiment_reads_no_other_workspaces_data(published, neighbour, path):
    document = people_experiment()
    document["modules"]["Data"]["properties"]["Path to container, directory or blob"] = path.format(neighbour.id)
    published.workspace.put_experiment("Reaching", document)
    with pytest.raises(PerennialError) as caught:
        published.workspace.run_experiment("Reaching")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"Inputs":' * 50_000,
        b'{"Inputs":{"input1":' + b"[" * 5_000 + b"]" * 5_000 + b"}}",
        b'{"Inputs":{"input1":[{"age":' + b"9" * 100_000 + b"}]}}",
        b'{"Inputs":{"input1":[' + b'{"age":1},' * 10_000 + b"]}}",
        b"\xff\xfe" * 1000,
        b'{"a":"\\ud800"}',
        b"{" + b" " * MAX_JSON_BYTES,
    ],
    ids=["arrays", "objects", "cells", "digits", "comma", "no text", "half a character", "size"],
)
def test_bodies_that_are_deep_long_or_broken_are_refused_quickly(published, body):
    headers = {"Authorization": f"Bearer {published.default.primary_key}"}
    answer = httpx.post(
        f"{published.default.api_location}/execute?api-version=2.0", content=body, headers=headers, timeout=10
    )
    assert answer.status_code == (413 if len(body) > MAX_JSON_BYTES else 400)
    assert published.workspace.score(published.default, ROWS)


def test_keys_are_in_no_log_no_error_no_history_and_no_row(published, app_settings, app_log, deployment, tmp_path):
    workspace = published.workspace
    endpoint = workspace.add_endpoint(published.service, "quiet")
    secret = app_settings["PERENNIAL_MASTER_SECRET"]
    account_key, signature = "QWNjb3VudEtleU9mU29tZWJvZHlFbHNl", "c2lnbmF0dXJlLW9mLXNvbWVib2R5"
    opens = [secret, endpoint.primary_key, endpoint.raw["SecondaryKey"], workspace.token, account_key, signature]
    opens.append(keys.admin_token(secret))
    forged = {
        "BaseLocation": deployment.storage.account_url,
        "RelativeLocation": "experimentoutput/x/y.ilearner",
        "SasBlobToken": f"?sv=2024-05-04&sig={signature}",
    }
    connection = f"DefaultEndpointsProtocol=https;AccountName=somebody;AccountKey={account_key};"
    data = {"ConnectionString": connection, "RelativeLocation": "c/x.csv"}
    management = f"{workspace_url(published)}/{endpoint.name}"
    told = [
        call("PATCH", management, workspace.token, {"Resources": [{"Name": "", "Location": forged}]}),
        call("PATCH", f"{management}?token={workspace.token}", workspace.token, {"Resources": 1}),
        call(
            "POST", f"{endpoint.api_location}/jobs?api-version=2.0", endpoint.primary_key, {"Inputs": {"input1": data}}
        ),
        call(
            "POST", f"{endpoint.api_location}/execute?key={endpoint.primary_key}", endpoint.primary_key, {"Inputs": 1}
        ),
        call("POST", f"{endpoint.api_location}/execute", endpoint.primary_key[:-1], {"Inputs": 1}),
        call("GET", f"{workspace_url(published)}/nothing?code={account_key}", workspace.token),
    ]
    assert {answer.status_code for answer in told} <= {400, 401, 404}
    link = own_blob(deployment.storage, f"datasets/{workspace.id}/people.csv", now())
    body = {"Inputs": {"input1": link.to_json()}, "Outputs": {}, "GlobalParameters": {}}
    jobs = f"{endpoint.api_location}/jobs"
    job = call("POST", f"{jobs}?api-version=2.0", endpoint.primary_key, body).json()
    workspace.get_job(endpoint, job).start()
    workspace.get_job(endpoint, job).wait()
    opens.append((link.sas_token or "").partition("sig=")[2].partition("&")[0])
    texts = {
        "log": app_log.read_text(),
        "errors": "".join(answer.text for answer in told),
        "history": json.dumps(workspace.list_history(endpoint)),
    }
    for table in TABLES:
        rows = deployment.storage.table(table).list_entities()
        texts[table] = json.dumps([dict(row) for row in rows], default=str)
    assert "PATCH" in texts["log"]
    for where, text in texts.items():
        assert [value for value in opens if value in text] == [], where


def workspace_url(published) -> str:
    root = published.default.api_location.partition("/workspaces/")[0]
    return f"{root}/workspaces/{published.workspace.id}/webservices/{published.service.id}/endpoints"


def test_keys_are_changed_under_load_and_no_call_fails(published):
    workspace = published.workspace
    endpoint = workspace.add_endpoint(published.service, "rotated")
    answers = []
    for slot, other in (("primary", "SecondaryKey"), ("secondary", "PrimaryKey")):
        endpoint = workspace.get_endpoint(published.service, "rotated")
        caller = Caller(endpoint, key=endpoint.raw[other])
        caller.start()
        old = endpoint.raw[f"{slot.title()}Key"]
        wait_for(lambda caller=caller: caller.total > 20)
        changed = workspace.regenerate_key(endpoint, slot)
        url = f"{endpoint.api_location}/execute?api-version=2.0"
        body = {"Inputs": {"input1": ROWS}}
        answers.append(call("POST", url, old, body).status_code)
        answers.append(call("POST", url, changed.raw[f"{slot.title()}Key"], body).status_code)
        seen = caller.total
        wait_for(lambda caller=caller, seen=seen: caller.total > seen + 20)
        caller.stop()
        assert caller.failed == 0, caller.statuses
    assert answers == [401, 200, 401, 200]


def test_keys_are_compared_in_constant_time_and_nowhere_else():
    assert "hmac.compare_digest" in inspect.getsource(keys.same_key)
    for module in (access, keys):
        compared = [node for node in ast.walk(ast.parse(inspect.getsource(module))) if isinstance(node, ast.Compare)]
        assert all(isinstance(operator, ast.IsNot | ast.Is) for node in compared for operator in node.ops)


def test_cells_that_a_spreadsheet_would_compute_come_back_as_they_were(published, tmp_path):
    """They are data here; SECURITY.md tells whoever opens them elsewhere."""
    formulas = ['=HYPERLINK("http://x","y")', "=1+1", "+1", "-1+2", "@SUM(A1)", "\t=1"]
    header = people_csv(1).splitlines()[0]
    quoted = ['"' + formula.replace('"', '""') + '"' for formula in formulas]
    (tmp_path / "formulas.csv").write_text("\n".join([header, *(f"30,{cell},1.5,true,no" for cell in quoted)]) + "\n")
    link = published.workspace.upload(tmp_path / "formulas.csv")
    job = published.workspace.submit_job(published.default, {"input1": link})
    text = download(job.wait().results["output1"]).decode()
    for formula, cell in zip(formulas, quoted, strict=True):
        assert f",{formula}," in text or f",{cell}," in text
    scored = published.workspace.score(published.default, [ROWS[0] | {"city": formula} for formula in formulas])
    assert [row["city"] for row in scored] == formulas


def test_many_hostile_calls_at_once_leave_the_app_answering(published):
    """Slow senders and closed connections: others are answered meanwhile."""
    import socket
    from urllib.parse import urlsplit

    address = urlsplit(published.default.api_location)
    head = f"POST {address.path}/execute HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Length: 1000\r\n\r\n{{"
    held = []
    for _ in range(200):
        connection = socket.create_connection((address.hostname, address.port))
        connection.sendall(head.encode())
        held.append(connection)
    try:
        for _ in range(5):
            assert published.workspace.score(published.default, ROWS)
    finally:
        for connection in held:
            connection.close()
    assert threading.active_count() < 100
