"""A model that was trained elsewhere as a web service: imported with a sample, published by name, updated by name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from perennial.errors import PerennialError
from perennial.frames import as_frame
from perennial.model_exports import export_model
from perennial.model_files import SAMPLE_ROWS, send_model
from perennial.publishing import ENDPOINT, INPUT, Retrained
from perennial.resources import BlobLink, Endpoint
from perennial.scoring import check_columns, score_frame, wire_table
from perennial.transport import Transport

if TYPE_CHECKING:
    from perennial.client import Workspace


@dataclass(frozen=True)
class ImportedModel:
    """A version of a model that was imported, and what the app found out about it; `found` is its response."""

    name: str
    version: int
    link: BlobLink
    features: tuple[str, ...]
    found: dict[str, Any]

    def __repr__(self) -> str:
        parts = [self.found["Task"], f"runtime {self.found['Runtime']}", f"{self.found['Precision']} precision"]
        if self.found["LargestDifference"] is not None:
            parts.append(f"differs by at most {self.found['LargestDifference']:.2g}")
        return f"<{self.name}, version {self.version}: {', '.join(parts)}>"


def import_model(
    workspace: "Workspace",
    model: Any,
    *,
    name: str,
    sample: Any,
    label: str = "label",
    labels: Sequence[Any] | None = None,
    outputs: "str | Mapping[str, Any] | None" = None,
    inputs: Mapping[str, Sequence[str]] | None = None,
    shapes: Mapping[str, Sequence[int]] | None = None,
    task: str | None = None,
    expected: Sequence[Any] | None = None,
    tolerance: float | None = None,
) -> ImportedModel:
    """Import a model as the next version of a name; no endpoint uses it yet.

    Parameters
    ----------
    model
        A fitted model of XGBoost, LightGBM, CatBoost or scikit-learn, a network of PyTorch or Keras, or the path of an
        `.onnx` file.
    sample
        Rows that it can score, of which the first 200 are sent: a data frame, or an array of shape (n_rows, n_columns)
        or, for tensors, (n_rows, …), whose numbers become columns `x0`, `x1`, ….
    label, labels
        The name of what is predicted, and its values in the order of the model's outputs.
    outputs
        What the output is, where that is not clear: `probabilities`, `logits` or `value`, or an object of Kind, Name
        and Position.
    expected
        What the model predicts for the sample; by default, what it predicts here.
    tolerance
        How far the app's scores may differ from that; 1e-5 for single precision.

    Raises
    ------
    PerennialError
        If the model cannot be exported, or the app does not accept it; the message says what to add.
    """
    rows = sample[:SAMPLE_ROWS]
    frame = as_columns(rows)
    features = tuple(frame.columns)
    exported = export_model(model, rows, outputs if isinstance(outputs, str) else None)
    body = {
        "Sample": {"ColumnNames": list(features), "Values": _cells(frame, features)},
        "Categories": _categories(as_columns(sample)),
        "Label": label,
        "Labels": [_plain(item) for item in labels] if labels is not None else exported.labels,
        "Outputs": outputs,
        "Inputs": inputs and {key: list(value) for key, value in inputs.items()},
        "Shapes": shapes and {key: list(value) for key, value in shapes.items()},
        "Task": task,
        "Expected": exported.expected if expected is None else [_plain(item) for item in expected[:SAMPLE_ROWS]],
        "Tolerance": tolerance,
        "Versions": exported.versions,
    }
    found = send_model(workspace, name, exported.content, {key: value for key, value in body.items() if value})
    return ImportedModel(name, found["Version"], BlobLink.from_json(found["Location"]), features, found)


def publish_model(workspace: "Workspace", model: Any, *, name: str, sample: Any, **options: Any) -> "PublishedModel":
    """Import a model and publish it as a web service; if there is one of this name, its endpoint `live` takes it.

    Parameters
    ----------
    options
        As import_model takes them.
    """
    imported = import_model(workspace, model, name=name, sample=sample, **options)
    service = workspace.publish_named_model(name, imported.version, update_existing=True)
    endpoints = {item.name: item for item in workspace.list_endpoints(service)}
    if ENDPOINT in endpoints:
        workspace.refresh_endpoint(endpoints[ENDPOINT], overwrite_resources=True)
        endpoint = workspace.get_endpoint(service, ENDPOINT)
    else:
        endpoint = workspace.add_endpoint(service, ENDPOINT, Description=f"Published from Python as {name}")
    return PublishedModel(workspace, endpoint, imported)


@dataclass(frozen=True)
class PublishedModel:
    """A model that was trained elsewhere, behind an endpoint."""

    workspace: "Workspace"
    endpoint: Endpoint
    imported: ImportedModel

    def score(self, features: Any) -> Any:
        """Return the scores of rows, given as the sample was, as a frame; PerennialError if columns are missing."""
        http = Transport(self.endpoint.api_location, self.endpoint.primary_key, self.workspace._client)
        return score_frame(http, as_columns(features), INPUT, {}, self.imported.features)

    def update(self, model: Any, sample: Any, **options: Any) -> Retrained:
        """Import another model of the same columns as the next version; the endpoint keeps its own until `swap`.

        The result compares (with `HeldBackData`, the name of a dataset with the label) and swaps.
        """
        imported = import_model(self.workspace, model, name=self.imported.name, sample=sample, **options)
        return Retrained(self, imported.link, repr(imported))

    def rollback(self) -> "PublishedModel":
        """Return to the model from before the latest change."""
        self.workspace.rollback_endpoint(self.endpoint)
        return self

    def __repr__(self) -> str:
        return f"{self.imported!r} at {self.endpoint.api_location}"


def as_columns(features: Any) -> Any:
    """Return rows as a data frame; the numbers of a tensor of more than two dimensions become columns."""
    if getattr(features, "ndim", 2) > 2:
        features = features.reshape(len(features), -1)
    if hasattr(features, "detach"):
        features = features.detach().cpu().numpy()
    return as_frame(features)


def _cells(frame: Any, features: tuple[str, ...]) -> list[list[Any]]:
    check_columns(frame, features)
    rows: list[list[Any]] = wire_table(frame, features)["Values"]
    if not rows:
        raise PerennialError(0, "InvalidData", "The sample has no rows. Pass a few that the model can score.")
    return rows


def _categories(frame: Any) -> dict[str, list[str]]:
    """Return all texts of the columns that hold texts, so that those the first rows lack are known, too."""
    from pandas.api import types

    return {
        name: sorted({str(value) for value in frame[name].dropna()})
        for name in frame.columns
        if not types.is_numeric_dtype(frame[name]) and not types.is_datetime64_any_dtype(frame[name])
    }


def _plain(value: Any) -> Any:
    return value.tolist() if hasattr(value, "tolist") else value
