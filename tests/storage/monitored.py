"""A published service of people with a prediction log, for tests of what is kept of its rows."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from studio.model.container import write_model_file
from studio.monitoring.collector import REQUEST_ID, Predictions
from studio.monitoring.log import read_log
from studio.monitoring.settings import put_prediction_log
from studio.registry.definitions import PREDICTIVE, Definition, ServiceInput, ServiceOutput, put_definition
from studio.registry.endpoints import Resource, change_endpoint, get_endpoint
from studio.registry.history import Cause
from studio.registry.models import put_model
from studio.registry.web_services import create_web_service
from studio.registry.workspaces import create_workspace
from studio.rollout.endpoints import new_endpoint
from studio.serving.extras import Extras
from studio.serving.scoring import score_request
from studio.storage.account import Storage
from tests.builders import people_model_file

NAME = "people [trained model]"
NOON = datetime(2026, 5, 1, 12, 3, tzinfo=UTC)
PERSON = {"age": 30, "city": "Oslo", "hours": 3.5, "smoker": True}


class ClockStorage(Storage):
    """The storage account of another app, at a time that a test sets."""

    def __init__(self, storage):
        self.__dict__ = storage.__dict__ | {"at": NOON, "clock": lambda: self.at}


class Monitored:
    """An endpoint whose rows are scored by one process, and the times at which that happens."""

    def __init__(self, app, learner="Two-Class Logistic Regression", settings=None, csv=None):
        self.storage = ClockStorage(app.storage)
        file = people_model_file(learner, csv)
        model = put_model(app.storage, write_model_file(file))
        output = ServiceOutput("output1", "dataset", file.manifest.outputs, NAME)
        definition = Definition(PREDICTIVE, {}, (ServiceInput("input1", file.manifest.inputs),), (output,), ())
        self.workspace = create_workspace(app.storage, "Monitored", now=NOON)
        service = create_web_service(app.storage, self.workspace.id, "S", "", "predictive", "E", now=NOON)
        digest = put_definition(app.storage, definition)
        cause, resources = Cause("t", "publish", ""), (Resource(NAME, model, 1),)
        made = new_endpoint(app.storage, service, "default", digest, resources, cause, now=NOON)
        self.endpoint = put_prediction_log(app.storage, made, settings or {}, by="t", now=NOON)
        self.app = replace(app, predictions=Predictions(self.storage, seconds=3600))

    def process(self):
        """Have another process score what comes."""
        self.app = replace(self.app, predictions=Predictions(self.storage, seconds=3600))
        return self.app.predictions

    def swap(self, learner):
        """Give the endpoint another model, as version 2, and return its hash."""
        model = put_model(self.storage, write_model_file(people_model_file(learner)))
        changed = change_endpoint(
            self.storage, self.endpoint, lambda before: replace(before, resources=(Resource(NAME, model, 2),))
        )
        self.endpoint = get_endpoint(self.storage, changed.workspace_id, changed.id)
        return model

    def score(self, *rows, request_id=None, value=None):
        """Score rows, have them noted, and return the request's id with the scores."""
        body = json.dumps({"Inputs": {"input1": list(rows) if value is None else value}}).encode()
        snapshot = self.app.snapshots._keep(self.endpoint, 0, None)
        noting = self.app.predictions.noting(self.endpoint, {REQUEST_ID: request_id or ""})
        extras = Extras(snapshot.router and snapshot.router.routing({}), noting)
        answer = json.loads(score_request(snapshot, self.app.models, body, swagger=True, extras=extras))
        return noting.request_id, answer["Results"]["output1"]

    def flush(self):
        self.app.predictions.flush()

    def rows(self, since=NOON - timedelta(days=30), until=NOON + timedelta(days=30), columns=None):
        """Return the rows of the log as dictionaries."""
        tables = read_log(self.storage, self.endpoint, since=since, until=until, columns=columns)
        return [row for table in tables for row in table.to_pylist()]
