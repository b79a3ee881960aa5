"""A workspace worked on in this process, without HTTP and without a worker beside it."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime

from studio.automation.dispatch import perform_work
from studio.experiments.experiments import get_experiment, put_experiment
from studio.experiments.run_status import run_object
from studio.experiments.runs import get_run, submit_run
from studio.jobs.jobs import get_job, job_status, start_job, submit_job
from studio.registry.endpoints import get_endpoint
from studio.registry.workspaces import create_workspace
from studio.rollout.publish import publish_experiment
from studio.serving.app import App, open_app
from studio.serving.scoring import score_request
from studio.settings import read_settings
from studio.storage.blobs import BlobReference, own_blob
from studio.work.queue import read_message
from studio.work.state import WorkKey
from tests.builders import people_csv, people_experiment

ROWS = [
    {"age": 30, "city": "Oslo", "hours": 3.5, "smoker": True},
    {"age": None, "city": "Kyoto", "hours": None, "smoker": False},
    {"age": 71, "city": "Atlantis", "hours": 12.25, "smoker": None},
]


def now():
    return datetime.now(UTC)


@dataclass(frozen=True)
class Studio:
    """A workspace, and what a worker would do in it."""

    deployment: App
    workspace: str

    def upload(self, text, name="people.csv"):
        path = f"{self.workspace}/{name}"
        self.deployment.storage.container("datasets").upload_blob(path, text, overwrite=True)

    def run(self, name, document):
        storage = self.deployment.storage
        put_experiment(storage, self.workspace, name, document, now=now())
        saved = get_experiment(storage, self.workspace, name)
        run = submit_run(storage, saved, now=now())
        perform_work(self.deployment, WorkKey("runs", f"{self.workspace}-{saved.key}", run), now=now())
        found = run_object(storage, get_run(storage, saved, run))
        assert found["Status"]["StatusCode"] == "Finished", found["Status"]
        return found

    def publish(self, name, kind):
        saved = get_experiment(self.deployment.storage, self.workspace, name)
        answer = publish_experiment(self.deployment, saved, kind=kind, update_existing=False, by="test", now=now())
        return get_endpoint(self.deployment.storage, self.workspace, answer["EndpointId"])

    def score(self, endpoint, rows=ROWS, parameters=None):
        body = json.dumps({"Inputs": {"input1": rows}, "GlobalParameters": parameters or {}}).encode()
        snapshot = self.deployment.snapshots.load(self.workspace, endpoint.id)
        return json.loads(score_request(snapshot, self.deployment.models, body, swagger=True))["Results"]

    def job(self, endpoint, inputs=None, parameters=None):
        storage = self.deployment.storage
        references = {}
        for name, text in (inputs or {}).items():
            self.upload(text, "job.csv")
            references[name] = own_blob(storage, f"datasets/{self.workspace}/job.csv", now()).to_json()
        body = {"Inputs": references, "Outputs": {}, "GlobalParameters": parameters or {}}
        job = submit_job(self.deployment.storage, endpoint, body, now=now())
        start_job(self.deployment.storage, endpoint, job, now=now())
        perform_work(self.deployment, WorkKey("jobs", endpoint.id, job), now=now())
        status = job_status(self.deployment.storage, get_job(self.deployment.storage, endpoint, job), now=now())
        assert status["StatusCode"] == "Finished", status
        return status

    def work_off(self):
        """Do all the work whose message can be seen, and what that leads to."""
        queue = self.deployment.storage.job_queue()
        while messages := list(queue.receive_messages(visibility_timeout=60)):
            for message in messages:
                queue.delete_message(message)
                perform_work(self.deployment, read_message(message.content).key, now=now())

    def read(self, status, output="output1"):
        location = status["Results"][output]
        reference = BlobReference(location["RelativeLocation"], location["BaseLocation"], location["SasBlobToken"])
        return reference.open(self.deployment.storage).download_blob().readall()


def people_studio(app_settings, name):
    """Return a new workspace in which experiment People has run, on 300 rows, with others held back and in wait."""
    # Links made at the times that tests choose must work now.
    deployment = open_app(read_settings(app_settings | {"PERENNIAL_SAS_HOURS": "20000"}))
    studio = Studio(deployment, create_workspace(deployment.storage, name, now=now()).id)
    studio.upload(people_csv(300, seed=5))
    studio.upload(people_csv(400, seed=6), "held-back.csv")
    studio.upload(people_csv(900, seed=7), "more.csv")
    studio.run("People", people_experiment())
    return studio
