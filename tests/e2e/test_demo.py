"""`make demo` on a table of one's own, and `make serve`."""

import json
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from devhost.azurite import free_port
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


def test_serve_prints_how_to_connect_keeps_its_data_and_ends_with_ctrl_c(tmp_path):
    port, storage_port = free_port(), [str(free_port()) for _ in range(3)]
    # These tests may run in the background, where SIGINT is ignored and would stay so.
    terminal = (
        "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); os.execv(sys.argv[1], sys.argv[1:])"
    )
    command = [sys.executable, "-c", terminal, sys.executable, "-m", "devhost", "serve", "--port", str(port)]
    command += ["--folder", str(tmp_path), "--storage-ports", ",".join(storage_port)]

    def serve():
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        lines = []
        deadline = time.monotonic() + 60
        while not any("Ctrl-C" in line for line in lines):
            assert time.monotonic() < deadline, lines
            lines.append(process.stdout.readline())
        return process, "".join(lines)

    process, printed = serve()
    workspace = re.search(r"PERENNIAL_WORKSPACE=(\S+)", printed)[1]
    token = re.search(r"PERENNIAL_TOKEN=(\S+)", printed)[1]
    shown = httpx.get(f"http://127.0.0.1:{port}/workspaces/{workspace}", headers={"Authorization": f"Bearer {token}"})
    assert shown.json()["WorkspaceId"] == workspace
    assert f"BlobEndpoint=http://127.0.0.1:{storage_port[0]}/" in printed
    process.send_signal(signal.SIGINT)
    rest = process.communicate(timeout=30)[0]
    assert process.returncode == 0
    assert "Traceback" not in rest
    with socket.create_server(("127.0.0.1", port)):
        refused = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert refused.returncode == 1
    assert f"Port {port} is in use" in refused.stderr
    process, printed = serve()
    assert token in printed
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert json.loads((tmp_path / "local.settings.json").read_text())["Values"]["PERENNIAL_MASTER_SECRET"]
