"""The endpoint whose month it is: the app in this process, on an Azurite of its own, at a time that the month sets."""

import contextlib
import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from devhost.azurite import start_azurite
from examples.census.data import LABEL
from examples.month.callers import Request, labelled_csv
from examples.month.receiver import SECRET, Receiver
from examples.retraining.experiment import training_experiment
from functions.maintenance import do_minute
from studio.automation.dispatch import Ticket, perform_next, perform_work
from studio.events.sending import Sender
from studio.events.subscriptions import put_subscription
from studio.experiments.experiments import get_experiment, put_experiment
from studio.experiments.runs import submit_run
from studio.jobs.jobs import start_job, submit_job
from studio.monitoring.collector import REQUEST_ID, Predictions
from studio.monitoring.settings import put_prediction_log
from studio.registry.endpoints import Endpoint, get_endpoint
from studio.registry.web_services import get_web_service
from studio.registry.workspaces import create_workspace
from studio.rollout.endpoints import add_endpoint
from studio.rollout.publish import publish_experiment
from studio.serving.app import App, open_app
from studio.serving.extras import read_extras
from studio.serving.routing import HEADER
from studio.serving.scoring import score_request
from studio.settings import read_settings
from studio.storage.blobs import own_blob
from studio.work.queue import read_message
from studio.work.state import WorkKey

BY, NAME = "examples.month", "month"
TRAINING, HOLD_OUT, SHUFFLED = "census.csv", "held-back.csv", "shuffled.csv"
TRAINING_ROWS, HOLD_OUT_ROWS = 6000, 3000
CALLER = "x-caller"


@dataclass(slots=True)
class Clock:
    """The time, as the month says it is."""

    at: datetime

    def __call__(self) -> datetime:
        """Return the time."""
        return self.at


@dataclass(slots=True)
class Watched:
    """The endpoint, the app that serves it, and what happened so far.

    Parameters
    ----------
    shares
        Since when which version answered which percent of the rows, in order of time; one in the shadow has 0.
    """

    app: App
    clock: Clock
    receiver: Receiver
    sender: Sender
    workspace: str
    trainer: Endpoint
    endpoint: Endpoint
    shares: list[tuple[datetime, dict[int, int]]] = field(default_factory=list)

    @property
    def key(self) -> tuple[str, str]:
        """The ids of workspace and endpoint."""
        return self.workspace, self.endpoint.id

    def score(self, request: Request) -> str:
        """Score a request as the route does, and return the name of the deployment that answered."""
        body = json.dumps({"Inputs": {"input1": request.rows}}).encode()
        snapshot = self.app.snapshots.load(*self.key)
        extras = read_extras(self.app, snapshot, {CALLER: request.caller, REQUEST_ID: request.id}, {})
        with self.app.limits.enter(snapshot.endpoint, extras.routing):
            scored = score_request(snapshot, self.app.models, body, swagger=True, extras=extras)
        assert len(json.loads(scored)["Results"]["output1"]) == len(request.rows)
        return extras.headers.get(HEADER, "current")

    def minute(self, at: datetime) -> None:
        """Let the app's timer have a minute, and a worker do the work that waits then."""
        self.clock.at = at
        self.app.predictions.flush()
        self.app.traffic.flush()
        do_minute(self.app.storage, self.sender, at)
        self.work_off()
        self.look()

    def work_off(self) -> None:
        """Do all the work whose message can be seen, and what that leads to."""
        queue = self.app.storage.job_queue()
        while messages := list(queue.receive_messages(visibility_timeout=300)):
            for message in messages:
                queue.delete_message(message)
                perform_next(self.app, Ticket(read_message(message.content)), now=self.clock.at)

    def look(self) -> None:
        """See what answers now, as every process of the app does within a second."""
        self.endpoint = get_endpoint(self.app.storage, *self.key)
        self.app.snapshots.replace(self.endpoint)
        deployments = self.endpoint.deployments
        (current,) = self.endpoint.resources
        shares = {current.version: deployments.current_share}
        for item in (*deployments.others, *((deployments.shadow,) if deployments.shadow else ())):
            shares[item.resources[0].version] = item.share
        if not self.shares or self.shares[-1][1] != shares:
            self.shares.append((self.clock.at, shares))

    def train(self, dataset: str) -> None:
        """Have the training service train on a dataset; the model is the next version of the endpoint's."""
        storage, now = self.app.storage, self.clock.at
        location = own_blob(storage, f"datasets/{self.workspace}/{dataset}", now).to_json()
        body: dict[str, Any] = {"Inputs": {"input1": location}, "Outputs": {}, "GlobalParameters": {}}
        job = submit_job(storage, self.trainer, body, now=now)
        start_job(storage, self.trainer, job, now=now)
        self.work_off()


@contextlib.contextmanager
def watched_endpoint(folder: Path, start: datetime) -> Iterator[Watched]:
    """Start Azurite in a folder, train and publish the first model, and yield an endpoint with a prediction log."""
    clock = Clock(start)
    azurite, receiver = start_azurite(folder / "azurite", kept=False), Receiver(clock)
    settings = {
        "AzureWebJobsStorage": azurite.connection_string,
        "PERENNIAL_MASTER_SECRET": secrets.token_urlsafe(48),
        "PERENNIAL_CACHE_DIR": str(folder / "models"),
        "PERENNIAL_EVENT_HOSTS": receiver.host,
        # Links that are made in the month must work while it is simulated.
        "PERENNIAL_SAS_HOURS": "20000",
    }
    try:
        app = open_app(read_settings(settings), clock)
        # The month says when rows are written.
        yield _publish(replace(app, predictions=Predictions(app.storage, seconds=3600)), clock, receiver)
    finally:
        receiver.shutdown()
        receiver.server_close()
        azurite.stop()


def _publish(app: App, clock: Clock, receiver: Receiver) -> Watched:
    storage, now = app.storage, clock.at
    workspace = create_workspace(storage, NAME, now=now).id
    for name, text in (
        (TRAINING, labelled_csv(TRAINING_ROWS, seed=1)),
        (HOLD_OUT, labelled_csv(HOLD_OUT_ROWS, seed=2)),
        (SHUFFLED, labelled_csv(TRAINING_ROWS, seed=3, shuffled=True)),
    ):
        storage.container("datasets").upload_blob(f"{workspace}/{name}", text)
    put_experiment(storage, workspace, "Census", training_experiment(TRAINING, LABEL), now=now)
    saved = get_experiment(storage, workspace, "Census")
    run = submit_run(storage, saved, now=now)
    perform_work(app, WorkKey("runs", f"{workspace}-{saved.key}", run), now=now)
    trainer, default = (
        get_endpoint(
            storage,
            workspace,
            publish_experiment(app, saved, kind=kind, update_existing=False, by=BY, now=now)["EndpointId"],
        )
        for kind in ("training", "predictive")
    )
    service = get_web_service(storage, workspace, default.service_id)
    endpoint = add_endpoint(storage, service, NAME, {}, by=BY, now=now)
    # Four days of rows are enough to train on, and most of them are of the days that drift.
    endpoint = put_prediction_log(storage, endpoint, {"RetentionDays": 4}, by=BY, now=now)
    body = {"Url": f"http://{receiver.host}/events", "Secret": SECRET}
    put_subscription(storage, workspace, NAME, body, now=now - timedelta(seconds=1))
    return Watched(app, clock, receiver, Sender(storage.settings), workspace, trainer, endpoint)
