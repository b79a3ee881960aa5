"""`Promotion` of a retraining policy: a challenger that wins is promoted in steps instead of answering at once."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from studio.errors import InvalidOperation
from studio.monitoring.metrics import read_manifest
from studio.problems import Problems
from studio.registry.endpoints import Endpoint
from studio.registry.models import model_path
from studio.rollout.promotion import put_promotion, read_plan_name
from studio.rollout.promotion_plan import Plan, find_plan
from studio.rollout.promotion_steps import Step, check_metrics, read_steps
from studio.rollout.traffic import read_key
from studio.serving.app import App
from studio.storage.account import Storage
from studio.storage.blobs import own_blob
from studio.wire import invalid_value

PROPERTIES = ("Steps", "Gate", "Name", "Key")


@dataclass(frozen=True, slots=True)
class PolicyPromotion:
    """The plan by which a challenger that wins is promoted: its steps, and the document that says it."""

    steps: tuple[Step, ...]
    document: dict[str, Any]


def read_policy_promotion(given: Any) -> PolicyPromotion | None:
    """Read the plan of a policy; None if it has none, so that a challenger that wins answers all rows at once.

    Raises
    ------
    BadArgument
        If a property is invalid; has a detail for each that is, with what is accepted.
    """
    if given is None:
        return None
    if not isinstance(given, dict) or not given.keys() <= set(PROPERTIES):
        raise invalid_value("Promotion", f"an object of {', '.join(PROPERTIES)}", given)
    problems = Problems()
    steps = problems.attempt(read_steps, given.get("Steps"), given.get("Gate"))
    with problems.noted():
        read_plan_name(given.get("Name"))
    problems.raise_all()
    assert steps is not None
    return PolicyPromotion(steps, given)


def check_policy_promotion(storage: Storage, endpoint: Endpoint, promotion: PolicyPromotion, model: str) -> None:
    """Raise BadArgument or InvalidOperation unless what the plan looks at is there.

    Parameters
    ----------
    model
        The hash of the model in use, whose metrics a challenger has, too.
    """
    read_key(storage, endpoint, promotion.document.get("Key") or {})
    manifest = read_manifest(storage, model)
    if manifest is not None and manifest.metrics:
        check_metrics(promotion.steps, list(manifest.metrics))
    if endpoint.prediction_log is None and any(step.needs_log for step in promotion.steps):
        raise InvalidOperation(
            "PredictionLogNotFound",
            f"Shadow and Metric look at the prediction log of '{endpoint.name}', and the log is off. PUT its settings "
            "to …/predictionlog, {} for all rows.",
            "Promotion",
        )


def begin_policy_promotion(
    app: App,
    endpoint: Endpoint,
    promotion: PolicyPromotion,
    resource: str,
    model: str,
    why: str,
    *,
    by: str,
    since: datetime,
    now: datetime,
) -> Plan:
    """Start the plan for a challenger that won, unless a worker that died did so; return it.

    Parameters
    ----------
    since
        When the challenge was submitted: a plan of this model that began later is the challenge's own.

    Raises
    ------
    Conflict
        If another plan is on its way, or several models share the endpoint's rows.
    """
    known = find_plan(app.storage, endpoint.workspace_id, endpoint.id)
    own = known is not None and model in (item.model for item in known.candidate)
    if known is not None and own and datetime.fromisoformat(known.started_at) >= since:
        return known
    location = own_blob(app.storage, model_path(model), now).to_json()
    body = promotion.document | {"Candidate": [{"Name": resource, "Location": location}], "Why": why}
    return put_promotion(app, endpoint, body, by=by, now=now)
