"""Steps that several tests of the whole app take."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from azure.core.exceptions import ResourceNotFoundError

from perennial import Endpoint, WebService, Workspace
from tests.account import PARTITION_BYTES
from tests.builders import people_csv, people_experiment

NAME = "People"
RESOURCE = "People [trained model]"
ROWS = [
    {"age": 30, "city": "Oslo", "hours": 3.5, "smoker": True},
    {"age": 71, "city": "Kyoto", "hours": None, "smoker": False},
]


@dataclass(frozen=True)
class Published:
    """A workspace with the people experiment run and published both ways."""

    workspace: Workspace
    trainer: WebService
    service: WebService

    @property
    def training_endpoint(self) -> Endpoint:
        return self.workspace.get_endpoint(self.trainer)

    @property
    def default(self) -> Endpoint:
        return self.workspace.get_endpoint(self.service)


def write_people(folder: Path, name: str = "people.csv", rows: int = 400, seed: int = 0) -> Path:
    path = folder / name
    path.write_text(people_csv(rows, seed))
    return path


def large_people(folder: Path, size: int = 24 * PARTITION_BYTES) -> Path:
    """A file of many parts, most of it a column that the model does not take."""
    header, *rows = people_csv(2000, seed=3).splitlines()
    block = "".join(f"{row},{'x' * 500}\n" for row in rows)
    path = folder / "large.csv"
    path.write_text(f"{header},note\n" + block * (size // len(block)))
    return path


def publish_people(workspace: Workspace, folder: Path, document: dict[str, Any] | None = None) -> Published:
    workspace.upload(write_people(folder))
    workspace.put_experiment(NAME, document or people_experiment())
    workspace.run_experiment(NAME)
    trainer = workspace.publish(NAME, "training")
    return Published(workspace, trainer, workspace.publish(NAME, "predictive"))


def call(method: str, url: str, key: str, body: Any = None, **headers: str) -> httpx.Response:
    """A request as a plain HTTP client sends it."""
    return httpx.request(method, url, json=body, headers={"Authorization": f"Bearer {key}"} | headers, timeout=30)


def wait_for(look: Callable[[], Any], seconds: float = 60, every: float = 0.05) -> Any:
    """Look again and again until there is something; a blob that is missing is nothing."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            found = look()
        except ResourceNotFoundError:
            found = None
        if found:
            return found
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(every)
