"""The alternatives people would use: servers, each in its own environment, created on first use."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from devhost.azurite import free_port
from examples.census.data import NUMBERS

FOLDER = Path(__file__).resolve().parent
Rows = Sequence[dict[str, str | None]]


class NotAvailable(Exception):
    """The peer cannot be run on this machine; the message says why."""


@dataclass(frozen=True)
class Peer:
    """A server of scikit-learn models.

    `command` takes the environment's bin folder, the model file and a port; `body` makes a request from rows.
    """

    name: str
    title: str
    path: str
    command: Callable[[Path, Path, int], list[str]]
    body: Callable[[Rows], Any]
    python: str = f"{sys.version_info.major}.{sys.version_info.minor}"

    @property
    def folder(self) -> Path:
        """The folder with its files."""
        return FOLDER / self.name

    @property
    def bin(self) -> Path:
        """The folder with its environment's programs."""
        return self.folder / ".venv" / "bin"

    def prepare(self, training_data: Path) -> None:
        """Create the environment and fit the models, unless done already. NotAvailable if that fails."""
        installed = self.folder / ".venv" / "installed"
        if not installed.exists():
            print(f"Installing {self.title} into {installed.parent} (a few minutes, once) ...", flush=True)
            _run([_find_python(self.python), "-m", "venv", str(installed.parent)])
            pip = [str(self.bin / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
            _run([*pip, "-r", str(self.folder / "requirements.txt")])
            installed.touch()
        if not self.model("boosted").exists():
            _run([str(self.bin / "python"), str(FOLDER / "fit.py"), str(training_data), str(self.model("x").parent)])
            if self.name == "mlflow":
                for learner in ("logistic", "boosted"):
                    model = self.model(learner)
                    save = [str(self.folder / "save.py"), str(model), str(training_data), str(model.with_suffix(""))]
                    _run([str(self.bin / "python"), *save])

    def model(self, learner: str) -> Path:
        """Return the file of a fitted model."""
        return self.folder / ".venv" / "models" / f"{learner}.joblib"

    def start(self, learner: str, port: int, log: Path) -> subprocess.Popen[bytes]:
        """Start the server with one worker process."""
        model = self.model(learner)
        environment = os.environ | {
            "PATH": f"{self.bin}{os.pathsep}{os.environ['PATH']}",
            "PEER_MODEL": str(model),
            "OMP_NUM_THREADS": "1",
            "WORKER_COUNT": "1",
            "MLSERVER_PARALLEL_WORKERS": "0",
            "MLSERVER_HTTP_PORT": str(port),
            "MLSERVER_GRPC_PORT": str(free_port()),
            "MLSERVER_METRICS_PORT": str(free_port()),
            "MLSERVER_HOST": "127.0.0.1",
            "BENTOML_DO_NOT_TRACK": "true",
            "MLFLOW_DISABLE_TELEMETRY": "true",
        }
        with log.open("wb") as output:
            return subprocess.Popen(
                self.command(self.bin, model, port),
                cwd=self.folder,
                env=environment,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )


def _find_python(version: str) -> str:
    candidates = (os.environ.get(f"PYTHON{version.replace('.', '')}"), f"python{version}", sys.executable)
    for candidate in candidates:
        path = shutil.which(candidate) if candidate else None
        if path is None:
            continue
        check = f"import sys; sys.exit('%d.%d' % sys.version_info[:2] != '{version}')"
        if subprocess.run([path, "-c", check], capture_output=True, check=False).returncode == 0:
            return path
    raise NotAvailable(f"needs Python {version}; set PYTHON{version.replace('.', '')}=/path/to/python")


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotAvailable(f"{Path(command[0]).name} ended with {done.returncode}: {done.stderr.strip()[-300:]}")


def cell(name: str, text: str | None) -> float | str | None:
    """Return a cell as the peers expect it: numbers as numbers."""
    return float(text) if name in NUMBERS and text is not None else text


def table(rows: Rows) -> dict[str, Any]:
    """Return rows as columns and values."""
    names = list(rows[0])
    return {"columns": names, "values": [[cell(name, row[name]) for name in names] for row in rows]}


def _mlflow(rows: Rows) -> Any:
    found = table(rows)
    return {"dataframe_split": {"columns": found["columns"], "data": found["values"]}}


def _mlserver(rows: Rows) -> Any:
    inputs = []
    for name in rows[0]:
        values = [cell(name, row[name]) for row in rows]
        number = name in NUMBERS
        inputs.append(
            {
                "name": name,
                "shape": [len(rows), 1],
                "datatype": "FP64" if number else "BYTES",
                "data": [float("nan") if value is None else value for value in values] if number else values,
                **({} if number else {"parameters": {"content_type": "str"}}),
            }
        )
    return {"parameters": {"content_type": "pd"}, "inputs": inputs}


def encode(body: Any) -> bytes:
    """Return a body as JSON."""
    return json.dumps(body).encode()


PEERS = (
    Peer(
        "fastapi",
        "FastAPI + scikit-learn",
        "/score",
        lambda programs, model, port: [str(programs / "python"), "serve.py", str(model), str(port)],
        table,
    ),
    Peer(
        "azureml",
        "azureml-inference-server-http",
        "/score",
        lambda programs, model, port: [
            *(str(programs / "python"), "serve.py", "--entry_script", "score.py"),
            *("--port", str(port), "--health_port", str(port)),
        ],
        table,
    ),
    Peer(
        "mlserver",
        "MLServer",
        "/v2/models/census/infer",
        lambda programs, model, port: [str(programs / "mlserver"), "start", "."],
        _mlserver,
        python="3.12",
    ),
    Peer(
        "bentoml",
        "BentoML",
        "/score",
        lambda programs, model, port: [
            *(str(programs / "bentoml"), "serve", "service:Scorer"),
            *("--host", "127.0.0.1", "--port", str(port)),
        ],
        table,
    ),
    Peer(
        "mlflow",
        "MLflow models serve",
        "/invocations",
        lambda programs, model, port: [
            *(str(programs / "mlflow"), "models", "serve", "--model-uri", str(model.with_suffix(""))),
            *("--env-manager", "local", "--workers", "1", "--host", "127.0.0.1", "--port", str(port)),
        ],
        _mlflow,
    ),
)
