"""The documentation's examples run."""

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from studio.graph.document import parse_experiment
from studio.rollout.drawn import is_drawn
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
    assert "`.venv/bin/python -m examples.retraining build/tutorial`" in (ROOT / "README.md").read_text()
    subprocess.run([sys.executable, "-m", "examples.retraining", "build/tutorial"], **(run | {"check": True}))
    (code,) = blocks("README.md", "python")
    done = subprocess.run([sys.executable, "-c", code], **(run | {"cwd": tmp_path / "build" / "tutorial"}))
    assert done.returncode == 0, done.stderr
    (row,) = ast.literal_eval(done.stdout)
    assert row["Scored Labels"] in ("benign", "malignant")


HEREDOC = re.compile(r"<<'(\w+)'$")


def commands(script: str) -> list[str]:
    """Split a script into its commands, each with the lines that go on with it."""
    found, lines, end = [], [], None
    for line in script.splitlines():
        lines.append(line)
        if end is None and (started := HEREDOC.search(line)):
            end = started[1]
        elif line == end or (end is None and not line.endswith("\\")):
            found.append("\n".join(lines))
            lines, end = [], None
    assert not lines
    return found


def typed(command: str) -> str:
    """A command as a terminal shows it, behind the prompt, then run."""
    return f"cat <<'TYPED'\n$ {command.replace(chr(10), chr(10) + '> ')}\nTYPED\n{command}"


def settled(printed: str, url: str) -> str:
    """What a terminal showed, with what differs from time to time replaced by something of the same length."""
    ids: dict[str, str] = {}
    text = printed.replace(url, "http://127.0.0.1:7071")
    text = re.sub(r"\b[0-9a-f]{32}\b", lambda found: ids.setdefault(found[0], f"{len(ids) + 1:032x}"), text)
    text = re.sub(r"(?<=→ )[0-9a-f]{8}\b|\b[0-9a-f]{8}(?= →)", "0a1b2c3d", text)
    text = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d", "2026-01-31 12:00", text)
    text = re.sub(r"(\d\.\d{6})\d{3,}", lambda found: f"{found[1]}…".ljust(len(found[0])), text)
    text = re.sub(r"(?<=│ Finished │ )\d+\.\d\d +│", lambda found: f"{'0.50':{len(found[0]) - 2}} │", text)
    text = re.sub(r" +$", "", text, flags=re.MULTILINE)
    return re.sub(r"took \d+ ms", "took 100 ms", text)


@pytest.mark.long
def test_the_tutorial_runs_from_top_to_bottom(app, workspace, tmp_path):
    typing = [typed(command) for block in blocks("docs/tutorial.md", "bash") for command in commands(block)]
    run = terminal(app, workspace, tmp_path)
    run["env"] |= {"COLUMNS": "80"}
    done = subprocess.run(["bash", "-c", "\n".join(["set -euo pipefail", "exec 2>&1", *typing])], **run)
    assert done.returncode == 0, done.stdout
    now_shown, kept = settled(done.stdout, app.url), ROOT / "build" / "tutorial-output.txt"
    kept.parent.mkdir(exist_ok=True)
    kept.write_text(now_shown)
    before = (ROOT / "docs" / "tutorial-output.txt").read_text()
    assert now_shown == before, f"The tutorial prints something else now. If that is right, copy {kept} to docs/."
    assert all(len(line) <= 80 for line in now_shown.splitlines() if line.startswith(("│", "┃", "┏", "┡", "└")))
    # What the page shows of the comparison is what a reader gets: the retrained model is better.
    (shown,) = [block for block in blocks("docs/tutorial.md", "console") if "same" in block]
    assert set(shown.splitlines()) - {"…"} <= {line.rstrip() for line in done.stdout.splitlines()}
    (code,) = blocks("docs/tutorial.md", "python")
    done = subprocess.run([sys.executable, "-c", code], **run | {"cwd": tmp_path / "build" / "tutorial"})
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() in ("benign", "malignant")


def test_the_experiment_of_the_reference_page_runs():
    documents = [json.loads(block) for block in blocks("docs/reference/experiment.md", "json")]
    document, by_hand, *_ = (document for document in documents if "modules" in document)
    parse_experiment(document)
    # It brings its rows along.
    result = run_document(document, "")
    assert any(port.node == "Evaluate" for port in result.values)
    # It needs the model of another experiment.
    assert is_drawn(parse_experiment(by_hand))


def test_every_relative_link_leads_somewhere():
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    for page in pages:
        for link in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
            if not link.startswith("http"):
                assert (page.parent / link).exists(), f"{page.name}: {link}"
