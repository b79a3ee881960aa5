"""From a notebook to a web service: publishes a pipeline with its data, scores frames, retrains, compares and swaps."""

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perennial.any_frame import PANDAS, is_frame, library_of
from perennial.errors import PerennialError
from perennial.estimators import task_of, write_estimator
from perennial.evaluation import Comparison, Evaluation
from perennial.frame_files import write_csv
from perennial.frames import TrainingTable, as_frame, training_table
from perennial.html_view import pairs_html
from perennial.resources import BlobLink, Endpoint
from perennial.scoring import score_frame
from perennial.transport import Transport

if TYPE_CHECKING:
    from perennial.client import OnJob, OnRun, Workspace

ENDPOINT, INPUT, OUTPUT = "live", "input1", "output1"
LABELS = "Scored Labels"
TRAINERS = {
    "Anomaly detection": ("Train Anomaly Detection Model", "Score Model"),
    "Clustering": ("Train Clustering Model", "Assign Data to Clusters"),
}


def publish_pipeline(
    workspace: "Workspace",
    estimator: Any,
    features: Any,
    target: Any = None,
    *,
    name: str,
    held_back: float = 0.25,
    parameters: Mapping[str, Any] | None = None,
    on_progress: "OnRun | None" = None,
) -> "PublishedPipeline":
    """Train a pipeline in the app and publish it as a training and a predictive web service.

    Parameters
    ----------
    features
        A data frame, or an array of shape (n_rows, n_columns).
    target
        The label of each row; None for outlier detectors and clusterers.
    held_back
        The share of the rows that the model is evaluated on and not trained on.
    parameters
        Parameters that a retraining may set, with their defaults, such as `{"model__C": 1.0}`.

    Raises
    ------
    PerennialError
        If the estimator cannot travel as data, the data does not fit, or the run fails.
    """
    table = training_table(features, target)
    written = write_estimator(estimator)
    task = task_of(estimator, table.label_values)
    if (task in TRAINERS) != (table.label is None):
        wanted = "no y" if target is not None else "y"
        raise PerennialError(0, "InvalidData", f"A pipeline for {task.lower()} takes {wanted}.")
    if not 0 < held_back < 1:
        raise PerennialError(0, "InvalidData", f"held_back must be between 0 and 1, got {held_back}.")
    file = f"{name}.csv"
    _upload(workspace, table, file)
    document = experiment(table, written, task, file, held_back, parameters or {})
    again = any(item["Name"] == name for item in workspace.list_experiments())
    workspace.put_experiment(name, document)
    run = workspace.run_experiment(name, on_progress)
    trainer = workspace.publish(name, "training", update_existing=again)
    service = workspace.publish(name, "predictive", update_existing=again)
    endpoints = {item.name: item for item in workspace.list_endpoints(service)}
    if ENDPOINT in endpoints:
        workspace.refresh_endpoint(endpoints[ENDPOINT], overwrite_resources=True)
        endpoint = workspace.get_endpoint(service, ENDPOINT)
    else:
        endpoint = workspace.add_endpoint(service, ENDPOINT, Description=f"Published from Python as {name}")
    model = next(iter(run.models.values()), {})
    return PublishedPipeline(
        workspace=workspace,
        name=name,
        trainer=workspace.get_endpoint(trainer),
        endpoint=endpoint,
        features=table.features,
        label=table.label,
        evaluation=dict(next(iter(run.metrics.values()), {})),
        runtime=model.get("Runtime", ""),
        runtime_reason=model.get("RuntimeReason", ""),
        label_type=table.label_type,
    )


def experiment(
    table: TrainingTable,
    estimator: Mapping[str, Any],
    task: str,
    file: str,
    held_back: float,
    parameters: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the experiment document that trains an estimator on a table."""
    trainer, scorer = TRAINERS.get(task, ("Train Model", "Score Model"))
    append = "Append score columns to output"
    if scorer == "Assign Data to Clusters":
        append = "Check for Append or Uncheck for Result Only"
    modules: dict[str, Any] = {
        "Data": {"module": "Import Data", "properties": {"Path to container, directory or blob": file}},
        "Columns": {
            "module": "Select Columns in Dataset",
            "properties": {"Select Columns": [*table.features, *([table.label] if table.label else [])]},
        },
    }
    chain = [("Data", "Results dataset"), ("Columns", "Results dataset")]
    for title, columns, properties in (
        ("Dates", table.dates, {"Data Type": "DateTime"}),
        ("Texts", table.texts, {"Data Type": "String"}),
        ("Categories", table.categories, {"Categorical": "Categorical"}),
        ("Label", (table.label,) if table.label else (), {"Fields": "Labels"}),
    ):
        if columns:
            modules[title] = {"module": "Edit Metadata", "properties": {"Column": list(columns), **properties}}
            chain.append((title, "Results dataset"))
    learner = {"Estimator": json.dumps(estimator), "Task": task}
    modules["Estimator"] = {"module": "Scikit-learn Estimator", "properties": learner}
    links = [(chain[place], (chain[place + 1][0], "Dataset")) for place in range(len(chain) - 1)]
    last = chain[-1]
    train, test = last, last
    if table.label:
        stratified = {"Stratified split": "True", "Stratification key column": table.label} if "class" in task else {}
        fraction = {"Fraction of rows in the first output dataset": 1 - held_back, "Random seed": 0}
        modules["Split"] = {"module": "Split Data", "properties": {**fraction, **stratified}}
        links.append((last, ("Split", "Dataset")))
        train, test = ("Split", "Results dataset1"), ("Split", "Results dataset2")
    modules["Train"] = {"module": trainer, "properties": {"Label column": table.label} if table.label else {}}
    modules["Score"] = {"module": scorer, "properties": {append: False}}
    links += [
        (("Estimator", "Untrained model"), ("Train", "Untrained model")),
        (train, ("Train", "Dataset")),
        (("Train", "Trained model"), ("Score", "Trained model")),
        (test, ("Score", "Dataset")),
    ]
    outputs = [{"name": OUTPUT, "from": ["Train", "Trained model"]}]
    if table.label:
        modules["Evaluate"] = {"module": "Evaluate Model"}
        links.append((("Score", "Scored dataset"), ("Evaluate", "Scored dataset")))
        outputs.append({"name": "output2", "from": ["Evaluate", "Evaluation results"]})
    return {
        "description": f"Published from Python: {task.lower()}",
        "modules": modules,
        "connections": [{"from": list(one), "to": list(other)} for one, other in links],
        "webServiceInputs": [{"name": INPUT, "to": ["Columns", "Dataset"]}],
        "webServiceOutputs": outputs,
        "webServiceParameters": [
            {"name": name, "module": "Estimator", "property": name, "default": value if value is None else str(value)}
            for name, value in parameters.items()
        ],
    }


@dataclass(frozen=True)
class PublishedPipeline:
    """A published pipeline: an endpoint that scores frames, and a trainer that retrains it on others.

    `evaluation` has the metrics on the rows that were held back; `runtime` is `onnx` or `skops`, with the reason.
    """

    workspace: "Workspace"
    name: str
    trainer: Endpoint
    endpoint: Endpoint
    features: tuple[str, ...]
    label: str | None
    evaluation: dict[str, float]
    runtime: str
    runtime_reason: str
    label_type: Any = None

    def score(self, features: Any) -> Any:
        """Return the scores of a frame's rows as a frame of the same library, with the same index.

        A label that was trained on as a categorical comes back as one.

        Raises
        ------
        PerennialError
            If columns are missing, or a cell cannot be read.
        """
        frame = features if is_frame(features) else as_frame(features)
        http = Transport(self.endpoint.api_location, self.endpoint.primary_key, self.workspace._client)
        return self._labelled(score_frame(http, frame, INPUT, {}, self.features))

    def batch_score(self, data: Any, on_progress: "OnJob | None" = None, timeout: float | None = None) -> Any:
        """Score a frame of any size, or a file, in a batch job; see Workspace.batch_score."""
        given = data if is_frame(data) or not hasattr(data, "shape") else as_frame(data)
        scores = self.workspace.batch_score(self.endpoint, given, INPUT, on_progress=on_progress, timeout=timeout)
        return self._labelled(scores)

    def get_evaluation(self) -> Evaluation:
        """Return the evaluation of the model in use: its metrics, curves and confusion matrix."""
        service = self.workspace.get_web_service(self.endpoint.service_id)
        return self.workspace.get_evaluation(self.workspace.get_endpoint(service, self.endpoint.name))

    def _labelled(self, scores: Any) -> Any:
        """Return scores whose label has the categories of the label that was trained on."""
        if self.label_type is None or library_of(scores) != PANDAS or LABELS not in scores:
            return scores
        return scores.astype({LABELS: self.label_type})

    def retrain(self, features: Any, target: Any = None, **parameters: Any) -> "Retrained":
        """Train the pipeline on other data, by a batch job; the endpoint keeps its model until `swap`.

        Parameters
        ----------
        parameters
            Values for the parameters that the pipeline was published with, such as `model__C=0.5`.
        """
        given = target if target is None or getattr(target, "name", None) == self.label else _named(target, self.label)
        table = training_table(features, given)
        lacking = [name for name in self.features if name not in table.features]
        if lacking:
            raise PerennialError(0, "InvalidData", f"X lacks the columns {', '.join(map(repr, lacking[:20]))}.")
        link = _upload(self.workspace, table, f"{self.name} retraining.csv")
        texts = {name: str(value) for name, value in parameters.items()}
        done = self.workspace.submit_job(self.trainer, {INPUT: link}, parameters=texts).wait()
        return Retrained(self, done.results[OUTPUT], done.details)

    def rollback(self) -> "PublishedPipeline":
        """Return to the model from before the latest swap."""
        self.workspace.rollback_endpoint(self.endpoint)
        return self

    def __repr__(self) -> str:
        metrics = ", ".join(f"{name} {_shown(value)}" for name, value in self.evaluation.items())
        why = f" ({self.runtime_reason})" if self.runtime_reason else ""
        return f"<{self.name}: {metrics or 'not evaluated'}; runtime {self.runtime}{why}; {self.endpoint.api_location}>"

    def _repr_html_(self) -> str:
        why = f"runtime {self.runtime}{f' ({self.runtime_reason})' if self.runtime_reason else ''}"
        return pairs_html(self.evaluation, self.name, f"{why}; {self.endpoint.api_location}")


@dataclass(frozen=True)
class Retrained:
    """A retrained model that no endpoint uses yet; `published` is what was published, by training or by a model."""

    published: Any
    link: BlobLink
    details: str | None

    def compare(self, **gate: Any) -> "Compared":
        """Compare it with the model in use, on the rows that this one was evaluated on, or as `gate` says."""
        found = self.published.workspace.compare(self.published.endpoint, {"": self.link}, **gate)
        return Compared(self.published, self.link, found)

    def swap(self) -> Any:
        """Have the endpoint use it, without a comparison."""
        return Compared(self.published, self.link, Comparison({})).swap()


@dataclass(frozen=True)
class Compared:
    """A comparison of a retrained model with the one in use; `result` is the app's response."""

    published: Any
    link: BlobLink
    result: Comparison

    @property
    def passed(self) -> bool:
        """Whether the new model is good enough."""
        return bool(self.result.get("Passed"))

    def swap(self) -> Any:
        """Have the endpoint use the new model (UpdateResource); `rollback` of the pipeline takes it back."""
        workspace = self.published.workspace
        workspace.update_endpoint(self.published.endpoint, {"": self.link})
        return self.published

    def swap_if_better(self) -> Any:
        """Swap if the comparison has passed; PerennialError says why not."""
        if not self.passed:
            raise PerennialError(409, "NotBetter", f"The new model does not pass: {self.result.get('Why')}.")
        return self.swap()

    def __repr__(self) -> str:
        return f"<{'Passed' if self.passed else 'Not passed'}: {self.result.get('Why')}>"

    def _repr_html_(self) -> str:
        return self.result._repr_html_()


def _named(target: Any, label: str | None) -> Any:
    import pandas as pd

    return pd.Series(target).rename(label)


def _upload(workspace: "Workspace", table: TrainingTable, name: str) -> BlobLink:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        write_csv(table.frame, path)
        return workspace.upload(path, name)


def _shown(value: float) -> str:
    return f"{value:.4g}" if isinstance(value, (int, float)) else str(value)
