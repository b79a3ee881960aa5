"""`make serve` in two checkouts at once, and how it ends."""

import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from azure.storage.queue import QueueServiceClient

from devhost.azurite import free_port
from devhost.own_storage import StorageRefused, open_storage
from perennial.client import Admin
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


def serve(folder: Path, *more: str, background: bool = False) -> subprocess.Popen[str]:
    """Start `make serve`'s command; with `background` as a script starts it with `&`, which ignores SIGINT."""
    command = [sys.executable, "-m", "devhost", "serve", "--port", str(free_port()), "--folder", str(folder), *more]
    if background:
        command = ["sh", "-c", 'trap "" INT; exec "$@"', "sh", *command]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def read_until(process: subprocess.Popen[str], text: str) -> str:
    lines, deadline = [], time.monotonic() + 60
    while not any(text in line for line in lines):
        assert time.monotonic() < deadline, lines
        assert process.poll() is None, lines + process.stdout.readlines()
        lines.append(process.stdout.readline())
    return "".join(lines)


def test_two_checkouts_serve_two_workspaces_and_end_with_one_sigterm(tmp_path):
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
    served = [serve(folder, background=True) for folder in folders]
    try:
        printed = [read_until(process, "Ctrl-C") for process in served]
        for what in (r"PERENNIAL_TOKEN=(\S+)", r"BlobEndpoint=(\S+?);"):
            one, two = (re.search(what, text)[1] for text in printed)
            assert one != two
        secrets = [re.search(r'SECRET": "(.+)"', (folder / "local.settings.json").read_text())[1] for folder in folders]
        urls = [re.search(r"PERENNIAL_URL=(\S+)", text)[1] for text in printed]
        with Admin(urls[0], admin_token(secrets[0])) as admin:
            only_here = admin.create_workspace("Only here")
        for url, status in zip(urls, (200, 404), strict=True):
            headers = {"Authorization": f"Bearer {only_here.token}"}
            assert httpx.get(f"{url}/workspaces/{only_here.id}", headers=headers).status_code == status
        for process in served:
            process.send_signal(signal.SIGTERM)
        assert [process.wait(20) for process in served] == [0, 0]
    finally:
        for process in served:
            process.terminate()
            process.communicate(timeout=30)
