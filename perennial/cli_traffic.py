"""`perennial endpoint traffic`, `shadow` and `promotion`: which models of an endpoint answer, and which will."""

from collections.abc import Callable
from typing import Annotated, Any

import typer

from perennial.cli_context import open_endpoint
from perennial.cli_endpoints import Name, Service, link_of
from perennial.errors import USAGE, PerennialError
from perennial.output import is_text, write_result
from perennial.resources import BlobLink
from perennial.screen import Columns, say, show_records


def traffic(
    context: typer.Context,
    service: Service,
    name: Name,
    share: Annotated[
        list[str] | None,
        typer.Option(help="Share of a deployment in percent, such as candidate=10; 'current' gets the rest."),
    ] = None,
    model: Annotated[
        list[str] | None,
        typer.Option(help="Model of a new deployment: candidate=VERSION, candidate=latest or candidate=URL."),
    ] = None,
    key: Annotated[
        str | None, typer.Option(help="What decides: header:NAME, column:NAME or row; stays as it was by default.")
    ] = None,
    promote: Annotated[str | None, typer.Option(help="Have this deployment answer all rows, for good.")] = None,
    why: Annotated[str, typer.Option(help="Reason, for the history.")] = "",
    hours: Annotated[int, typer.Option(help="Of how many hours to count calls, 1 to 168.")] = 24,
) -> None:
    """Show which models of an endpoint answer, with their shares and calls; --share changes that within a second."""
    workspace, endpoint = open_endpoint(context, service, name)
    if promote:
        workspace.promote(endpoint, promote, why)
    elif share:
        shares = {item: _percent(text) for item, text in map(_pair, share)}
        shares.setdefault("current", max(0, 100 - sum(shares.values())))
        models = {item: {"": _model(text)} for item, text in map(_pair, model or [])}
        workspace.set_traffic(endpoint, shares, models, key=_key(key), why=why)
    elif model or key:
        raise PerennialError(0, USAGE, "Pass --share, such as --share candidate=10, with --model and --key.")
    columns: Columns = {
        "Deployment": "Name",
        "Share": lambda item: f"{item['Share']} %",
        "Models": lambda item: ", ".join(f"{found['Name']} v{found['Version']}" for found in item["Models"]),
        "Calls": "Calls",
        "Failed": "Failed",
        "P95 ms": "P95",
    }
    show_records(workspace.get_traffic(endpoint, hours)["Deployments"], columns)


def promotion(
    context: typer.Context,
    service: Service,
    name: Name,
    model: Annotated[str | None, typer.Option(help="Start a plan for this model: VERSION, latest or URL.")] = None,
    step: Annotated[
        list[str] | None,
        typer.Option(help="Share in percent and the minutes it lasts, such as 5 or 25:120; 5, 25, 100 by default."),
    ] = None,
    rows: Annotated[
        str | None,
        typer.Option(
            "--shadow", help="Begin in the shadow: rows of the log and the minutes it lasts, such as 5000:60."
        ),
    ] = None,
    agreement: Annotated[float | None, typer.Option(help="Share of labels that must agree in the shadow.")] = None,
    metric: Annotated[str | None, typer.Option(help="Metric on truths that must not be worse, such as AUC.")] = None,
    at_most_worse: Annotated[float, typer.Option(help="By how much it may be worse than the model in use.")] = 0.0,
    truths: Annotated[int, typer.Option(help="Truths that this takes.")] = 100,
    error_rate: Annotated[float, typer.Option(help="By how much more of its calls may fail, 0 to 1.")] = 0.02,
    p95: Annotated[float | None, typer.Option(help="Milliseconds that 95 % of its calls may take.")] = None,
    stop: Annotated[bool, typer.Option("--stop", help="Stop the plan: the current models answer all rows.")] = False,
    why: Annotated[str, typer.Option(help="Reason, for the history.")] = "",
) -> None:
    """Show an endpoint's promotion plan; --model starts one, which has a model answer more and more rows."""
    workspace, endpoint = open_endpoint(context, service, name)
    if stop:
        workspace.stop_promotion(endpoint)
    elif model:
        given = {"ErrorRate": error_rate, "P95": p95, "Agreement": agreement, "Metric": metric}
        gate: dict[str, Any] = {key: value for key, value in given.items() if value is not None}
        gate |= {"AtMostWorse": at_most_worse, "MinimumTruths": truths} if metric else {}
        steps = [_step(rows, "Shadow")] if rows else []
        steps += [_step(text) for text in step or ("5", "25", "100")]
        workspace.start_promotion(endpoint, {"": _model(model)}, steps, gate=gate, why=why)
    plan = workspace.get_promotion(endpoint)
    say(f"{plan['State']}{': ' + plan['Details'] if plan['Details'] else ''}")
    columns: Columns = {
        "Step": lambda item: f"{item['Shadow']:,} rows in the shadow" if item["Shadow"] else f"{item['Share']} %",
        "Minutes": "Minutes",
        "Calls": "Calls",
        "Verdict": lambda item: (item["Figures"] or {}).get("Verdict"),
        "Why": lambda item: (item["Figures"] or {}).get("Why"),
    }
    show_records(plan["Steps"], columns)


def shadow(
    context: typer.Context,
    service: Service,
    name: Name,
    model: Annotated[str | None, typer.Option(help="Have this model score: VERSION, latest or URL.")] = None,
    since: Annotated[str, typer.Option(help="From when: ISO 8601 or so long ago, such as 7d; from now on.")] = "",
    stop: Annotated[bool, typer.Option("--stop", help="End the shadow; what was compared stays.")] = False,
    why: Annotated[str, typer.Option(help="Reason, for the history.")] = "",
) -> None:
    """Show how the model in an endpoint's shadow compares; --model has one score what the prediction log has."""
    workspace, endpoint = open_endpoint(context, service, name)
    if stop:
        workspace.stop_shadow(endpoint)
    elif model:
        workspace.set_shadow(endpoint, {"": _model(model)}, since=since, why=why)
    found = workspace.get_shadow(endpoint)
    if not is_text():
        write_result(found)
        return
    failed = f", {found['Failed']:,} it could not" if found["Failed"] else ""
    say(f"{found['State']}: {found['Rows']:,} rows scored up to {found['ScoredUntil']}{failed}")
    if found["Details"]:
        say(found["Details"])
    columns: Columns = {
        "Output": "Output",
        "Compared": "Compared",
        "Agreement": lambda item: None if item["Agreement"] is None else f"{item['Agreement']:.1%}",
        **{share: _reader("Differences", share) for share in ("P5", "P50", "P95")},
    }
    show_records(found["Outputs"], columns)
    if found["LiveMetrics"]:
        days: Columns = {name: name for name in ("Day", "Deployment", "Version", "Rows", "Measured")}
        shown = list(dict.fromkeys(name for item in found["LiveMetrics"] for name in item["Metrics"]))[:4]
        show_records(found["LiveMetrics"], {**days, **{name: _reader("Metrics", name) for name in shown}})


def _reader(group: str, name: str) -> Callable[[Any], Any]:
    """Return what reads a number out of a group of numbers, which may be missing."""

    def read(item: Any) -> str | None:
        value = (item[group] or {}).get(name)
        return None if value is None else f"{value:.4g}"

    return read


def _step(text: str, what: str = "Share") -> dict[str, int]:
    share, _, minutes = text.partition(":")
    return {what: _percent(share)} | ({"Minutes": _percent(minutes)} if minutes else {})


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals and value):
        raise PerennialError(0, USAGE, f"Expected NAME=VALUE, such as candidate=10, got {text!r}.")
    return name.strip().lower(), value.strip()


def _percent(text: str) -> int:
    if not text.isdecimal():
        raise PerennialError(0, USAGE, f"Percents, rows and minutes are whole numbers, got {text!r}.")
    return int(text)


def _model(text: str) -> int | str | BlobLink:
    if "://" in text:
        return link_of(text)
    return int(text) if text.isdecimal() else text


def _key(text: str | None) -> dict[str, Any] | None:
    if text is None:
        return None
    kind, _, name = text.partition(":")
    if kind == "row" and not name:
        return {}
    if kind not in ("header", "column") or not name:
        raise PerennialError(0, USAGE, f"--key must be header:NAME, column:NAME or row, got {text!r}.")
    return {kind.capitalize(): name}
