"""`make serve` in two checkouts at once: what it prints, what it keeps, and how it ends."""

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
from azure.storage.queue import QueueServiceClient

from devhost.azurite import free_port
from devhost.own_storage import StorageRefused, open_storage
from perennial.client import Admin, Workspace
from studio.storage.keys import admin_token

ROOT = Path(__file__).parents[2]


@pytest.fixture
def first(tmp_path):
    emulator = open_storage(tmp_path / "one", "first secret")
    yield emulator
    emulator.stop()


@pytest.mark.attack("Another app's storage")
def test_two_folders_have_two_stores(first, tmp_path):
    second = open_storage(tmp_path / "two", "second secret")
    try:
        assert not set(first.ports) & set(second.ports)
        ours, theirs = (QueueServiceClient.from_connection_string(one.connection_string) for one in (first, second))
        ours.create_queue("batch-jobs").send_message("for the first")
        theirs.create_queue("batch-jobs")
        assert theirs.get_queue_client("batch-jobs").receive_message() is None
        assert ours.get_queue_client("batch-jobs").receive_message().content == "for the first"
    finally:
        second.stop()


@pytest.mark.attack("Another app's storage")
def test_the_store_of_another_folder_or_secret_is_refused(first, tmp_path):
    with pytest.raises(
        StorageRefused, match=rf"serves {tmp_path}/one, and {tmp_path}/two needs its own.*Leave STORAGE_"
    ):
        open_storage(tmp_path / "two", "first secret", first.ports)
    with pytest.raises(StorageRefused, match=r"made with another PERENNIAL_MASTER_SECRET.*rm -r"):
        open_storage(tmp_path / "one", "another secret")
    again = open_storage(tmp_path / "one", "first secret")
    assert (again.process, again.ports) == (None, first.ports)
    first.stop()
    # A copy of the folder remembers ports that may be another's by now; its data are its own.
    (tmp_path / "one").rename(tmp_path / "moved")
    moved = open_storage(tmp_path / "moved", "first secret")
    moved.stop()
    assert moved.ports == first.ports


TERMINAL = "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); os.execv(sys.argv[1], sys.argv[1:])"


def serve(folder: Path, port: int, *more: str, background: bool = False) -> subprocess.Popen[str]:
    """Start `make serve`'s command, as a terminal does or, with `background`, as a script does: SIGINT is ignored."""
    command = [sys.executable, "-m", "devhost", "serve", "--port", str(port), "--folder", str(folder), *more]
    around = ["sh", "-c", 'trap "" INT; exec "$@"', "sh"] if background else [sys.executable, "-c", TERMINAL]
    return subprocess.Popen([*around, *command], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def read_until(process: subprocess.Popen[str], text: str) -> str:
    lines, deadline = [], time.monotonic() + 60
    while not any(text in line for line in lines):
        assert time.monotonic() < deadline, lines
        assert process.poll() is None, lines + process.stdout.readlines()
        lines.append(process.stdout.readline())
    return "".join(lines)


def status_of(url: str, workspace: Workspace) -> int:
    headers = {"Authorization": f"Bearer {workspace.token}"}
    return httpx.get(f"{url}/workspaces/{workspace.id}", headers=headers).status_code


def test_a_checkout_is_served_until_it_is_told_to_end(tmp_path):
    port = free_port()
    with socket.create_server(("127.0.0.1", port)):
        refused = serve(tmp_path, port)
        assert f"Port {port} is in use" in refused.communicate(timeout=30)[0]
        assert refused.returncode == 1
    process = serve(tmp_path, port, background=True)
    try:
        printed = read_until(process, "Ctrl-C")
        workspace, token = (re.search(rf"PERENNIAL_{name}=(\S+)", printed)[1] for name in ("WORKSPACE", "TOKEN"))
        headers = {"Authorization": f"Bearer {token}"}
        assert httpx.get(f"http://127.0.0.1:{port}/workspaces/{workspace}", headers=headers).status_code == 200
        process.send_signal(signal.SIGTERM)
        assert "Traceback" not in process.communicate(timeout=30)[0]
        assert process.returncode == 0
    finally:
        process.terminate()
        process.communicate(timeout=30)


@pytest.mark.long
def test_two_checkouts_serve_two_workspaces_keep_them_and_end_with_one_signal(tmp_path):
    one, two = folders = tmp_path / "one", tmp_path / "two"
    for folder in folders:
        folder.mkdir()
    ports, storage_ports = [free_port(), free_port()], [str(free_port()) for _ in range(3)]
    served = [serve(one, ports[0], background=True), serve(two, ports[1], "--storage-ports", ",".join(storage_ports))]
    try:
        printed = [read_until(process, "Ctrl-C") for process in served]
        for what in (r"PERENNIAL_TOKEN=(\S+)", r"BlobEndpoint=(\S+?);"):
            assert re.search(what, printed[0])[1] != re.search(what, printed[1])[1]
        assert f"BlobEndpoint=http://127.0.0.1:{storage_ports[0]}/" in printed[1]
        values = [json.loads((folder / "local.settings.json").read_text())["Values"] for folder in folders]
        urls = [re.search(r"PERENNIAL_URL=(\S+)", text)[1] for text in printed]
        with Admin(urls[0], admin_token(values[0]["PERENNIAL_MASTER_SECRET"])) as admin:
            only_here = admin.create_workspace("Only here")
        assert [status_of(url, only_here) for url in urls] == [200, 404]
        for process, sign in zip(served, (signal.SIGTERM, signal.SIGINT), strict=True):
            process.send_signal(sign)
            rest = process.communicate(timeout=30)[0]
            assert process.returncode == 0
            assert "Traceback" not in rest
        served.append(serve(one, ports[0]))
        token = re.search(r"PERENNIAL_TOKEN=(\S+)", printed[0])[1]
        assert token in read_until(served[-1], "Ctrl-C")
        assert status_of(urls[0], only_here) == 200
    finally:
        for process in served:
            process.terminate()
            process.communicate(timeout=30)
