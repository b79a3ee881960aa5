"""The how-to pages run from top to bottom."""

import csv
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.test_docs import ROOT

BLOCK = re.compile(r"^```(bash|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TUTORIAL = """
python -m examples.retraining .
perennial dataset upload first.csv
perennial experiment put Tumours experiment.json
perennial experiment run Tumours
perennial experiment publish Tumours --kind training
perennial experiment publish Tumours
"""


def run_page(page: str, app, workspace, folder: Path, before: str = "", **settings: str) -> str:
    """Run a page's bash and python blocks in their order, as one script; return what they print."""
    found = BLOCK.findall((ROOT / "docs" / "how-to" / page).read_text())
    steps = [code if language == "bash" else f"python <<'PYTHON'\n{code}PYTHON\n" for language, code in found]
    settings |= {
        "PERENNIAL_URL": app.url,
        "PERENNIAL_WORKSPACE": workspace.id,
        "PERENNIAL_TOKEN": workspace.token,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "COLUMNS": "200",
    }
    script = "\n".join(["set -euo pipefail", before, *steps])
    run = {"cwd": folder, "env": os.environ | settings, "capture_output": True, "text": True, "check": False}
    done = subprocess.run(["bash", "-c", script], **run)
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


@pytest.mark.long
def test_twelve_services_move_and_a_classic_client_scores(app, workspace, tmp_path):
    printed = run_page("migrate-classic-services.md", app, workspace, tmp_path)
    qualities = [float(line.split()[-1]) for line in printed.splitlines() if "R² on the hold-out rows" in line]
    assert len(qualities) == 12
    assert min(qualities) > 0.8
    busy, quiet = (float(line) for line in printed.splitlines()[-2:])
    # 40 customers for each of the store's number, more at weekends, in warm weather and with a promotion.
    assert abs(busy - (280 + 30 + 43 + 50)) < 25
    assert abs(quiet - (280 + 6)) < 25
    service = workspace.get_web_service("Customers [predictive exp.]")
    endpoints = {item.name: item for item in workspace.list_endpoints(service)}
    with (tmp_path / "endpoints.csv").open() as file:
        written = {row["endpoint"]: row["key"] for row in csv.DictReader(file)}
    assert written == {name: item.primary_key for name, item in endpoints.items() if name != "default"}
    assert len({endpoints[name].resources[0].model for name in written}) == 12


@pytest.mark.long
def test_scores_are_explained_by_figures_that_one_can_check_by_hand(app, workspace, tmp_path):
    printed = run_page("explain-scores.md", app, workspace, tmp_path)
    shown = re.findall("^```text\n(.*?)^```$", (ROOT / "docs/how-to/explain-scores.md").read_text(), re.M | re.S)
    assert printed == "".join(shown)


@pytest.mark.long
def test_an_endpoint_is_retrained_by_a_policy_and_by_a_pipeline(app, workspace, app_settings, tmp_path):
    storage = app_settings["AzureWebJobsStorage"]
    printed = run_page("retrain-on-a-schedule.md", app, workspace, tmp_path, TUTORIAL, STORAGE=storage)
    assert "in use" in printed
    endpoint = workspace.get_endpoint(workspace.get_web_service("Tumours [predictive exp.]"), "berlin")
    by_policy, by_pipeline = workspace.list_history(endpoint)[-2:]
    assert by_policy["By"] == "retraining policy"
    assert "pipeline WeeklyRetrain" in by_pipeline["Why"]
    (trigger,) = workspace.list_documents("triggers")
    for due in (workspace.get_policy(endpoint)["NextRun"], trigger["NextRun"]):
        assert re.search("T0[01]:00:00", due), due


@pytest.mark.long
def test_a_model_is_tried_in_the_shadow_and_promoted_in_steps(app, workspace, tmp_path):
    printed = run_page("promote-in-steps.md", app, workspace, tmp_path, TUTORIAL)
    assert "200 rows compared" in printed
    endpoint = workspace.get_endpoint(workspace.get_web_service("Tumours [predictive exp.]"), "oslo")
    plan, shadow = workspace.get_promotion(endpoint), workspace.get_shadow(endpoint)
    assert (plan["State"], plan["Step"], plan["Steps"][0]["Figures"]["Verdict"]) == ("Stopped", 1, "passed")
    assert (shadow["State"], shadow["Rows"]) == ("Ended", 200)
    whys = [change["Why"] for change in workspace.list_history(endpoint)]
    assert any("trained on newer rows" in why for why in whys)
    assert any(why.startswith("step 2 of 4, candidate: 5 % of the rows; 200 rows in the shadow") for why in whys)


@pytest.mark.long
def test_somebody_subscribes_reads_what_happened_and_who_did_it(app, workspace, app_settings, tmp_path):
    hook = f"http://{app_settings['PERENNIAL_EVENT_HOSTS']}/hook"
    printed = run_page("be-told.md", app, workspace, tmp_path, HOOK=hook)
    assert "whsec_" in printed
    with (tmp_path / "acts.csv").open() as file:
        acts = [row["Action"] for row in csv.DictReader(file)]
    assert {"set_subscription", "remove_subscription"} <= set(acts), acts


@pytest.mark.long
def test_an_endpoint_is_watched_for_drift(app, workspace, tmp_path):
    printed = run_page("watch-for-drift.md", app, workspace, tmp_path, TUTORIAL)
    assert "No row that this model scored has been counted" in printed
    endpoint = workspace.get_endpoint(workspace.get_web_service("Tumours [predictive exp.]"), "watched")
    assert workspace.get_policy(endpoint)["Trigger"]["Type"] == "Drift"
    assert workspace.get_prediction_log(endpoint)["Share"] == 1
