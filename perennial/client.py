"""The client: a workspace and its experiments, web services, endpoints and jobs."""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, Protocol, TypeVar, overload
from urllib.parse import quote

import httpx

from perennial.any_frame import F, Frame, chosen_library, is_frame, known_frame, like
from perennial.dataset_rows import dataset_frame, result_frame
from perennial.drift import Drift, Moment, moment_text
from perennial.errors import PerennialError
from perennial.evaluation import Comparison, Evaluation
from perennial.frame_files import batch_file, first_table, frame_file, sent_library
from perennial.json_values import read_records
from perennial.logged_rows import PAGE_ROWS, log_frame, moment, truth_batches
from perennial.model_publishing import PublishedModel, publish_model
from perennial.names import not_found
from perennial.publishing import PublishedPipeline, publish_pipeline
from perennial.records import Records
from perennial.resources import BlobLink, Dataset, Endpoint, JobStatus, RunStatus, WebService
from perennial.scoring import API_VERSION, explained, job_explained, output_kinds, read_scores, score_frame
from perennial.transport import RETRIES, TIMEOUT_SECONDS, Transport, download, tls_context, upload_file

# The first look comes soon, for what is done at once.
FIRST_POLL_SECONDS, POLLING_SECONDS = 0.05, 0.3
PAGE = 500

OnJob = Callable[[JobStatus], None]
OnRun = Callable[[RunStatus], None]
Blob = BlobLink | Mapping[str, str]
# A registered version of a model, by its number or `latest`, or a file.
Candidate = int | str | Blob
Status = TypeVar("Status", JobStatus, RunStatus)


class Document(Protocol):
    """What makes an experiment document, such as an Experiment."""

    def to_json(self) -> dict[str, Any]:
        """Return the document."""
        ...


class Workspace:
    """A workspace of a running app.

    Parameters
    ----------
    url
        URL of the app, such as `http://127.0.0.1:7071`.
    id_
        Workspace id, 32 hex digits.
    token
        Primary or secondary authorization token of the workspace.
    client
        The httpx client to send requests with; a new one by default.
    retries
        How often a request that failed is repeated, if it may be done twice; see Transport.
    """

    def __init__(
        self, url: str, id_: str, token: str, client: httpx.Client | None = None, retries: int = RETRIES
    ) -> None:
        self.id = id_
        self.token = token
        self._client = client or httpx.Client(timeout=TIMEOUT_SECONDS, verify=tls_context())
        self._http = Transport(url, token, self._client, retries)
        self._root = f"workspaces/{quote(id_, safe='')}"

    def __repr__(self) -> str:
        return f"Workspace({self._http.url!r}, {self.id!r})"

    def __enter__(self) -> "Workspace":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections, as leaving a `with` block does."""
        self._client.close()

    def show(self) -> dict[str, Any]:
        """Return the workspace, including its tokens."""
        shown: dict[str, Any] = self._http.send("GET", self._root)
        return shown

    def upload(self, data: Path | Frame, name: str | None = None, options: Mapping[str, Any] | None = None) -> BlobLink:
        """Upload a local file or a data frame as a dataset, replacing one of that name; returns a link to read it.

        Parameters
        ----------
        data
            A file, or a data frame of pandas, Polars, Arrow or another library, which becomes a CSV file.
        name
            Name of the dataset; by default, the file's. A frame needs one, such as `customers.csv`.
        options
            How to read the file, such as `{"Separator": "semicolon"}`, where it should not be guessed. Text columns of
            a frame stay texts, even if all of them look like numbers.
        """
        if is_frame(data):
            with frame_file(data, name, options) as (path, how):
                return self._upload(path, path.name, how)
        return self._upload(Path(str(data)), name, options)

    def _upload(self, path: Path, name: str | None, options: Mapping[str, Any] | None) -> BlobLink:
        body = {"Name": name or path.name} | ({"Options": dict(options)} if options else {})
        # Done twice, the second gives other links to the same place.
        response = self._http.send("POST", f"{self._root}/datasets", body, repeatable=True)
        upload_file(BlobLink.from_json(response["Upload"]), path)
        return BlobLink.from_json(response["Location"])

    def list_datasets(self) -> list[Dataset]:
        """Return the workspace's own datasets, without the samples, sorted by name."""
        found = self._http.send("GET", f"api/{self._root}/datasources")
        return [Dataset.from_json(item) for item in found if item["Id"].startswith(self.id)]

    def get_dataset(self, file_name: str) -> Dataset:
        """Return a dataset; PerennialError (NotFound) if there is none of that name."""
        datasets = self.list_datasets()
        for dataset in datasets:
            if file_name in (dataset.file_name, dataset.name):
                return dataset
        raise not_found("The workspace has no dataset", file_name, [item.file_name for item in datasets])

    def get_profile(self, file_name: str, label: str | None = None) -> dict[str, Any]:
        """Return how a dataset is read: its encoding and separator, the type of each column, and warnings.

        With the name of the column to predict, columns that give it away are named in the warnings.
        """
        query: dict[str, Any] = {"Label": label} if label else {}
        path = f"{self._root}/datasets/{quote(file_name, safe='')}/profile"
        found: dict[str, Any] = self._http.send("GET", path, **query)
        return found

    def download_dataset(self, file_name: str, first_bytes: int | None = None) -> bytes:
        """Return a dataset's file, or only so many of its first bytes."""
        return download(self.get_dataset(file_name).location, first_bytes)

    def read_dataset(self, file_name: str, library: str | None = None) -> Any:
        """Return a dataset as a data frame, with the types that experiments read it with.

        Parameters
        ----------
        library
            `pandas`, `polars`, `pyarrow` or `records` (a list of dicts); by default, the first that is installed.

        Raises
        ------
        PerennialError
            If there is no such dataset, or it is no table that can be read.
        """
        chosen, dataset = chosen_library(library), self.get_dataset(file_name)
        profile = self.get_profile(dataset.file_name)
        return dataset_frame(dataset.file_name, profile, download(dataset.location), chosen)

    def read_result(self, name: str, module: str, port: str, library: str | None = None) -> Any:
        """Return the dataset that a module delivered at an output port in the latest finished run, as a frame.

        Its types are those that its cells show.
        """
        path = f"api/{self._experiment(name)}/outputdata/{quote(module, safe='')}/{quote(port, safe='')}"
        return result_frame(self._http.send_raw("GET", path).content, chosen_library(library))

    def delete_dataset(self, file_name: str) -> None:
        """Delete a dataset; PerennialError (NotFound) if there is none of that name."""
        dataset = self.get_dataset(file_name)
        self._http.send("DELETE", f"api/{self._root}/datasources/family/{dataset.family_id}")

    def list_experiments(self) -> Records:
        """Return the name, version and last change of every experiment."""
        return Records(self._http.send("GET", f"{self._root}/experiments"))

    def get_experiment(self, name: str) -> dict[str, Any]:
        """Return an experiment: Name, Version, UpdatedAt and Document, with secrets shown as `***`."""
        found: dict[str, Any] = self._of_experiment("GET", name)
        return found

    def put_experiment(self, name: str, document: Mapping[str, Any] | Document) -> int:
        """Validate and save an experiment, a document or an Experiment; returns its version.

        Raises
        ------
        PerennialError
            If the document is invalid; `details` says everything that is wrong.
        """
        return int(self.save_experiment(name, document)["Version"])

    def save_experiment(self, name: str, document: Mapping[str, Any] | Document) -> dict[str, Any]:
        """Do what put_experiment does, and return `Name`, `Version`, `UpdatedAt` and `Warnings`."""
        body = document if isinstance(document, Mapping) else document.to_json()
        saved: dict[str, Any] = self._http.send("PUT", self._experiment(name), body)
        return saved

    def import_experiment(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Save an experiment exported from the original; returns it with a report on what became of every part.

        `body` is the export itself, or an object with it as `Export` and with Name, Resource, Data and Values.
        """
        response: dict[str, Any] = self._http.send("POST", f"{self._root}/experiments/import", body)
        return response

    def rename_experiment(self, name: str, new_name: str) -> None:
        """Give an experiment another name; its versions, runs and web services stay its own.

        Raises
        ------
        PerennialError
            If the name is taken (Conflict), or there is no such experiment (NotFound).
        """
        self._of_experiment("POST", name, "/rename", {"Name": new_name}, repeatable=True)

    def copy_experiment(self, name: str, new_name: str) -> None:
        """Copy an experiment, with its secrets, as the first version of a new one; PerennialError if that exists."""
        self._of_experiment("POST", name, "/copy", {"Name": new_name})

    def delete_experiment(self, name: str) -> None:
        """Delete an experiment; the web services published from it stay."""
        try:
            self._http.send("DELETE", f"api/{self._experiment(name)}")
        except PerennialError as error:
            raise self._explained(error, name) from error

    def start_run(self, name: str, parameters: Mapping[str, Any] | None = None) -> str:
        """Start a run of an experiment, perhaps with other values of its web service parameters, and return its id."""
        body = {"GlobalParameters": dict(parameters)} if parameters else {}
        return str(self._of_experiment("POST", name, "/run", body)["RunId"])

    def get_run(self, name: str, run_id: str) -> RunStatus:
        """Return the status of a run."""
        return RunStatus.from_json(self._of_experiment("GET", name, f"/runs/{quote(run_id, safe='')}"))

    def list_runs(self, name: str | None = None, limit: int | None = None) -> Records:
        """Return the runs of an experiment, or of all, latest first: all or so many of them; without their modules."""
        path = f"{self._root}/runs" if name is None else f"{self._experiment(name)}/runs"
        try:
            return Records(self._http.take(path, limit, **_page(limit)))
        except PerennialError as error:
            raise self._explained(error, name or "") from error

    def cancel_run(self, name: str, run_id: str) -> None:
        """Cancel a run; has no effect on one that has ended."""
        self._of_experiment("POST", name, f"/runs/{quote(run_id, safe='')}/cancel", repeatable=True)

    def run_experiment(
        self,
        name: str,
        on_progress: OnRun | None = None,
        parameters: Mapping[str, Any] | None = None,
        timeout: float | None = None,
    ) -> RunStatus:
        """Run an experiment and wait for it to end, for so many seconds; PerennialError if it fails or goes on."""
        run_id = self.start_run(name, parameters)
        return _wait("run", lambda: self.get_run(name, run_id), on_progress, timeout)

    @overload
    def publish(self, name: str, kind: str, /, *, update_existing: bool = False) -> WebService: ...

    @overload
    def publish(self, pipeline: Any, X: Any, y: Any = None, /, *, name: str, **options: Any) -> "PublishedPipeline": ...  # noqa: N803

    def publish(self, what: Any, how: Any, y: Any = None, /, *, update_existing: bool = False, **options: Any) -> Any:
        """Publish an experiment that has run as a `training` or `predictive` web service, or a scikit-learn pipeline.

        `publish(pipeline, X, y, name="Churn")` trains the pipeline in the app first (publishing.publish_pipeline).
        """
        if not isinstance(what, str):
            return publish_pipeline(self, what, how, y, **options)
        return self._publish(what, how, update_existing=update_existing)

    def _publish(self, name: str, kind: str, *, update_existing: bool) -> WebService:
        response = self._of_experiment(
            "POST",
            name,
            "/webservice",
            kind=kind,
            updateExistingWebService=str(update_existing).lower(),
        )
        return self.get_web_service(response["WebServiceGroupId"])

    def list_web_services(self) -> list[WebService]:
        """Return the web services, oldest first."""
        return [WebService.from_json(item) for item in self._http.send("GET", f"{self._root}/webservices")]

    def get_web_service(self, id_or_name: str) -> WebService:
        """Return a web service by its id, or by its name if that is unique."""
        services = self.list_web_services()
        found = [service for service in services if id_or_name in (service.id, service.name)]
        if len(found) > 1:
            ids = ", ".join(service.id for service in found)
            raise PerennialError(404, "NotFound", f"Several web services are named '{id_or_name}'. Use the id: {ids}.")
        if not found:
            raise not_found("No web service is named", id_or_name, [service.name for service in services])
        return found[0]

    def delete_web_service(self, service: WebService) -> None:
        """Delete a web service and its endpoints."""
        self._http.send("DELETE", f"{self._root}/webservices/{service.id}")

    def list_endpoints(self, service: WebService) -> list[Endpoint]:
        """Return all endpoints of a web service."""
        found: list[Endpoint] = []
        page: dict[str, Any] = {"limit": str(PAGE)}
        while True:
            items = self._http.send("GET", f"{self._root}/webservices/{service.id}/endpoints", **page)
            found += [Endpoint.from_json(item) for item in items]
            if len(items) < PAGE:
                return found
            page["after"] = found[-1].id

    def get_endpoint(self, service: WebService, name: str = "default") -> Endpoint:
        """Return an endpoint of a web service."""
        try:
            return Endpoint.from_json(self._http.send("GET", self._endpoint(service.id, name)))
        except PerennialError as error:
            if not error.code.endswith("/WebServiceNotFound"):
                raise
            known = sorted(endpoint.name for endpoint in self.list_endpoints(service))
            text = f"The web service '{service.name}' has no endpoint"
            raise not_found(text, name, known, error.code) from error

    def add_endpoint(self, service: WebService, name: str, **settings: Any) -> Endpoint:
        """Add an endpoint; `settings` are Description, ThrottleLevel, MaxConcurrentCalls and PreventUpdate."""
        path = self._endpoint(service.id, name)
        # Done twice, the second is refused: the service has an endpoint of that name.
        return Endpoint.from_json(self._http.send("PUT", path, settings, repeatable=False))

    def update_endpoint(
        self, endpoint: Endpoint, models: Mapping[str, Blob] | None = None, **settings: Any
    ) -> Endpoint:
        """Replace an endpoint's trained models, given by resource name, or change its settings.

        If the endpoint has a single resource, its name can be the empty string. With `Gate={}` among the settings, a
        model that is worse than the one in use on the same rows is refused (PerennialError with status 409).
        """
        body = dict(settings)
        if models:
            body["Resources"] = _resources(endpoint, models)
        return self._changed(endpoint, "PATCH", "", body)

    def compare(self, endpoint: Endpoint, models: Mapping[str, Blob], **gate: Any) -> Comparison:
        """Compare a trained model, given by resource name, with the one that the endpoint uses, on the same rows.

        Parameters
        ----------
        gate
            HeldBackData, the dataset with these rows (by default, those that the model in use was evaluated on);
            Metric, AtMostWorse or Better, and MinimumRows say when `Passed` is true.
        """
        path = f"{self._endpoint(endpoint.service_id, endpoint.name)}/compare"
        body = {"Resources": _resources(endpoint, models), "Gate": gate}
        return Comparison(self._http.send("POST", path, body))

    def rollback_endpoint(self, endpoint: Endpoint, sequence: int | None = None) -> Endpoint:
        """Restore the trained models from before a change: number `sequence` of the history, or the latest."""
        return self._changed(endpoint, "POST", "/rollback", {"Sequence": sequence} if sequence else {})

    def get_traffic(self, endpoint: Endpoint, hours: int = 24) -> dict[str, Any]:
        """Return an endpoint's deployments with their shares and models, and the calls each had in the last hours."""
        found: dict[str, Any] = self._http.send("GET", self._traffic(endpoint), hours=str(hours))
        return found

    def set_traffic(
        self,
        endpoint: Endpoint,
        shares: Mapping[str, int],
        models: Mapping[str, Mapping[str, Candidate]] | None = None,
        *,
        key: Mapping[str, str] | None = None,
        why: str = "",
    ) -> dict[str, Any]:
        """Have several models answer: `{"current": 90, "candidate": 10}`, in percent of the rows.

        Parameters
        ----------
        models
            For each deployment that is new: `{model name: a version number, "latest" or a link to a file}`. The name
            may be empty if the endpoint has one model.
        key
            `{"Header": name}` or `{"Column": name}`, whose value decides which models answer; `{}` for neither. What
            was set before stays if it is left out.
        """
        given = {name: _candidates(endpoint, items) for name, items in (models or {}).items()}
        body = {"Shares": dict(shares), "Models": given, "Key": key, "Why": why}
        found: dict[str, Any] = self._http.send("PUT", self._traffic(endpoint), body)
        return found

    def promote(self, endpoint: Endpoint, deployment: str, why: str = "") -> dict[str, Any]:
        """Make a deployment's models the endpoint's own, which then answer all rows; a rollback takes it back."""
        body = {"Promote": deployment, "Why": why}
        found: dict[str, Any] = self._http.send("PUT", self._traffic(endpoint), body, repeatable=False)
        return found

    def start_promotion(
        self,
        endpoint: Endpoint,
        models: Mapping[str, Candidate],
        steps: Sequence[Mapping[str, Any]],
        *,
        gate: Mapping[str, Any] | None = None,
        key: Mapping[str, str] | None = None,
        why: str = "",
    ) -> dict[str, Any]:
        """Start a promotion plan, which has a candidate answer more and more rows, or takes it back, and return it.

        Parameters
        ----------
        models
            The candidate: `{model name: a version number, "latest" or a link to a file}`.
        steps
            Such as `[{"Share": 5, "Minutes": 30}, {"Share": 25, "Calls": 1000}, {"Share": 100}]`. The first may be
            `{"Shadow": 10000}`: rows that the candidate scores from the prediction log, without answering anybody.
        gate
            What each step is held to: `ErrorRate`, `P95` (milliseconds), and, with the prediction log on, `Metric` with
            `AtMostWorse` or `Better` and `MinimumTruths`, and `Agreement` for rows in the shadow.
        """
        body = {
            "Candidate": _candidates(endpoint, models),
            "Steps": [dict(step) for step in steps],
            "Gate": gate,
            "Key": key,
            "Why": why,
        }
        found: dict[str, Any] = self._http.send("PUT", self._promotion(endpoint), body, repeatable=False)
        return found

    def get_promotion(self, endpoint: Endpoint) -> dict[str, Any]:
        """Return an endpoint's latest promotion plan: where it is, and what each step showed."""
        found: dict[str, Any] = self._http.send("GET", self._promotion(endpoint))
        return found

    def stop_promotion(self, endpoint: Endpoint) -> None:
        """Stop an endpoint's promotion plan: the current models answer all rows again."""
        self._http.send("DELETE", self._promotion(endpoint))

    def set_shadow(
        self, endpoint: Endpoint, models: Mapping[str, Candidate], *, name: str = "", since: str = "", why: str = ""
    ) -> dict[str, Any]:
        """Have a candidate score what an endpoint's prediction log has, without answering anybody, and return it.

        Parameters
        ----------
        models
            The candidate: `{model name: a version number, "latest" or a link to a file}`.
        name
            What the deployment is called, `candidate` if empty.
        since
            From when on rows are scored: ISO 8601 or so long ago, such as `7d`; from now on if empty.
        """
        body = {
            "Candidate": _candidates(endpoint, models),
            "Name": name or None,
            "Since": since or None,
            "Why": why,
        }
        found: dict[str, Any] = self._http.send("PUT", self._shadow(endpoint), body)
        return found

    def get_shadow(self, endpoint: Endpoint) -> dict[str, Any]:
        """Return the candidate in an endpoint's shadow, and how its scores compare with those that were answered."""
        found: dict[str, Any] = self._http.send("GET", self._shadow(endpoint))
        return found

    def stop_shadow(self, endpoint: Endpoint) -> None:
        """End the shadow of an endpoint; what was compared stays."""
        self._http.send("DELETE", self._shadow(endpoint))

    def regenerate_key(self, endpoint: Endpoint, slot: str) -> Endpoint:
        """Replace an endpoint's `primary` or `secondary` key with a new one."""
        return self._changed(endpoint, "POST", "/regeneratekey", {}, slot=slot)

    def refresh_endpoint(self, endpoint: Endpoint, *, overwrite_resources: bool = False) -> bool:
        """Update an endpoint to the default endpoint's definition; False if it was up to date."""
        path = f"{self._endpoint(endpoint.service_id, endpoint.name)}/refresh"
        body = {"OverwriteResources": str(overwrite_resources)}
        return self._http.send_raw("POST", path, body).status_code != 304

    def delete_endpoint(self, endpoint: Endpoint) -> None:
        """Delete an endpoint."""
        self._http.send("DELETE", self._endpoint(endpoint.service_id, endpoint.name))

    def get_evaluation(self, endpoint: Endpoint, resource: str = "") -> Evaluation:
        """Return the evaluation in a trained model that an endpoint uses: its metrics, curves and confusion matrix.

        Parameters
        ----------
        resource
            Name of the model among the endpoint's; not needed if it has one.

        Raises
        ------
        PerennialError
            If the endpoint has no such model, or the file has no evaluation.
        """
        known = [item.name for item in endpoint.resources]
        found = [item for item in endpoint.resources if item.name == resource or (not resource and len(known) == 1)]
        if not found:
            raise not_found(f"The endpoint '{endpoint.name}' has no trained model", resource, known)
        title = f"{found[0].name}, version {found[0].version}"
        return Evaluation.from_model_file(download(found[0].location), title)

    def list_history(self, endpoint: Endpoint) -> Records:
        """Return every change to an endpoint, oldest first."""
        path = f"{self._endpoint(endpoint.service_id, endpoint.name)}/history"
        return Records(self._http.send("GET", path))

    def get_drift(
        self,
        endpoint: Endpoint,
        *,
        by: str = "day",
        since: Moment | None = None,
        until: Moment | None = None,
        model: str | None = None,
    ) -> Drift:
        """Return how far an endpoint's inputs and scores are from those of its model's training.

        Parameters
        ----------
        by
            `day` or `hour`: the length of the windows that are compared.
        since, until
            Times in ISO 8601, or datetimes with a time zone; by default the last 30 days, or 48 hours.
        model
            The hash of a model; by default the one in use.
        """
        asked = {"by": by, "since": moment_text(since), "until": moment_text(until), "model": model}
        query: Any = {name: value for name, value in asked.items() if value}
        return Drift(self._http.send("GET", f"{self._endpoint(endpoint.service_id, endpoint.name)}/drift", **query))

    def list_models(self, name: str) -> Records:
        """Return the versions of a trained model, oldest first."""
        return Records(self._http.send("GET", f"{self._root}/models/{quote(name, safe='')}"))

    def list_latest_models(self) -> Records:
        """Return the latest version of each trained model by name, and which endpoints use a version (`UsedBy`)."""
        return Records(self._http.take(f"{self._root}/models"))

    def get_model(self, name: str, version: int | None = None) -> dict[str, Any]:
        """Return a version of a trained model, the latest by default, with a link to its file (`Location`)."""
        versions = self.list_models(name)
        if not versions:
            raise not_found(
                "The workspace has no trained model", name, [item["Name"] for item in self.list_latest_models()]
            )
        for item in versions:
            if item["Version"] == version or (version is None and item is versions[-1]):
                return item
        known = [str(item["Version"]) for item in versions]
        raise not_found(f"The trained model '{name}' has no version", str(version), known)

    def import_model(self, name: str, content: bytes) -> dict[str, Any]:
        """Import a trained model from the bytes of an `.ilearner` file, and return its new version."""
        path = f"{self._root}/models/{quote(name, safe='')}"
        # Done twice, the second finds the version of the first.
        found: dict[str, Any] = self._http.send("POST", path, content, repeatable=True)
        return found

    def get_environment(self) -> dict[str, Any]:
        """Return what scores models in the app: versions of Python and libraries, and ONNX operator sets."""
        found: list[dict[str, Any]] = self._http.send("GET", f"{self._root}/environments")
        return found[0]

    def publish_model(self, model: Any, *, name: str, sample: Any, **options: Any) -> PublishedModel:
        """Import a model that was trained elsewhere and publish it (model_publishing.publish_model)."""
        return publish_model(self, model, name=name, sample=sample, **options)

    def import_foreign_model(self, name: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Import an ONNX graph with a sample as the next version of a name; `body` is the route's."""
        path = f"{self._root}/models/{quote(name, safe='')}/import"
        # Done twice, the second finds the version of the first.
        found: dict[str, Any] = self._http.send("POST", path, body, repeatable=True)
        return found

    def publish_named_model(
        self, name: str, version: int | None = None, *, update_existing: bool = False
    ) -> WebService:
        """Publish a version of a trained model, the latest by default, as a web service without an experiment."""
        query: dict[str, Any] = {"version": str(version)} if version else {}
        path = f"{self._root}/models/{quote(name, safe='')}/webservice"
        response = self._http.send("POST", path, {}, updateExistingWebService=str(update_existing).lower(), **query)
        return self.get_web_service(response["WebServiceGroupId"])

    def export_web_service(self, service: WebService) -> dict[str, Any]:
        """Return a web service with its definitions and endpoints, without keys, for import_web_service."""
        found: dict[str, Any] = self._http.send("GET", f"{self._root}/webservices/{service.id}/export")
        return found

    def import_web_service(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """Create an exported web service, or those of its endpoints that are missing; its models are imported before.

        Returns
        -------
        dict
            Id, Name, and the names of the endpoints that were `Added`, and `Kept` because they existed.
        """
        found: dict[str, Any] = self._http.send("POST", f"{self._root}/webservices", document, repeatable=True)
        return found

    @overload
    def score(
        self,
        endpoint: Endpoint,
        rows: Sequence[Mapping[str, Any]],
        input_name: str = "input1",
        parameters: Mapping[str, Any] | None = None,
        *,
        explain: bool = False,
    ) -> list[dict[str, Any]]: ...

    @overload
    def score(
        self,
        endpoint: Endpoint,
        rows: F,
        input_name: str = "input1",
        parameters: Mapping[str, Any] | None = None,
        *,
        explain: bool = False,
    ) -> F: ...

    def score(
        self,
        endpoint: Endpoint,
        rows: Any,
        input_name: str = "input1",
        parameters: Mapping[str, Any] | None = None,
        *,
        explain: bool = False,
    ) -> Any:
        """Score rows and return the endpoint's output rows; a data frame is answered by one of the same library.

        If the service has several outputs, only the first one's rows are returned.

        Parameters
        ----------
        rows
            Dicts with a value for each column: the output's cells are strings, or None where missing. Or a data frame
            of pandas, Polars, Arrow or another library: the scores are a frame with the service's types (numbers,
            Booleans, times), the categories of columns that come back, and pandas' index. None, NaN and NaT mean
            missing; dates, times and numpy's numbers are accepted.
        explain
            Whether to add what each column contributes to the score, as columns `Contribution: …`: at most 1,000 rows.
        """
        http = self._http.at(endpoint.api_location, endpoint.primary_key)
        if is_frame(rows):
            return score_frame(http, rows, input_name, parameters or {}, explain=explain)
        body = {"Inputs": {input_name: read_records(rows)}, "GlobalParameters": dict(parameters or {})}
        query = explained(explain) | {"format": "swagger"} | API_VERSION
        response = http.send("POST", "execute", body, repeatable=True, **query)
        results: dict[str, list[dict[str, Any]]] = response["Results"]
        return next(iter(results.values()))

    def batch_score(
        self,
        endpoint: Endpoint,
        data: "Path | Blob | Frame | Sequence[Mapping[str, Any]]",
        input_name: str = "input1",
        parameters: Mapping[str, Any] | None = None,
        *,
        explain: bool = False,
        library: str | None = None,
        on_progress: OnJob | None = None,
        timeout: float | None = None,
    ) -> Any:
        """Score a file, a link or a data frame of any size in a batch job, and return the scores of its first table.

        Parameters
        ----------
        data
            What to score. Rows and frames are uploaded as a dataset that is deleted afterwards.
        explain
            Whether the scores also have what each column contributes to them.
        library
            The kind of the frame that is returned; by default, that of `data`, else the first that is installed. A
            list of dicts returns one.
        timeout
            Seconds to wait; see Job.wait.

        Raises
        ------
        PerennialError
            If the job fails, or has no output that is a table.
        """
        given = sent_library(data) if library is None else library
        with batch_file(data) as path:
            link: Any = self._upload(path, None, None) if path else data
            try:
                results = self._finish_batch(endpoint, {input_name: link}, parameters, explain, on_progress, timeout)
            finally:
                if path:
                    self.delete_dataset(path.name)
        name, table = first_table(results)
        kinds = output_kinds(self._http.at(endpoint.api_location, endpoint.primary_key), name)
        scores = read_scores(download(table), kinds, chosen_library(given))
        return like(known_frame(data), scores) if is_frame(data) and library is None else scores

    def _finish_batch(
        self,
        endpoint: Endpoint,
        inputs: Mapping[str, Blob],
        parameters: Mapping[str, Any] | None,
        explain: bool,
        on_progress: OnJob | None,
        timeout: float | None,
    ) -> dict[str, BlobLink]:
        """Return the results of a job that nobody else waits for: it is cancelled if this does not see its end."""
        job = self.submit_job(endpoint, inputs, parameters=parameters, explain=explain)
        try:
            return job.wait(on_progress, timeout).results
        except BaseException as error:
            job.cancel()
            if isinstance(error, PerennialError) and error.code == "TimedOut":
                text = f"The job has not ended after {timeout:g} s, and was cancelled. Allow more time, or send less."
                raise PerennialError(0, "TimedOut", text) from error
            raise

    def retrain(
        self,
        trainer: Endpoint,
        data: "Path | Blob | Frame",
        input_name: str = "input1",
        parameters: Mapping[str, Any] | None = None,
        *,
        on_progress: OnJob | None = None,
        timeout: float | None = None,
    ) -> JobStatus:
        """Train a training service on other data in a batch job and return the job's results; swaps nothing.

        Pass `{"": results["output1"]}` to update_endpoint, or to compare. A local file or frame is kept as a dataset
        named after the endpoint.
        """
        is_link = isinstance(data, (BlobLink, Mapping))
        given: Any = data
        link = given if is_link else self.upload(given, None if isinstance(data, Path) else f"{trainer.id}.csv")
        return self.submit_job(trainer, {input_name: link}, parameters=parameters).wait(on_progress, timeout)

    def submit_job(
        self,
        endpoint: Endpoint,
        inputs: Mapping[str, Blob] | None = None,
        outputs: Mapping[str, Blob] | None = None,
        parameters: Mapping[str, Any] | None = None,
        *,
        explain: bool = False,
    ) -> "Job":
        """Create and start a batch job; `explain` adds what each column contributes to the scores of its outputs."""
        http = self._http.at(endpoint.api_location, endpoint.primary_key)
        body = {
            "Inputs": {name: _blob(blob) for name, blob in (inputs or {}).items()},
            "Outputs": {name: _blob(blob) for name, blob in (outputs or {}).items()},
            "GlobalParameters": dict(parameters or {}),
        }
        job = Job(http, str(http.send("POST", "jobs", body | job_explained(explain), **API_VERSION)))
        job.start()
        return job

    def list_jobs(self, state: str | None = None, limit: int | None = None) -> Records:
        """Return the batch jobs of all endpoints, latest first: all, those in a state, or so many of them."""
        query: dict[str, Any] = {"state": state} if state else {}
        return Records(self._http.take(f"{self._root}/jobs", limit, **query, **_page(limit)))

    def get_job(self, endpoint: Endpoint, job_id: str) -> "Job":
        """Return a job of an endpoint by its id; sends no request."""
        return Job(self._http.at(endpoint.api_location, endpoint.primary_key), job_id)

    def put_policy(self, endpoint: Endpoint, policy: Mapping[str, Any]) -> dict[str, Any]:
        """Set an endpoint's retraining policy. Does not start training."""
        response: dict[str, Any] = self._http.send("PUT", self._policy(endpoint), policy)
        return response

    def get_policy(self, endpoint: Endpoint) -> dict[str, Any]:
        """Return an endpoint's policy, with its next run and why one was skipped."""
        response: dict[str, Any] = self._http.send("GET", self._policy(endpoint))
        return response

    def delete_policy(self, endpoint: Endpoint) -> None:
        """Delete an endpoint's policy."""
        self._http.send("DELETE", self._policy(endpoint))

    def try_policy(self, endpoint: Endpoint, training_data: str | None = None) -> str:
        """Retrain now under the policy and return the job's id; the model in use is replaced if the new one passes."""
        return str(self._http.send("POST", f"{self._policy(endpoint)}/try", {"TrainingData": training_data})["JobId"])

    def list_challenges(self, endpoint: Endpoint) -> Records:
        """Return the outcomes of an endpoint's challenges, latest first."""
        return Records(self._http.send("GET", f"{self._policy(endpoint)}/challenges"))

    def put_prediction_log(self, endpoint: Endpoint, **settings: Any) -> dict[str, Any]:
        """Keep the rows that an endpoint scores; `settings` are Share, IdColumn, LeaveOut, Hash and RetentionDays."""
        response: dict[str, Any] = self._http.send("PUT", self._at(endpoint, "predictionlog"), settings)
        return response

    def get_prediction_log(self, endpoint: Endpoint) -> dict[str, Any]:
        """Return the settings of an endpoint's prediction log."""
        response: dict[str, Any] = self._http.send("GET", self._at(endpoint, "predictionlog"))
        return response

    def delete_prediction_log(self, endpoint: Endpoint) -> None:
        """Keep no more rows of an endpoint. Those that were kept stay until they expire."""
        self._http.send("DELETE", self._at(endpoint, "predictionlog"))

    def list_events(self, since: Moment | None = None, *, kind: str | None = None, limit: int | None = None) -> Records:
        """Return what happened in the workspace, newest first, in the JSON format of CloudEvents 1.0.

        Parameters
        ----------
        since
            A time in ISO 8601, or a datetime with a time zone; all that are kept by default.
        kind
            Only events of this type, such as `perennial.job.failed`.
        limit
            How many events, at most.
        """
        asked = {"since": moment_text(since), "type": kind}
        query: Any = {name: text for name, text in asked.items() if text}
        return Records(self._http.take(f"{self._root}/events", limit, **query, **_page(limit)))

    def list_datastores(self) -> Records:
        """Return the named connections of the workspace to data elsewhere, by name; never their secrets."""
        return Records(self._http.send("GET", f"{self._root}/datastores"))

    def get_datastore(self, name: str) -> dict[str, Any]:
        """Return a datastore; of its secret only whether it has one."""
        found: dict[str, Any] = self._http.send("GET", self._datastore(name))
        return found

    def put_datastore(
        self,
        name: str,
        kind: str,
        *,
        secret: str | None = None,
        authentication: str | None = None,
        **places: str | None,
    ) -> dict[str, Any]:
        """Store a datastore, replacing one of that name; nothing is called.

        Parameters
        ----------
        kind
            `Blob`, `Table`, `Sql` or `Http`.
        secret
            Without it, an earlier one stays, as long as it is sent where it was sent.
        authentication
            How the secret opens it, such as `AccountKey` or `Sas`; the kind's first way by default.
        places
            What the kind needs: `account` or `url`, `container`, `server`, `database`, `user`, `header`, and
            `description`.
        """
        given = {"Kind": kind, "Authentication": authentication, "Secret": secret}
        given |= {title.capitalize(): text for title, text in places.items()}
        body = {title: text for title, text in given.items() if text is not None}
        shown: dict[str, Any] = self._http.send("PUT", self._datastore(name), body)
        return shown

    def test_datastore(self, name: str, path: str | None = None) -> dict[str, Any]:
        """Have the app call what a datastore leads to, and return whether it `Works`, with `Details`.

        Parameters
        ----------
        path
            What to look at: a blob, the rest of an address, a table or a query.
        """
        tried: dict[str, Any] = self._http.send("POST", f"{self._datastore(name)}/test", {"Path": path})
        return tried

    def list_references(self) -> Records:
        """Return the datasets whose data is in a datastore, by name; `Reference` is the datastore's name."""
        found = self._http.take(f"{self._root}/data", **_page(None))
        return Records([item for item in found if item.get("Reference")])

    def put_reference(
        self, dataset: str, datastore: str, path: str, options: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Make a dataset a reference to data in a datastore, which stays there; nothing is called.

        Parameters
        ----------
        dataset
            Its extension says how the file is read; the rows of a table or query are read as `.parquet`.
        path
            A blob, the rest of an address, a table or a query.
        options
            How to read the file, such as `{"Separator": "semicolon"}`, where it should not be guessed.
        """
        body = {"Datastore": datastore, "Path": path} | ({"Options": dict(options)} if options else {})
        place = f"{self._root}/datasets/{quote(dataset, safe='')}/reference"
        stored: dict[str, Any] = self._http.send("PUT", place, body)
        return stored

    def get_reference(self, dataset: str) -> dict[str, Any]:
        """Return where the data of a reference is, with its `Version` now."""
        found: dict[str, Any] = self._http.send("GET", f"{self._root}/datasets/{quote(dataset, safe='')}/reference")
        return found

    def delete_datastore(self, name: str) -> None:
        """Delete a datastore with its secret; what it leads to stays."""
        self._http.send("DELETE", self._datastore(name))

    def list_subscriptions(self) -> Records:
        """Return who is told of the workspace's events, and how delivery goes."""
        return Records(self._http.send("GET", f"{self._root}/subscriptions"))

    def get_subscription(self, name: str) -> dict[str, Any]:
        """Return a subscription, with how delivery goes."""
        found: dict[str, Any] = self._http.send("GET", self._subscription(name))
        return found

    def put_subscription(
        self,
        name: str,
        url: str,
        types: Sequence[str] = (),
        *,
        kind: str = "Webhook",
        secret: str | None = None,
        enabled: bool = True,
    ) -> dict[str, Any]:
        """Have events sent to an address, replacing a subscription of that name.

        Parameters
        ----------
        url
            Its host must be one of the app setting `PERENNIAL_EVENT_HOSTS`.
        types
            Such as `perennial.model.swapped`; all by default.
        kind
            `Webhook` for signed requests, `EventGrid` for a topic of Event Grid.
        secret
            What signs: `whsec_` and from 24 to 64 bytes in base64. If there is none yet, the app makes one, which is
            `Secret` of the result and is never shown again.
        enabled
            Whether events are sent.
        """
        body: dict[str, Any] = {"Url": url, "Types": list(types), "Kind": kind, "Enabled": enabled}
        body |= {"Secret": secret} if secret else {}
        # Done twice, the second would not show the secret that the first made.
        shown: dict[str, Any] = self._http.send("PUT", self._subscription(name), body, repeatable=bool(secret))
        return shown

    def test_subscription(self, name: str) -> dict[str, Any]:
        """Have an event that tells nothing sent to a subscription's receiver; return whether it was `Delivered`."""
        tried: dict[str, Any] = self._http.send("POST", f"{self._subscription(name)}/test")
        return tried

    def delete_subscription(self, name: str) -> None:
        """Delete a subscription, with what it has yet to be told."""
        self._http.send("DELETE", self._subscription(name))

    def list_dead_letters(self, name: str, limit: int = 1000) -> Records:
        """Return the events that a subscription's receiver never took, oldest first; at most 1000."""
        return Records(self._http.send("GET", f"{self._subscription(name)}/deadletters", limit=str(limit)))

    def redeliver(self, name: str) -> int:
        """Have a subscription's dead letters sent again, and return how many those are."""
        # Done twice, the second finds those that the first did not move.
        return int(self._http.send("POST", f"{self._subscription(name)}/redeliver", repeatable=True)["Events"])

    def list_acts(
        self, since: Moment | None = None, until: Moment | None = None, *, limit: int | None = None
    ) -> Records:
        """Return who did what in the workspace, newest first: its audit log.

        Parameters
        ----------
        since, until
            Times in ISO 8601, or datetimes with a time zone; all that is kept by default.
        limit
            How many acts, at most.
        """
        return Records(self._http.take(f"{self._root}/audit", limit, **_between(since, until), **_page(limit)))

    def read_log(
        self,
        endpoint: Endpoint,
        since: "str | datetime | date | None" = None,
        until: "str | datetime | date | None" = None,
        *,
        columns: Sequence[str] | None = None,
        most: int | None = None,
        library: str | None = None,
    ) -> Any:
        """Return the rows that an endpoint scored, with their scores, as a data frame in order of time.

        Parameters
        ----------
        since, until
            Times, or how long ago: `30m`, `24h`, `7d`. The last day by default.
        columns
            Such as `id` or `score/Scored Labels`; all by default.
        most
            Rows to return, at most.
        library
            The kind of the frame; by default, the first that is installed. `records` for a list of dicts.
        """
        chosen = chosen_library(library)
        query = {"since": moment(since), "until": moment(until), "columns": ",".join(columns or ()) or None}
        asked: dict[str, Any] = {name: text for name, text in query.items() if text}
        pages: list[dict[str, Any]] = []
        left = most
        while left is None or left > 0:
            limit = PAGE_ROWS if left is None else min(left, PAGE_ROWS)
            page = self._http.send("GET", self._at(endpoint, "log"), limit=str(limit), **asked)
            if left is not None:
                page["Rows"] = page["Rows"][:left]
                left -= len(page["Rows"])
            pages.append(page)
            if page["Complete"]:
                break
            asked["since"] = page["Until"]
        return log_frame(pages, chosen)

    def send_truths(self, endpoint: Endpoint, truths: Any) -> int:
        """Tell an endpoint what turned out to be right for rows that it scored, and return how many truths that were.

        Parameters
        ----------
        truths
            A dict of values by the rows' ids, a list of dicts (Id, Value, perhaps At), or a data frame with columns
            `id` and `value`, and perhaps `at`. None takes a truth back.
        """
        count = 0
        for batch in truth_batches(truths):
            response = self._http.send("POST", self._at(endpoint, "feedback"), {"Truths": batch}, repeatable=True)
            count += int(response["Truths"])
        return count

    def list_live_metrics(self, endpoint: Endpoint, since: "str | datetime | date | None" = None) -> Records:
        """Return the metrics of an endpoint's models on the truths that came, by day and model."""
        query: dict[str, Any] = {"since": moment(since)} if since else {}
        return Records(self._http.send("GET", self._at(endpoint, "livemetrics"), **query)["Days"])

    def put_document(self, kind: str, name: str, document: Mapping[str, Any]) -> dict[str, Any]:
        """Validate and save a Data Factory document; `kind` is pipelines, linkedservices, datasets or triggers."""
        response: dict[str, Any] = self._http.send("PUT", f"{self._root}/{kind}/{quote(name, safe='')}", document)
        return response

    def list_documents(self, kind: str) -> list[dict[str, Any]]:
        """Return the workspace's Data Factory documents of a kind, without secrets."""
        found: list[dict[str, Any]] = self._http.send("GET", f"{self._root}/{kind}")
        return found

    def delete_document(self, kind: str, name: str) -> None:
        """Delete a Data Factory document; runs already started continue."""
        self._http.send("DELETE", f"{self._root}/{kind}/{quote(name, safe='')}")

    def run_pipeline(self, name: str, parameters: Mapping[str, Any] | None = None) -> str:
        """Run a pipeline now and return the run's id."""
        path = f"{self._root}/pipelines/{quote(name, safe='')}/createRun"
        return str(self._http.send("POST", path, dict(parameters or {}))["runId"])

    def get_pipeline_run(self, run_id: str) -> dict[str, Any]:
        """Return the status of a pipeline run, in Data Factory's format."""
        run: dict[str, Any] = self._http.send("GET", f"{self._root}/pipelineruns/{run_id}")
        return run

    def list_activity_runs(self, run_id: str) -> list[dict[str, Any]]:
        """Return the activity runs of a pipeline run, in the order of the document."""
        found = self._http.send("POST", f"{self._root}/pipelineruns/{run_id}/queryActivityruns", {})
        return list(found["value"])

    def list_pipeline_runs(self, pipeline: str | None = None) -> list[dict[str, Any]]:
        """Return the workspace's pipeline runs, latest first."""
        query: dict[str, Any] = {"pipeline": pipeline} if pipeline else {}
        return list(self._http.send("POST", f"{self._root}/queryPipelineRuns", {}, **query)["value"])

    def cancel_pipeline_run(self, run_id: str) -> None:
        """Cancel a pipeline run and the jobs it is waiting for."""
        self._http.send("POST", f"{self._root}/pipelineruns/{run_id}/cancel")

    def control_trigger(self, name: str, action: str) -> Any:
        """Apply `start`, `stop` or `run` to a trigger; `run` returns the ids of the runs."""
        return self._http.send("POST", f"{self._root}/triggers/{quote(name, safe='')}/{action}")

    def _promotion(self, endpoint: Endpoint) -> str:
        return f"{self._endpoint(endpoint.service_id, endpoint.name)}/promotion"

    def _shadow(self, endpoint: Endpoint) -> str:
        return f"{self._endpoint(endpoint.service_id, endpoint.name)}/shadow"

    def _traffic(self, endpoint: Endpoint) -> str:
        return f"{self._endpoint(endpoint.service_id, endpoint.name)}/traffic"

    def _datastore(self, name: str) -> str:
        return f"{self._root}/datastores/{quote(name, safe='')}"

    def _subscription(self, name: str) -> str:
        return f"{self._root}/subscriptions/{quote(name, safe='')}"

    def _policy(self, endpoint: Endpoint) -> str:
        return self._at(endpoint, "policy")

    def _at(self, endpoint: Endpoint, action: str) -> str:
        return f"{self._endpoint(endpoint.service_id, endpoint.name)}/{action}"

    def _changed(self, endpoint: Endpoint, method: str, action: str, body: Any, **query: Any) -> Endpoint:
        path = f"{self._endpoint(endpoint.service_id, endpoint.name)}{action}"
        return Endpoint.from_json(self._http.send(method, path, body, **query))

    def _of_experiment(
        self, method: str, name: str, path: str = "", body: Any = None, *, repeatable: bool | None = None, **query: str
    ) -> Any:
        """Send a request to an experiment's address; a name that is wrong is answered with the right ones."""
        try:
            return self._http.send(method, f"{self._experiment(name)}{path}", body, repeatable=repeatable, **query)
        except PerennialError as error:
            raise self._explained(error, name) from error

    def _explained(self, error: PerennialError, name: str) -> PerennialError:
        if not error.code.endswith("/ExperimentNotFound"):
            return error
        known = [item["Name"] for item in self.list_experiments()]
        return not_found("The workspace has no experiment", name, known, error.code)

    def _experiment(self, name: str) -> str:
        return f"{self._root}/experiments/{quote(name, safe='')}"

    def _endpoint(self, service_id: str, name: str) -> str:
        return f"{self._root}/webservices/{service_id}/endpoints/{quote(name, safe='')}"


class Job:
    """A batch job of an endpoint."""

    def __init__(self, http: Transport, id_: str) -> None:
        self.id = id_
        self._http = http

    def __repr__(self) -> str:
        return f"Job({self.id!r})"

    def start(self) -> None:
        """Start the job."""
        self._http.send("POST", f"jobs/{self.id}/start", **API_VERSION)

    def status(self) -> JobStatus:
        """Return the job's status, with fresh links to its results."""
        return JobStatus.from_json(self._http.send("GET", f"jobs/{self.id}", **API_VERSION))

    def cancel(self) -> None:
        """Cancel the job; has no effect once it has ended."""
        self._http.send("DELETE", f"jobs/{self.id}", **API_VERSION)

    def wait(self, on_progress: OnJob | None = None, timeout: float | None = None) -> JobStatus:
        """Wait for the job to end.

        Parameters
        ----------
        timeout
            Seconds to wait, at most; without end by default.

        Raises
        ------
        PerennialError
            If the job fails or is cancelled, or `TimedOut`: then it goes on in the app.
        """
        return _wait("job", self.status, on_progress, timeout)


class Admin:
    """Administration of an app: creating workspaces.

    Parameters
    ----------
    url
        URL of the app.
    token
        Administrator token, derived from the master secret.
    """

    def __init__(self, url: str, token: str) -> None:
        self._client = httpx.Client(timeout=TIMEOUT_SECONDS, verify=tls_context())
        self._http = Transport(url, token, self._client)

    def __repr__(self) -> str:
        return f"Admin({self._http.url!r})"

    def __enter__(self) -> "Admin":
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def create_workspace(self, friendly_name: str) -> Workspace:
        """Create a workspace and return a client for it."""
        return self._open(self._http.send("POST", "workspaces", {"FriendlyName": friendly_name}))

    def ensure_workspace(self, id_: str, friendly_name: str) -> Workspace:
        """Return a client for the workspace with this id, creating it if it does not exist."""
        return self._open(self._http.send("PUT", f"workspaces/{id_}", {"FriendlyName": friendly_name}))

    def delete_workspace(self, id_: str) -> None:
        """Delete a workspace with all that it owns: this cannot be undone."""
        self._http.send("DELETE", f"workspaces/{quote(id_, safe='')}")

    def list_acts(
        self, id_: str, since: Moment | None = None, until: Moment | None = None, *, limit: int | None = None
    ) -> Records:
        """Return who did what in a workspace, newest first, even if it was deleted; see Workspace.list_acts."""
        path = f"workspaces/{quote(id_, safe='')}/audit"
        return Records(self._http.take(path, limit, **_between(since, until), **_page(limit)))

    def _open(self, response: dict[str, Any]) -> Workspace:
        return Workspace(self._http.url, response["WorkspaceId"], response["AuthorizationToken"]["PrimaryToken"])


def _wait(
    what: str,
    read: Callable[[], Status],
    on_progress: Callable[[Status], None] | None,
    timeout: float | None,
) -> Status:
    """Poll until the state is final; PerennialError unless it is `Finished`."""
    started, pause = time.monotonic(), FIRST_POLL_SECONDS
    while True:
        status = read()
        if on_progress:
            on_progress(status)
        if status.state == "Finished":
            return status
        if status.is_final:
            text = status.details or f"The {what} ended with the state {status.state}."
            raise PerennialError(200, f"{what.capitalize()}{status.state}", text)
        waited = time.monotonic() - started
        if timeout is not None and waited + pause > timeout:
            text = f"The {what} has not ended after {waited:.0f} s. It goes on in the app; wait again, or cancel it."
            raise PerennialError(0, "TimedOut", text)
        time.sleep(pause)
        pause = min(pause * 1.5, POLLING_SECONDS)


def _page(limit: int | None) -> dict[str, Any]:
    """Return the query for pages that are as large as needed."""
    return {"limit": str(PAGE if limit is None else min(limit, PAGE))}


def _between(since: Moment | None, until: Moment | None) -> dict[str, Any]:
    given = {"since": moment_text(since), "until": moment_text(until)}
    return {name: text for name, text in given.items() if text}


def _resources(endpoint: Endpoint, models: Mapping[str, Blob]) -> list[dict[str, Any]]:
    only = endpoint.resources[0].name if len(endpoint.resources) == 1 else ""
    return [{"Name": name or only, "Location": _blob(blob)} for name, blob in models.items()]


def _candidates(endpoint: Endpoint, models: Mapping[str, Candidate]) -> list[dict[str, Any]]:
    only = endpoint.resources[0].name if len(endpoint.resources) == 1 else ""
    return [
        {"Name": name or only} | ({"Version": item} if isinstance(item, int | str) else {"Location": _blob(item)})
        for name, item in models.items()
    ]


def _blob(blob: Blob) -> dict[str, str]:
    return blob.to_json() if isinstance(blob, BlobLink) else dict(blob)
