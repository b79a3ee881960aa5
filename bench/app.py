"""The product, ready to measure: an app with its own storage, with both census models published."""

import json
import signal
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bench.load import Target
from devhost.azurite import Azurite, free_port, start_azurite
from devhost.supervisor import Processes, running_app
from examples.census.data import LABEL, sample_rows, write_census
from examples.retraining.experiment import BOOSTED_TREE, LOGISTIC_REGRESSION, training_experiment
from perennial import Admin, BlobLink, Endpoint, WebService, Workspace
from perennial.transport import download
from studio.model.container import read_model_file, write_model_file
from studio.serving.app import open_app
from studio.settings import read_settings
from studio.storage.blobs import own_blob
from studio.storage.keys import admin_token

LEARNERS = {"logistic": LOGISTIC_REGRESSION, "boosted": BOOSTED_TREE}
TRAINING_ROWS = 30_000
MAX_MODEL_BYTES = 1 << 28
APPEND = "Append score columns to output"
SECRET = "the benchmark's secret, which protects nothing"


@dataclass(frozen=True)
class App:
    """A running app with its workspace, and the services of each learner."""

    folder: Path
    azurite: Azurite
    settings: dict[str, str]
    processes: Processes
    workspace: Workspace
    trainers: dict[str, WebService]
    services: dict[str, WebService]
    training_data: Path

    def endpoint(self, learner: str) -> Endpoint:
        """Return the default endpoint of a learner's service."""
        return self.workspace.get_endpoint(self.services[learner])

    def target(self, endpoint: Endpoint, rows: Sequence[dict[str, str | None]]) -> Target:
        """Return the request that scores rows."""
        path = urlsplit(endpoint.api_location).path
        return Target(f"{path}/execute?api-version=2.0&details=true", endpoint.primary_key, request_body(rows))

    def restart_background(self) -> None:
        """Restart the background process, as a fresh instance."""
        self.processes.background.send_signal(signal.SIGTERM)
        self.processes.background.wait(20)
        self.processes.restart_dead()

    def variant(self, learner: str, number: int) -> BlobLink:
        """Return a link to a model with the same scores in a different file: its lineage has a number."""
        deployment = open_app(read_settings(self.settings))
        content = download(self.endpoint(learner).resources[0].location)
        file = read_model_file(content, MAX_MODEL_BYTES)
        manifest = replace(file.manifest, lineage={**file.manifest.lineage, "variant": number})
        path = f"experimentoutput/variants/{learner}-{number}.ilearner"
        client = deployment.storage.container("experimentoutput").get_blob_client(path.partition("/")[2])
        client.upload_blob(write_model_file(replace(file, manifest=manifest)), overwrite=True)
        reference = own_blob(deployment.storage, path, datetime.now(UTC))
        return BlobLink(reference.base_location or "", reference.relative_location, reference.sas_token or "")


def request_body(rows: Sequence[dict[str, str | None]]) -> bytes:
    """Return a request in the original's format that asks for scores only, like the peers."""
    names = list(rows[0])
    value = {"ColumnNames": names, "Values": [[row[name] for name in names] for row in rows]}
    return json.dumps({"Inputs": {"input1": value}, "GlobalParameters": {APPEND: "false"}}).encode()


def complete_rows(count: int) -> list[dict[str, str | None]]:
    """Return rows without missing cells, which every peer accepts."""
    found = [row for row in sample_rows(count * 2, seed=7) if all(row.values())]
    return found[:count]


@contextmanager
def measured_app(**settings: str) -> Iterator[App]:
    """Start it, train and publish both models, and stop it all afterwards; `settings` are additional app settings."""
    with empty_app(**settings) as app:
        write_census(app.training_data, TRAINING_ROWS)
        yield _publish(app)


@contextmanager
def empty_app(**settings: str) -> Iterator[App]:
    """Start it with an empty workspace, no training data and no services, and stop it afterwards."""
    with tempfile.TemporaryDirectory(prefix="perennial-bench-") as name:
        folder = Path(name)
        azurite = start_azurite(folder / "azurite")
        all_settings = {
            "AzureWebJobsStorage": azurite.connection_string,
            "PERENNIAL_MASTER_SECRET": SECRET,
            "PERENNIAL_CACHE_DIR": str(folder / "models"),
            # The messages of the development host cost more than those of Azure, which are made in other processes.
            "DEVHOST_NATIVE": "1",
        } | settings
        try:
            with (
                running_app(all_settings, free_port(), folder / "app.log") as processes,
                Admin(processes.url, admin_token(SECRET)) as admin,
                admin.create_workspace("Bench") as workspace,
            ):
                yield App(folder, azurite, all_settings, processes, workspace, {}, {}, folder / "people.csv")
        finally:
            azurite.stop()


def _publish(app: App) -> App:
    app.workspace.upload(app.training_data)
    for learner, module in LEARNERS.items():
        app.workspace.put_experiment(learner, census_experiment(app.training_data.name, module))
        app.workspace.run_experiment(learner)
        app.trainers[learner] = app.workspace.publish(learner, "training")
        app.services[learner] = app.workspace.publish(learner, "predictive")
    return app


def census_experiment(dataset: str, module: str) -> dict[str, Any]:
    """Return the training experiment of a learner; callers choose whether the response includes the input."""
    document = training_experiment(dataset, LABEL, module)
    parameter = {"name": APPEND, "module": "Score", "property": APPEND, "default": True}
    return document | {"webServiceParameters": [parameter]}
