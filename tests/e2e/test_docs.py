"""The documentation's examples run."""

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

from studio.graph.document import parse_experiment
from tests.builders import run_document

ROOT = Path(__file__).parents[2]


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", (ROOT / page).read_text(), re.MULTILINE | re.DOTALL)


def terminal(app, workspace, folder: Path) -> dict:
    """Return what runs a command in a terminal whose user has pasted the lines that `make serve` prints."""
    settings = {
        "PERENNIAL_URL": app.url,
        "PERENNIAL_WORKSPACE": workspace.id,
        "PERENNIAL_TOKEN": workspace.token,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "COLUMNS": "200",
    }
    return {"cwd": folder, "env": os.environ | settings, "capture_output": True, "text": True, "check": False}


def test_the_readme_runs_the_whole_loop(app, workspace, tmp_path):
    run = terminal(app, workspace, tmp_path)
    assert "`.venv/bin/python -m examples.retraining .`" in (ROOT / "README.md").read_text()
    subprocess.run([sys.executable, "-m", "examples.retraining", "."], **(run | {"check": True}))
    (code,) = blocks("README.md", "python")
    done = subprocess.run([sys.executable, "-c", code], **run)
    assert done.returncode == 0, done.stderr
    (row,) = ast.literal_eval(done.stdout)
    assert row["Scored Labels"] in ("benign", "malignant")


def test_the_tutorial_runs_from_top_to_bottom(app, workspace, tmp_path):
    script = "\n".join(["set -euo pipefail", *blocks("docs/tutorial.md", "bash")])
    run = terminal(app, workspace, tmp_path)
    done = subprocess.run(["bash", "-c", script], **run)
    assert done.returncode == 0, done.stderr + done.stdout
    for text in ("AUC", '"type":"table"', "the swap took", "rollback", "seattle refreshed"):
        assert text in done.stdout
    # What the page shows of the comparison is what a reader gets: the retrained model is better.
    (shown,) = [block for block in blocks("docs/tutorial.md", "console") if "same" in block]
    assert set(shown.splitlines()) - {"…"} <= {line.rstrip() for line in done.stdout.splitlines()}
    (code,) = blocks("docs/tutorial.md", "python")
    done = subprocess.run([sys.executable, "-c", code], **run)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() in ("benign", "malignant")


def test_the_experiment_of_the_reference_page_runs():
    (document,) = (json.loads(block) for block in blocks("docs/reference/experiment.md", "json"))
    parse_experiment(document)
    result = run_document(document, "")
    assert any(port.node == "Evaluate" for port in result.values)


def test_every_relative_link_leads_somewhere():
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    for page in pages:
        for link in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
            if not link.startswith("http"):
                assert (page.parent / link).exists(), f"{page.name}: {link}"
