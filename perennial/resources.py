"""Typed objects for what the service returns. What prints one, such as a log, shows no key and no link's token."""

import re
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any
from urllib.parse import unquote

from perennial.html_view import pairs_html, state_html, table_html
from perennial.names import not_found
from perennial.records import frame_of

STUDIO_TIME = re.compile(r"/Date\((-?[0-9]{1,15})\)/")

FINAL_STATES = ("Finished", "Failed", "Cancelled")


@dataclass(frozen=True, slots=True)
class BlobLink:
    """The location of a blob, with a SAS token to access it."""

    base_location: str
    relative_location: str
    sas_token: str = field(repr=False)

    @property
    def url(self) -> str:
        """The full URL, including the token."""
        return f"{self.base_location}{self.relative_location}{self.sas_token}"

    def to_json(self) -> dict[str, str]:
        """Return the link in the form that batch jobs and UpdateResource accept."""
        return {
            "BaseLocation": self.base_location,
            "RelativeLocation": self.relative_location,
            "SasBlobToken": self.sas_token,
        }

    @staticmethod
    def from_json(value: dict[str, Any]) -> "BlobLink":
        """Read a link from a response."""
        return BlobLink(value["BaseLocation"], value["RelativeLocation"], value.get("SasBlobToken") or "")


@dataclass(frozen=True, slots=True)
class Dataset:
    """A file that experiments read by its `file_name`; `size` is in bytes, `created_at` an ISO time or empty."""

    name: str
    file_name: str
    data_type: str
    size: int
    family_id: str
    location: BlobLink
    created_at: str = ""
    description: str = ""

    @staticmethod
    def from_json(value: dict[str, Any]) -> "Dataset":
        """Read a dataset from a response."""
        place = value["DownloadLocation"]
        return Dataset(
            value["Name"],
            unquote(place["Location"].rpartition("/")[2]),
            value["DataTypeId"],
            value["Size"],
            value["FamilyId"],
            BlobLink(place["BaseUri"], place["Location"], place["AccessCredential"]),
            read_studio_time(value.get("CreatedDate")),
            value.get("Description") or "",
        )


@dataclass(frozen=True, slots=True)
class WebService:
    """A published experiment; `kind` is training or predictive."""

    id: str
    name: str
    kind: str
    endpoint_count: int
    created_at: str
    description: str
    raw: dict[str, Any] = field(repr=False, compare=False, default_factory=dict)

    def _repr_html_(self) -> str:
        pairs = {"kind": self.kind, "endpoints": self.endpoint_count, "created": self.created_at, "id": self.id}
        return pairs_html(pairs, self.name, self.description)

    @staticmethod
    def from_json(value: dict[str, Any]) -> "WebService":
        """Read a web service from a response."""
        return WebService(
            value["Id"],
            value["Name"],
            value["Kind"],
            value["EndpointCount"],
            value["CreationTime"],
            value["Description"],
            value,
        )


@dataclass(frozen=True, slots=True)
class Resource:
    """A trained model that an endpoint uses."""

    name: str
    version: int
    model: str
    location: BlobLink


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint with its keys and trained models; `raw` is the whole response."""

    service_id: str
    id: str
    name: str
    api_location: str
    primary_key: str = field(repr=False)
    secondary_key: str = field(repr=False)
    resources: tuple[Resource, ...]
    raw: dict[str, Any] = field(repr=False)

    @property
    def shown(self) -> dict[str, Any]:
        """The whole response without the keys and without the tokens of links."""
        shown = {key: value for key, value in self.raw.items() if key not in ("PrimaryKey", "SecondaryKey")}
        return shown | {"Resources": [_without_token(item) for item in self.raw["Resources"]]}

    def _repr_html_(self) -> str:
        models = {item.name: f"version {item.version} ({item.model[:8]})" for item in self.resources}
        pairs = {"address": self.api_location} | {f"model: {name}": text for name, text in models.items()}
        settings = {name: self.raw.get(name) for name in ("Description", "MaxConcurrentCalls", "ThrottleLevel")}
        return pairs_html(pairs | {name: value for name, value in settings.items() if value}, f"Endpoint {self.name}")

    @staticmethod
    def from_json(value: dict[str, Any]) -> "Endpoint":
        """Read an endpoint from a response."""
        resources = tuple(
            Resource(item["Name"], item["Version"], item["Model"], BlobLink.from_json(item["Location"]))
            for item in value["Resources"]
        )
        return Endpoint(
            value["WebServiceId"],
            value["ApiLocation"].rpartition("/")[2],
            value["Name"],
            value["ApiLocation"],
            value["PrimaryKey"],
            value["SecondaryKey"],
            resources,
            value,
        )


def read_studio_time(text: str | None) -> str:
    """Return a time such as `/Date(1454073600000)/` in ISO 8601; an empty text for None."""
    found = STUDIO_TIME.fullmatch(text or "")
    if found is None:
        return ""
    return datetime.fromtimestamp(int(found[1]) / 1000, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def _without_token(resource: dict[str, Any]) -> dict[str, Any]:
    link = resource["Location"]
    return resource | {"Location": {name: item for name, item in link.items() if name != "SasBlobToken"}}


class _Ending:
    """Base of statuses whose `state` ends in a final one."""

    __slots__ = ()
    state: str

    @property
    def is_final(self) -> bool:
        """Whether the state can no longer change."""
        return self.state in FINAL_STATES


@dataclass(frozen=True, slots=True)
class JobStatus(_Ending):
    """A batch job's state; `results` is filled once it is `Finished`, `details` once it is `Failed`."""

    state: str
    details: str | None
    results: dict[str, BlobLink]
    done: int
    total: int
    step: str

    def _repr_html_(self) -> str:
        results = {name: link.relative_location for name, link in self.results.items()}
        progress = {} if self.is_final else {"progress": f"{self.done} of {self.total}: {self.step}"}
        return pairs_html({"state": state_html(self.state)} | progress | results, "Batch job", self.details or "")

    @staticmethod
    def from_json(value: dict[str, Any]) -> "JobStatus":
        """Read a job status from a response."""
        progress = value["Progress"]
        return JobStatus(
            value["StatusCode"],
            value["Details"],
            {name: BlobLink.from_json(item) for name, item in (value["Results"] or {}).items()},
            progress["done"],
            progress["total"],
            "waiting for a worker" if progress.get("queued") else progress["step"],
        )


@dataclass(frozen=True, slots=True)
class RunStatus(_Ending):
    """An experiment run's state, the status of each module, and metrics by the title of the Evaluate Model module."""

    id: str
    state: str
    details: str | None
    modules: tuple[dict[str, Any], ...]
    metrics: dict[str, dict[str, float]]
    models: dict[str, dict[str, str]]
    done: int
    total: int
    step: str
    raw: dict[str, Any] = field(repr=False)

    @property
    def curves(self) -> dict[str, dict[str, Any]]:
        """How each learner gets on, by the title of its module: `unit`, `total`, `done`, `loss` and `validation`."""
        found: dict[str, dict[str, Any]] = self.raw.get("Curves") or {}
        return found

    @property
    def warnings(self) -> list[dict[str, str]]:
        """What modules warned of: `Title` of the module and `Message`."""
        found: list[dict[str, str]] = self.raw.get("Warnings") or []
        return found

    def modules_frame(self, library: str | None = None) -> Any:
        """Return a row for each module: title, state, seconds, rows in and out; see records.frame_of."""
        return frame_of(list(self.modules), library)

    def metrics_frame(self, library: str | None = None) -> Any:
        """Return a row for each Evaluate Model module, with its metrics."""
        return frame_of([{"Title": title} | metrics for title, metrics in self.metrics.items()], library)

    def curve_frame(self, title: str, library: str | None = None) -> Any:
        """Return how a learner got on, by the title of its module: a row for each epoch, tree or fold."""
        if title not in self.curves:
            raise not_found("The run has no curve of the module", title, list(self.curves))
        curve = self.curves[title]
        loss, validation = curve.get("loss") or [], curve.get("validation") or []
        steps = curve.get("step") or list(range(1, max(len(loss), len(validation)) + 1))
        columns = {curve["unit"]: steps, "loss": loss, "validation": validation}
        known = {name: values for name, values in columns.items() if values}
        return frame_of([dict(zip(known, row, strict=True)) for row in zip(*known.values(), strict=False)], library)

    def _repr_html_(self) -> str:
        rows = [
            {
                "module": item["Title"],
                "state": state_html(item["StatusCode"]),
                "seconds": item.get("Seconds"),
                "rows": next(iter((item.get("RowsOut") or {}).values()), None),
            }
            for item in self.modules
        ]
        metrics = [{"": title} | values for title, values in self.metrics.items()]
        notes = "; ".join([self.details or "", *(f"{item['Title']}: {item['Message']}" for item in self.warnings)])
        shown = table_html(rows, f"Run {self.id[:8]}: {self.state}", notes.strip("; "))
        return shown + (table_html(metrics) if metrics else "")

    @staticmethod
    def from_json(value: dict[str, Any]) -> "RunStatus":
        """Read a run from a response."""
        progress = value["Progress"]
        return RunStatus(
            value["RunId"],
            value["Status"]["StatusCode"],
            value["Status"]["StatusDetail"],
            tuple(value["Modules"]),
            value["Metrics"],
            value["Models"],
            progress["done"],
            progress["total"],
            progress["step"],
            value,
        )
