"""A run is cancelled over HTTP while another process works on it."""

import pytest

from tests.builders import people_experiment
from tests.e2e.steps import call, wait_for, write_people


@pytest.mark.long
def test_a_run_is_cancelled_inside_its_learner(app, workspace, tmp_path):
    workspace.upload(write_people(tmp_path))
    endless = {"Number of learning iterations": 10_000, "Number of hidden nodes": "1000"}
    workspace.put_experiment("Endless", people_experiment("Two-Class Neural Network", **endless))
    experiment = f"{app.url}/workspaces/{workspace.id}/experiments/Endless"
    token = workspace.token
    run = call("POST", f"{experiment}/run", token).json()["RunId"]

    def look():
        return call("GET", f"{experiment}/runs/{run}", token).json()

    wait_for(lambda: look()["Progress"]["step"] == "Train")
    assert call("POST", f"{experiment}/runs/{run}/cancel", "nonsense").status_code == 401
    assert call("POST", f"{experiment}/runs/{'0' * 32}/cancel", token).status_code == 404
    assert look()["Status"]["StatusCode"] == "Running"
    for _ in range(2):
        answer = call("POST", f"{experiment}/runs/{run}/cancel", token)
        assert (answer.status_code, answer.content) == (204, b"")
    assert look()["Status"]["StatusCode"] == "Cancelled"
