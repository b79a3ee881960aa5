"""Run by test_client_versions.py on each Python: the retraining loop with the installed client, then its command."""

import json
import os
import subprocess
import sys
from pathlib import Path

import perennial
from perennial import PerennialError, Workspace

ROWS = [{"age": 30, "city": "Oslo", "hours": 3.5, "smoker": True}]


def command(*arguments: str) -> str:
    """Run the installed `perennial` with warnings as errors and return what it prints."""
    program = Path(sys.prefix) / "bin" / "perennial"
    settings = {"PYTHONWARNINGS": "error", "COLUMNS": "200", "NO_COLOR": "1"}
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False, env=os.environ | settings)
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


def walk_the_loop(workspace: Workspace, folder: Path) -> str:
    """Publish, score, retrain, swap and roll back; returns the name of the web service."""
    workspace.upload(folder / "people.csv")
    assert workspace.put_experiment("People", json.loads((folder / "people.json").read_text())) == 1
    states: list[str] = []
    run = workspace.run_experiment("People", lambda status: states.append(status.state))
    assert states[-1] == "Finished"
    assert run.metrics["Evaluate"]["AUC"] > 0.8
    trainer = workspace.get_endpoint(workspace.publish("People", "training"))
    service = workspace.publish("People", "predictive")
    live = workspace.add_endpoint(service, "live")
    old = workspace.score(live, ROWS)
    assert old[0]["city"] == "Oslo"
    done = workspace.submit_job(trainer, {"input1": workspace.upload(folder / "later.csv")}).wait()
    live = workspace.update_endpoint(live, {"": done.results["output1"]})
    assert live.resources[0].version == 2
    assert workspace.score(live, ROWS) != old
    assert workspace.rollback_endpoint(live).resources[0].version == 1
    assert workspace.score(live, ROWS) == old
    code = ""
    try:
        workspace.get_web_service("nobody")
    except PerennialError as error:
        code = error.code
    assert code == "NotFound"
    return service.name


def main() -> None:
    """Use the library, then the command line."""
    assert Path(perennial.__file__).is_relative_to(sys.prefix)
    names = ("PERENNIAL_URL", "PERENNIAL_WORKSPACE", "PERENNIAL_TOKEN")
    with Workspace(*(os.environ[name] for name in names)) as workspace:
        service = walk_the_loop(workspace, Path(sys.argv[1]))
    assert command("--version").strip() == perennial.__version__
    assert "retrain" in command("--help")
    assert "Scored Probabilities" in command("score", service, json.dumps(ROWS), "--endpoint", "live")
    assert "rollback" in command("endpoint", "history", service, "live")
    assert "FAIL" not in command("doctor")


if __name__ == "__main__":
    main()
