"""Starts Azurite, the storage emulator installed by npm, on its own ports."""

import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
AZURITE = ROOT / "node_modules" / "azurite" / "dist" / "src" / "azurite.js"
# Blobs pass through buffers outside Node's heap. With a small heap they trigger garbage collection again and again,
# which takes longer than serving the blobs.
NODE_OPTIONS = ("--initial-old-space-size=256",)
ACCOUNT = "devstoreaccount1"
# The emulator's well-known account key, which is public and protects nothing.
ACCOUNT_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


@dataclass(frozen=True, slots=True)
class Azurite:
    """A running emulator: its process, its ports (blob, queue, table) and the connection string of its account."""

    process: subprocess.Popen[bytes] | None
    ports: tuple[int, int, int]
    scheme: str = "http"

    @property
    def urls(self) -> tuple[str, str, str]:
        """The addresses of the blob, queue and table services."""
        blob, queue, table = (f"{self.scheme}://127.0.0.1:{port}/{ACCOUNT}" for port in self.ports)
        return blob, queue, table

    @property
    def connection_string(self) -> str:
        """The account's connection string, with the three endpoints spelled out."""
        blob, queue, table = self.urls
        return (
            f"DefaultEndpointsProtocol={self.scheme};AccountName={ACCOUNT};AccountKey={ACCOUNT_KEY};"
            f"BlobEndpoint={blob};QueueEndpoint={queue};TableEndpoint={table};"
        )

    def stop(self) -> None:
        """Stop the process, if this object started it."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(10)


def start_azurite(
    folder: Path,
    ports: tuple[int, int, int] | None = None,
    certificate: tuple[Path, Path] | None = None,
    *,
    kept: bool = True,
) -> Azurite:
    """Start Azurite with its data in `folder`, on free ports unless given, and wait until it answers.

    With a certificate (the paths of certificate and key), it serves HTTPS and accepts identity tokens. Data that need
    not be `kept` stay in its memory, which saves it an eighth of its processor time; `folder` then holds its log only.
    RuntimeError if it does not start.
    """
    if not AZURITE.exists():
        raise RuntimeError("Azurite is not installed. Run 'make setup'.")
    ports = ports or (free_port(), free_port(), free_port())
    folder.mkdir(parents=True, exist_ok=True)
    arguments = ["--silent", "--skipApiVersionCheck", "--disableTelemetry"]
    arguments += ["--location", str(folder)] if kept else ["--inMemoryPersistence"]
    for service, port in zip(("blob", "queue", "table"), ports, strict=True):
        arguments += [f"--{service}Host", "127.0.0.1", f"--{service}Port", str(port)]
    if certificate is not None:
        arguments += ["--oauth", "basic", "--cert", str(certificate[0]), "--key", str(certificate[1])]
    with (folder / "azurite.log").open("ab") as log:
        # Its own process group: Ctrl-C reaches only this program, which stops the emulator last.
        command = ["node", *NODE_OPTIONS, str(AZURITE), *arguments]
        process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
    running = Azurite(process, ports, "https" if certificate else "http")
    try:
        _wait_until_ready(running, folder)
    except BaseException:
        running.stop()
        raise
    return running


def _wait_until_ready(emulator: Azurite, folder: Path) -> None:
    deadline = time.monotonic() + 30
    while not all(is_listening(port) for port in emulator.ports):
        if emulator.process is None or emulator.process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"Azurite did not start. Its log is {folder / 'azurite.log'}.")
        time.sleep(0.05)


def free_port() -> int:
    """Return a free TCP port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def is_listening(port: int) -> bool:
    """Return whether a TCP port of 127.0.0.1 is in use."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0
