"""Load tests with wrk: requests per second, latencies, errors."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

SCRIPT = Path(__file__).with_name("post.lua")


@dataclass(frozen=True, slots=True)
class Target:
    """A body to post to a path; `key` goes into the Authorization header."""

    path: str
    key: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Load:
    """The result of a run; latencies in milliseconds. `foreign` counts responses that were not allowed."""

    requests: int
    seconds: float
    errors: int
    foreign: int
    p50: float
    p99: float

    @property
    def rate(self) -> float:
        """Requests per second."""
        return self.requests / self.seconds


def require_wrk() -> None:
    """Exit with instructions to install wrk if it is missing."""
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is needed and was not found. Install it with: sudo apt-get install wrk")


def post(port: int, targets: Sequence[Target], connections: int, seconds: float, allowed: Sequence[bytes] = ()) -> Load:
    """Post to the targets in turn for some seconds and return the result.

    Parameters
    ----------
    allowed
        The allowed response bodies; none means any.
    """
    with tempfile.TemporaryDirectory(prefix="perennial-load-") as name:
        folder = Path(name)
        bodies = {body: folder / f"body-{number}" for number, body in enumerate({item.body for item in targets})}
        for body, path in bodies.items():
            path.write_bytes(body)
        lines = [f"{item.path} {item.key or '-'} {bodies[item.body]}\n" for item in targets]
        (folder / "targets").write_text("".join(lines))
        environment = os.environ | {"TARGETS": str(folder / "targets")}
        if allowed:
            names = [folder / f"allowed-{number}" for number in range(len(allowed))]
            for path, body in zip(names, allowed, strict=True):
                path.write_bytes(body)
            (folder / "allowed").write_text("".join(f"{path}\n" for path in names))
            environment["ALLOWED"] = str(folder / "allowed")
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds:.0f}s", "--timeout", "30s", "-s", str(SCRIPT)]
        done = subprocess.run(
            [*command, f"http://127.0.0.1:{port}"], env=environment, capture_output=True, text=True, check=False
        )
    for line in done.stdout.splitlines():
        if line.startswith("RESULT "):
            return Load(**json.loads(line.removeprefix("RESULT ")))
    raise RuntimeError(f"wrk failed: {done.stdout} {done.stderr}")
