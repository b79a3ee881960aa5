"""`manifest.json` of a trained model file."""

from dataclasses import dataclass, field
from typing import Any

from studio.tables.schema import Column

FORMAT_VERSION, READABLE_VERSIONS = 2, (1, 2, 3)
# Of files whose columns have formats: an older app would read their cells otherwise.
WITH_FORMATS = 3
ONNX, SKOPS = "onnx", "skops"
TWO_CLASS, MULTICLASS, REGRESSION = "two-class", "multiclass", "regression"
# What a classifier learns before its label is known: one of the two above, by the number of its values.
CLASSES = "classification"
QUANTILES, ANOMALY, CLUSTERING = "quantile-regression", "anomaly-detection", "clustering"


@dataclass(frozen=True, slots=True)
class Manifest:
    """The description a trained model file has of itself.

    `labels` are the label texts of a classifier (the positive one last), the quantiles of a quantile regression or
    the cluster numbers; `runtime` says what scores it; `lineage` holds the job, data, library versions and seed;
    `profile` what the training rows held in each column (profile.py), empty in older files; `mean_contributions` what
    each column of a linear model adds to the scores on average (explain/), empty in older files and for other models.
    """

    name: str
    task: str
    label: Column
    labels: tuple[str, ...]
    learner: str
    properties: dict[str, Any]
    inputs: tuple[Column, ...]
    outputs: tuple[Column, ...]
    runtime: str = ONNX
    runtime_reason: str = ""
    metrics: dict[str, float] = field(default_factory=dict)
    lineage: dict[str, Any] = field(default_factory=dict)
    profile: tuple[dict[str, Any], ...] = ()
    mean_contributions: dict[str, list[float]] = field(default_factory=dict)

    @property
    def _version(self) -> int:
        formats = [column.format for column in self.inputs if column.format is not None]
        return FORMAT_VERSION if all(item.is_plain for item in formats) else WITH_FORMATS

    def to_json(self) -> dict[str, Any]:
        """Return the manifest as JSON, without the hashes of the members, which the container adds."""
        later = {"profile": list(self.profile), "meanContributions": self.mean_contributions}
        return {
            "formatVersion": self._version,
            "name": self.name,
            "task": self.task,
            "label": self.label.to_json(),
            "labels": list(self.labels),
            "learner": self.learner,
            "properties": self.properties,
            "inputs": [column.to_json() for column in self.inputs],
            "outputs": [column.to_json() for column in self.outputs],
            "runtime": self.runtime,
            "runtimeReason": self.runtime_reason,
            "metrics": self.metrics,
            "lineage": self.lineage,
        } | {name: value for name, value in later.items() if value}

    @staticmethod
    def from_json(value: dict[str, Any]) -> "Manifest":
        """Read what to_json wrote; KeyError, TypeError or ValueError if it is not a manifest of a readable version."""
        if value["formatVersion"] not in READABLE_VERSIONS:
            raise ValueError(
                f"its format version is {value['formatVersion']}, this app reads versions up to {WITH_FORMATS}"
            )
        return Manifest(
            name=str(value["name"]),
            task=str(value["task"]),
            label=Column.from_json(value["label"]),
            labels=tuple(value["labels"]),
            learner=str(value["learner"]),
            properties=dict(value["properties"]),
            inputs=tuple(Column.from_json(column) for column in value["inputs"]),
            outputs=tuple(Column.from_json(column) for column in value["outputs"]),
            runtime=str(value["runtime"]),
            runtime_reason=str(value["runtimeReason"]),
            metrics=dict(value["metrics"]),
            lineage=dict(value["lineage"]),
            profile=tuple(dict(item) for item in value.get("profile", ())),
            mean_contributions={
                str(name): [float(number) for number in numbers]
                for name, numbers in value.get("meanContributions", {}).items()
            },
        )
