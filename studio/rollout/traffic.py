"""Traffic: which deployments below an endpoint answer, and which share of the rows each gets.

Shares are whole percents that sum to 100. A change is made under the endpoint's ETag, is in its history, and reaches
every process within a second; both models are loaded before that (serving/snapshots.py). A change of the current
models or of the definition by anyone ends the sharing (registry/endpoints.py).
"""

import re
from dataclasses import replace
from datetime import datetime
from typing import Any

from studio.errors import BadArgument, Conflict
from studio.problems import Problems
from studio.registry.definitions import get_definition
from studio.registry.deployments import CURRENT, MAX_SHARE, Deployment, Deployments, models_id
from studio.registry.endpoints import NAME, Endpoint, change_endpoint, next_change
from studio.registry.history import Cause
from studio.rollout.candidates import check_may_split, receive_candidate
from studio.rollout.update_resource import check_takes_models
from studio.serving.app import App
from studio.serving.traffic_rows import counts_object, read_models, total
from studio.storage.account import Storage
from studio.wire import invalid_value, is_whole_number, read_text

MAX_OTHERS = 4
HEADER_NAME = re.compile(r"[A-Za-z0-9-]{1,64}")
MAX_COLUMN_NAME = 200


def put_traffic(app: App, endpoint: Endpoint, body: dict[str, Any], *, by: str, now: datetime) -> Endpoint:
    """Set which deployments answer and their shares, or make one's models the current ones; return the endpoint.

    Parameters
    ----------
    body
        `Shares`: percents by the deployment's name, `current` for the endpoint's own models. `Models`: those of each
        deployment that is new or changes, as receive_candidate takes them; one in the shadow has its own. `Key`:
        `{"Header": name}` or `{"Column": name}`, `{}` for neither; the one before stays if it is left out. `Why`: for
        the history.
        Or `Promote`: the name of a deployment.

    Raises
    ------
    BadArgument, Conflict, InvalidOperation, NotFound, TooLarge
        If something is invalid or a model fails a check. The endpoint is left as it was.
    """
    check_takes_models(app.storage, endpoint)
    check_may_split(endpoint)
    why = read_text(body.get("Why") or "", "Why")
    if body.get("Promote") is not None:
        if body.get("Shares") is not None:
            raise invalid_value("Promote", "given without Shares", body["Promote"])
        name = str(body["Promote"]).lower()
        changed = promote(app.storage, endpoint, name, Cause(by, "promote", why or f"{name} answers all rows"), now=now)
    else:
        after = _read(app, endpoint, body, by, now)
        text = shares_text(after)
        cause = Cause(by, "traffic", f"{text}: {why}" if why else text)
        changed = set_deployments(app.storage, endpoint, after, cause, now=now)
    app.snapshots.replace(changed)
    return changed


def set_deployments(
    storage: Storage, endpoint: Endpoint, deployments: Deployments, cause: Cause, *, now: datetime
) -> Endpoint:
    """Replace an endpoint's deployments; Conflict if its models or deployments changed since it was read."""
    if deployments == endpoint.deployments:
        return endpoint

    def change(before: Endpoint) -> Endpoint:
        _check_unchanged(before, endpoint)
        step = next_change(before, cause, now=now, resources=before.resources)
        return replace(before, deployments=deployments, change=step)

    return change_endpoint(storage, endpoint, change)


def promote(storage: Storage, endpoint: Endpoint, name: str, cause: Cause, *, now: datetime) -> Endpoint:
    """Make a deployment's models the current ones, which answer all rows then; a rollback restores what was before.

    Raises
    ------
    BadArgument
        If the endpoint has no deployment of this name.
    Conflict
        If its models or deployments changed since it was read.
    """
    chosen = {item.name: item for item in endpoint.deployments.all()}.get(name)
    if chosen is None:
        names = ", ".join(item.name for item in endpoint.deployments.all()) or "none"
        raise invalid_value("Promote", f"a deployment of the endpoint: {names}", name[:100])

    def change(before: Endpoint) -> Endpoint:
        _check_unchanged(before, endpoint)
        step = next_change(before, cause, now=now, resources=chosen.resources)
        return replace(before, resources=chosen.resources, deployments=Deployments(), change=step)

    return change_endpoint(storage, endpoint, change)


def _check_unchanged(before: Endpoint, seen: Endpoint) -> None:
    kept = (before.resources, before.deployments, before.definition)
    if kept != (seen.resources, seen.deployments, seen.definition):
        text = f"The models of '{before.name}' were changed by somebody else in the meantime. Look, and try again."
        raise Conflict("TrafficChanged", text, before.name)


def shares_text(deployments: Deployments) -> str:
    """Return the shares in words, such as `current 90 %, candidate 10 % (version 3)`."""
    others = [
        f"{item.name} {item.share} % ({', '.join(f'version {model.version}' for model in item.resources)})"
        for item in deployments.others
    ]
    return ", ".join([f"{CURRENT} {deployments.current_share} %", *others])


def _read(app: App, endpoint: Endpoint, body: dict[str, Any], by: str, now: datetime) -> Deployments:
    problems = Problems()
    shares = problems.attempt(_read_shares, body.get("Shares"))
    key = problems.attempt(read_key, app.storage, endpoint, body.get("Key"))
    models = body.get("Models") or {}
    if not isinstance(models, dict):
        problems.note(invalid_value("Models", "an object of models by the deployment's name", models))
    problems.raise_all()
    assert shares is not None
    assert key is not None
    given = {str(name).lower(): items for name, items in models.items()}
    before = {item.name: item.resources for item in endpoint.deployments.all()}
    others = [name for name in shares if name != CURRENT]
    for name in given:
        if name not in others:
            problems.note(invalid_value("Models", "models of deployments that Shares names", name[:100]))
    for name in others:
        if name not in given and name not in before:
            accepted = f"given for {name}, which is new"
            problems.note(BadArgument("BadParameterValue", f"Models must be {accepted}.", f"Models.{name}"))
    problems.raise_all()
    found = dict(before)
    for name, items in given.items():
        with problems.noted():
            found[name] = receive_candidate(app, endpoint, items, f"Models.{name}", by=by, now=now)
    problems.raise_all()
    return Deployments(
        tuple(Deployment(name, shares[name], found[name]) for name in others),
        *key if others else ("", ""),
        shadow=_shadow_beside(endpoint.deployments.shadow, others),
    )


def _shadow_beside(shadow: Deployment | None, others: list[str]) -> Deployment | None:
    """Return the deployment in the shadow, None if it answers from now on."""
    return None if shadow is not None and shadow.name in others else shadow


def _read_shares(given: Any) -> dict[str, int]:
    accepted = f"whole percents from 0 to {MAX_SHARE} by name that sum to {MAX_SHARE}"
    if not isinstance(given, dict) or not given:
        raise invalid_value("Shares", accepted, given)
    problems, shares = Problems(), dict[str, int]()
    for name, share in given.items():
        lower = name.lower()
        if not NAME.fullmatch(lower) or lower in shares:
            problems.note(invalid_value("Shares", "of names with up to 24 letters and digits, each once", name[:100]))
        elif not is_whole_number(share) or not 0 <= share <= MAX_SHARE:
            problems.note(invalid_value(f"Shares.{lower}", f"a whole percent from 0 to {MAX_SHARE}", share))
        else:
            shares[lower] = share
    problems.raise_all()
    if len(shares.keys() - {CURRENT}) > MAX_OTHERS:
        raise invalid_value("Shares", f"of at most {MAX_OTHERS} deployments beside {CURRENT}", len(shares))
    if sum(shares.values()) != MAX_SHARE:
        raise invalid_value("Shares", accepted, f"a sum of {sum(shares.values())}")
    return shares


def read_key(storage: Storage, endpoint: Endpoint, given: Any) -> tuple[str, str]:
    """Return the header and the column whose value decides which deployment answers; at most one is not empty.

    Parameters
    ----------
    given
        `{"Header": name}`, `{"Column": name}`, `{}` for neither, or None for those that the endpoint has.
    """
    if given is None:
        return endpoint.deployments.header, endpoint.deployments.column
    if given == {}:
        return "", ""
    if not isinstance(given, dict) or len(given) != 1 or not given.keys() <= {"Header", "Column"}:
        raise invalid_value("Key", '{"Header": name}, {"Column": name} or {}', given)
    ((kind, name),) = given.items()
    if kind == "Header":
        if not isinstance(name, str) or not HEADER_NAME.fullmatch(name):
            raise invalid_value("Key.Header", "a header's name of up to 64 letters, digits and hyphens", name)
        return name.lower(), ""
    if not isinstance(name, str) or not 1 <= len(name) <= MAX_COLUMN_NAME:
        raise invalid_value("Key.Column", f"a column's name of up to {MAX_COLUMN_NAME} characters", name)
    if get_definition(storage, endpoint.definition).models:
        text = "This web service runs modules on all rows of a request together, so a column cannot decide. Use Header."
        raise BadArgument("BadParameterValue", text, "Key.Column")
    return "", name


def traffic_object(app: App, endpoint: Endpoint, hours: int, *, now: datetime) -> dict[str, Any]:
    """Return the deployments of an endpoint as the API shows them, with the calls that each answered.

    Parameters
    ----------
    hours
        Of how many hours to tell the calls. They are counted by model while several share the rows.
    """
    deployments = endpoint.deployments
    current = Deployment(CURRENT, deployments.current_share, endpoint.resources)
    key = {"Header": deployments.header} if deployments.header else {"Column": deployments.column}
    return {
        "Hours": hours,
        "Key": key if deployments.header or deployments.column else None,
        "Deployments": [_deployment_object(app, endpoint, item, hours, now) for item in (current, *deployments.others)],
    }


def _deployment_object(app: App, endpoint: Endpoint, item: Deployment, hours: int, now: datetime) -> dict[str, Any]:
    found = read_models(app.storage, endpoint.workspace_id, endpoint.id, models_id(item.resources), hours, now=now)
    return {
        "Name": item.name,
        "Share": item.share,
        "Models": [{"Name": model.name, "Version": model.version, "Model": model.model} for model in item.resources],
        **counts_object(total(found)),
    }
