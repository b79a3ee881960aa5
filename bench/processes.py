"""Measures processes: their memory, and the time until they respond."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import httpx

MEBIBYTE = 1024 * 1024


def tree(pid: int) -> list[int]:
    """Return a process and all its descendants."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            found += tree(int(child))
    return found


def pss(pid: int) -> float:
    """Return the proportional memory of a process and its descendants in MiB."""
    total = 0
    for each in tree(pid):
        for line in Path(f"/proc/{each}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1])
    return total / 1024


class PeakMemory:
    """The largest resident memory of a process in MiB, while a `with` block runs."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.peak = 0.0

    def __enter__(self) -> "PeakMemory":
        # Reset the recorded maximum.
        Path(f"/proc/{self._pid}/clear_refs").write_text("5")
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(0.1):
            for line in Path(f"/proc/{self._pid}/status").read_text().splitlines():
                if line.startswith("VmHWM:"):
                    self.peak = max(self.peak, int(line.split()[1]) / 1024)


class HeldBack:
    """Limits processes to a share of the time during a `with` block, by stopping and continuing them in turn.

    Together they then perform as if each had its own machine, because processors are left over.
    """

    PERIOD_SECONDS = 0.05

    def __init__(self, pids: Sequence[int], share: float) -> None:
        self._pids = pids
        self._share = share
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._hold, args=(pid,), daemon=True) for pid in pids]

    def __enter__(self) -> None:
        for thread in self._threads:
            thread.start()
            # One after the other, so that they run at different times.
            time.sleep(self.PERIOD_SECONDS / len(self._pids))

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _hold(self, pid: int) -> None:
        while not self._stop.is_set():
            os.kill(pid, signal.SIGSTOP)
            time.sleep(self.PERIOD_SECONDS * (1 - self._share))
            os.kill(pid, signal.SIGCONT)
            time.sleep(self.PERIOD_SECONDS * self._share)


def wait_for_answer(url: str, body: bytes, key: str, process: subprocess.Popen[bytes], seconds: float = 120) -> bytes:
    """Post repeatedly until the response is 200; RuntimeError if the process ends or the time runs out."""
    deadline = time.monotonic() + seconds
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})
    last = ""
    with httpx.Client(timeout=30) as client:
        while time.monotonic() < deadline and process.poll() is None:
            try:
                answer = client.post(url, content=body, headers=headers)
            except httpx.TransportError:
                time.sleep(0.005)
                continue
            if answer.status_code == 200:
                return answer.content
            last = f"{answer.status_code} {answer.text[:300]}"
            time.sleep(0.02)
    raise RuntimeError(f"No response from {url}. {last}")


def stop(process: subprocess.Popen[bytes]) -> None:
    """Stop a process and its group."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
