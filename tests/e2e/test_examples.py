"""The examples that run the app: many models from one experiment, drawings, a month, and the parity table."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run(module: str, *arguments: str, seconds: int = 180) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=seconds)


@pytest.mark.long
def test_ten_models_are_trained_by_one_service_and_update_ten_endpoints():
    done = run("examples.many_models")
    assert done.returncode == 0, done.stdout + done.stderr
    rows = re.findall(r"station(\d\d) │ (\d\.\d+)\s*│ (\d+\.\d)", done.stdout)
    assert [number for number, _, _ in rows] == [f"{number:02}" for number in range(1, 11)]
    assert all(float(share) > 0.9 for _, share, _ in rows)
    assert len({rentals for _, _, rentals in rows}) == 10


@pytest.mark.long
def test_a_network_learns_drawings_while_its_loss_is_shown():
    done = run("examples.drawings", "--classes", "12", "--each", "60", "--epochs", "25")
    assert done.returncode == 0, done.stdout + done.stderr
    losses = [float(loss) for loss in re.findall(r"epoch +\d+ of 25: loss (\d+\.\d+)", done.stdout)]
    assert losses[-1] < losses[0] / 2
    first, three = (float(re.search(rf"{name}_Accuracy +│ (\d\.\d+)", done.stdout)[1]) for name in ("Overall", "Top_3"))
    assert 0.5 < first < three
    assert re.search(r"784 +│ 256 +│ relu +│ 200,960", done.stdout)


@pytest.mark.long
def test_the_parity_table_compares_the_service_with_scikit_learn():
    done = run("examples.parity", "--learner", "multiclass logistic")
    assert done.returncode == 0, done.stdout + done.stderr
    lines = [line.split() for line in done.stdout.splitlines() if line.startswith("Multiclass Logistic")]
    assert [line[3] for line in lines] == ["wine", "digits"]
    for *_, direct, service, difference, runtime in lines:
        assert direct == service
        assert float(difference) <= 1e-9
        assert runtime == "onnx"


@pytest.mark.long
def test_a_month_keeps_its_promises_and_is_drawn(tmp_path):
    done = run("examples.month", "--picture", str(tmp_path / "month.svg"), seconds=1500)
    assert done.returncode == 0, done.stdout + done.stderr
    kept = [line for line in done.stdout.splitlines() if line.startswith("kept")]
    assert len(kept) >= 12
    assert (tmp_path / "month.svg").read_text().startswith("<svg")
