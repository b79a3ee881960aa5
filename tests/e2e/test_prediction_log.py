"""The prediction log over HTTP: kept, read as a frame and by command, told the truth; for the workspace only."""

import json

import httpx
import pytest

from perennial import PerennialError, Workspace
from tests.e2e.steps import ROWS, wait_for
from tests.e2e.test_cli import Shell


@pytest.fixture(scope="module")
def logged(published):
    workspace = published.workspace
    endpoint = workspace.add_endpoint(published.service, "logged")
    workspace.put_prediction_log(endpoint, LeaveOut=["city"])
    yield workspace, endpoint
    workspace.delete_endpoint(endpoint)


def execute(endpoint, **headers):
    body = {"Inputs": {"input1": ROWS}, "GlobalParameters": {}}
    url = f"{endpoint.api_location}/execute?api-version=2.0&format=swagger"
    return httpx.post(url, json=body, headers={"Authorization": f"Bearer {endpoint.primary_key}"} | headers)


def test_what_was_asked_and_answered_is_a_frame_seconds_later(logged):
    workspace, endpoint = logged
    answers = [execute(endpoint, **{"x-ms-client-request-id": "order-7"}), execute(endpoint)]
    ids = [answer.headers["x-ms-client-request-id"] for answer in answers]
    assert ids[0] == "order-7"
    assert len(ids[1]) == 32
    wait_for(lambda: len(workspace.read_log(endpoint, "1h", library="records")) == 2 * len(ROWS))
    frame = workspace.read_log(endpoint, since="1h", library="pandas")
    assert list(frame["id"]) == [f"{id_}/{row}" for id_ in ids for row in range(len(ROWS))]
    assert "input/city" not in frame
    scores = [float(row["Scored Probabilities"]) for row in answers[0].json()["Results"]["output1"]]
    assert list(frame["score/Scored Probabilities"][: len(ROWS)]) == scores
    assert str(frame["at"].dtype).startswith("datetime64")
    part = workspace.read_log(endpoint, "1h", columns=["id"], most=2, library="records")
    assert part == [{"at": part[0]["at"], "id": "order-7/0"}, {"at": part[1]["at"], "id": "order-7/1"}]


def test_an_endpoint_without_a_log_answers_as_before(published):
    assert "x-ms-client-request-id" not in execute(published.default, **{"x-ms-client-request-id": "a"}).headers
    with pytest.raises(PerennialError, match="no prediction log"):
        published.workspace.get_prediction_log(published.default)


def test_truths_are_taken_from_dicts_and_frames(logged):
    import pandas as pd

    workspace, endpoint = logged
    assert workspace.send_truths(endpoint, {"order-7/0": "yes", "order-7/1": None}) == 2
    assert workspace.send_truths(endpoint, pd.DataFrame({"id": ["order-7/2"], "value": ["no"]})) == 1
    assert workspace.list_live_metrics(endpoint) == [] or workspace.list_live_metrics(endpoint)[0]["Rows"]
    with pytest.raises(PerennialError, match="Truths, item 1: Id"):
        workspace.send_truths(endpoint, [{"Id": "", "Value": 1}])


def test_the_log_at_the_command_line(app, logged, published, tmp_path):
    workspace, _ = logged
    shell = Shell(app, workspace, tmp_path)
    name = published.service.name
    (tmp_path / "truths.csv").write_text("id,value\norder-7/0,yes\n")
    assert "1 truths kept" in shell("endpoint", "feedback", name, "logged", str(tmp_path / "truths.csv"))
    kept = json.loads(shell("endpoint", "keep-log", name, "logged", "--share", "0.5", "--json"))
    assert kept["Share"] == 0.5
    assert "order-7/0" in shell("endpoint", "log", name, "logged", "--json")
    shell("endpoint", "live-metrics", name, "logged")
    assert "no more rows" in shell("endpoint", "keep-log", name, "logged", "--off")


@pytest.mark.attack("Other tenants")
def test_the_key_of_an_endpoint_opens_no_logged_row(app, logged):
    workspace, endpoint = logged
    at = f"{app.url}/workspaces/{workspace.id}/webservices/{endpoint.service_id}/endpoints/logged"
    key = {"Authorization": f"Bearer {endpoint.primary_key}"}
    for method, path in (
        ("GET", "log"),
        ("GET", "predictionlog"),
        ("PUT", "predictionlog"),
        ("DELETE", "predictionlog"),
    ):
        body = {"content": b"{}"} if method == "PUT" else {}
        assert httpx.request(method, f"{at}/{path}", headers=key, **body).status_code == 401
    assert isinstance(workspace, Workspace)
    assert httpx.get(f"{at}/livemetrics", headers=key).status_code == 200
