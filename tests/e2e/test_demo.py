"""`make demo` on a table of one's own."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.builders import people_csv
from tests.demo_tables import TABLES

ROOT = Path(__file__).parents[2]


def demo(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "examples.retraining.demo", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)


@pytest.mark.long
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


@pytest.mark.long
@pytest.mark.parametrize(
    "name, words",
    [
        ("two-classes.csv", ["'left' has two values", "Column 'customer'", "Both models on the same 120 rows"]),
        ("seven-classes.csv", ["'cover' has 7 different values", "Multiclass Decision Forest"]),
        ("numbers.csv", ["'Ausleihen' has numbers", "read as Windows-1252", "Both models on the same 120 rows"]),
        ("dates.csv", ["'arrival' has two values", "Both models on the same 120 rows"]),
        ("currency.csv", ["'price' has numbers", "Both models on the same 120 rows"]),
    ],
)
def test_the_demo_runs_on_tables_as_people_have_them(tmp_path, name, words):
    text, label = TABLES[name]()
    (tmp_path / name).write_bytes(text.encode("cp1252"))
    done = demo("--data", str(tmp_path / name), "--label", label)
    assert done.returncode == 0, done.stdout + done.stderr
    shown = " ".join(done.stdout.split())
    for text in (*words, "it will be refused", "As expected, with the expired link", "Done."):
        assert text in shown


def test_the_demo_says_what_is_wrong_with_a_label(tmp_path):
    table = tmp_path / "own.csv"
    table.write_text(people_csv(100))
    done = demo("--data", str(table), "--label", "nothing")
    assert done.returncode == 1
    assert "own.csv has age, city, hours, smoker, bought" in done.stderr
