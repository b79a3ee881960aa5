"""Deployments: the sets of trained models that answer below one endpoint, and the share of the rows that each gets.

Column `Deployments` of an endpoint's row has them as JSON; it is missing or empty while the endpoint answers with its
current models alone, those of column `Resources`. `current` is the name of those among the deployments.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any

CURRENT = "current"
MAX_SHARE = 100


@dataclass(frozen=True, slots=True)
class Resource:
    """A named trained model in use: the hash of its file, its version, and its origin."""

    name: str
    model: str
    version: int = 0
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Deployment:
    """Models beside the current ones: one for each resource of the endpoint, and their share in percent."""

    name: str
    share: int
    resources: tuple[Resource, ...]


@dataclass(frozen=True, slots=True)
class Deployments:
    """What answers below an endpoint beside its current models.

    Parameters
    ----------
    others
        The deployments that answer; the current models answer the rest.
    header, column
        The request's header, or the rows' column, whose value decides which deployment answers. At most one is set; a
        row decides for itself if neither is.
    shadow
        The deployment that scores what the log has and answers nobody, with a share of 0.
    """

    others: tuple[Deployment, ...] = ()
    header: str = ""
    column: str = ""
    shadow: Deployment | None = None

    @property
    def current_share(self) -> int:
        """The share of the current models, in percent."""
        return MAX_SHARE - sum(item.share for item in self.others)

    def all(self) -> tuple[Deployment, ...]:
        """Return the deployments that answer and the one that does not."""
        return self.others if self.shadow is None else (*self.others, self.shadow)


NONE = Deployments()


def models_id(resources: tuple[Resource, ...]) -> str:
    """Return what identifies a set of models (12 hex digits), whatever deployment they are in."""
    text = json.dumps(sorted((item.name, item.model) for item in resources))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def deployments_to_json(deployments: Deployments) -> str:
    """Return deployments as stored in a row; empty for none."""
    return "" if deployments == NONE else json.dumps(asdict(deployments))


def deployments_from_json(text: str | None) -> Deployments:
    """Read deployments as stored in a row; rows of earlier versions have none."""
    if not text:
        return NONE
    value = json.loads(text)
    others = tuple(_deployment(item) for item in value["others"])
    shadow = _deployment(value["shadow"]) if value["shadow"] else None
    return Deployments(others, value["header"], value["column"], shadow)


def _deployment(value: dict[str, Any]) -> Deployment:
    return Deployment(value["name"], value["share"], tuple(Resource(**item) for item in value["resources"]))
