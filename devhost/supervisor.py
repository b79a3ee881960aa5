"""The host's two processes: starts them, restarts one that dies, stops both."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

from devhost.azurite import ROOT


class Processes:
    """The HTTP process and the background process of one app.

    Parameters
    ----------
    app_directory
        Folder with function_app.py and host.json.
    settings
        App settings, added to the environment.
    port
        TCP port of 127.0.0.1 for HTTP.
    log
        File for the processes' output; None leaves it on this terminal.
    """

    def __init__(self, app_directory: Path, settings: dict[str, str], port: int, log: Path | None) -> None:
        self.app_directory = app_directory
        self.environment = {**os.environ, **settings, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
        self.port = port
        self.log = log
        self.url = f"http://127.0.0.1:{port}"
        self.http = self._start("http", str(port))
        self.background = self._start("background")
        self.more: list[subprocess.Popen[bytes]] = []

    def add_background(self, log: Path | None = None) -> subprocess.Popen[bytes]:
        """Start another background process, as the platform does under load, with its own `log`."""
        self.more.append(self._start("background", log=log))
        return self.more[-1]

    def _start(self, *arguments: str, log: Path | None = None) -> subprocess.Popen[bytes]:
        log = log or self.log
        with contextlib.ExitStack() as stack:
            output = stack.enter_context(log.open("ab")) if log else None
            # Its own process group, so that Ctrl-C reaches only the supervisor, which stops the processes in order.
            return subprocess.Popen(
                [sys.executable, "-m", "devhost.worker", *arguments],
                cwd=self.app_directory,
                env=self.environment,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def wait_until_ready(self, seconds: float = 30) -> None:
        """Wait until HTTP responds; RuntimeError if the process ends or the time runs out."""
        deadline = time.monotonic() + seconds
        while True:
            with contextlib.suppress(httpx.TransportError):
                httpx.get(self.url, timeout=2)
                return
            if self.http.poll() is not None or time.monotonic() > deadline:
                last = "\n".join(self.log.read_text().splitlines()[-20:]) if self.log else "Its output is above."
                raise RuntimeError(f"The app did not start. {last}")
            time.sleep(0.05)

    def restart_dead(self) -> None:
        """Restart any process that has ended, as the platform would."""
        if self.http.poll() is not None:
            self.http = self._start("http", str(self.port))
        if self.background.poll() is not None:
            self.background = self._start("background")

    def stop(self) -> None:
        """Ask all processes to stop, and kill them after 15 seconds."""
        running = [process for process in (self.http, self.background, *self.more) if process.poll() is None]
        for process in running:
            process.send_signal(signal.SIGTERM)
        for process in running:
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextlib.contextmanager
def running_app(
    settings: dict[str, str], port: int, log: Path | None, app_directory: Path = ROOT
) -> Iterator[Processes]:
    """Run the app during a `with` block."""
    processes = Processes(app_directory, settings, port, log)
    try:
        processes.wait_until_ready()
        yield processes
    finally:
        processes.stop()
