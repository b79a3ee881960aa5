"""`make demo` on a table of one's own."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.builders import people_csv

ROOT = Path(__file__).parents[2]


def demo(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "examples.retraining.demo", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)


def test_the_demo_runs_on_a_table_of_ones_own(tmp_path):
    table = tmp_path / "own.csv"
    table.write_text(people_csv(600))
    done = demo("--data", str(table), "--label", "bought")
    assert done.returncode == 0, done.stdout + done.stderr
    for text in (
        "runtime onnx",
        "same 150 rows, of held-back.csv",
        "in use",
        "retrained",
        "ExpiryTimeInThePast",
        "seattle (new)",
        "Done.",
    ):
        assert text in done.stdout
    assert re.search(r"swap took \d+ ms", done.stdout)


@pytest.mark.parametrize(
    "label, text",
    [("nothing", "own.csv has age, city, hours, smoker, bought"), ("city", "has 5 different texts")],
)
def test_the_demo_says_what_is_wrong_with_a_label(tmp_path, label, text):
    table = tmp_path / "own.csv"
    table.write_text(people_csv(100))
    if label == "city":
        table.write_text(people_csv(100, missing=False).replace("Oslo", "Rome", 3))
    done = demo("--data", str(table), "--label", label)
    assert done.returncode == 1
    assert text in done.stderr
