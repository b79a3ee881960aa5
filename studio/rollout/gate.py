"""Gates: what a new model must achieve, against the one in use and on the same rows, before an endpoint uses it."""

from dataclasses import dataclass
from typing import Any

from studio.errors import BadArgument
from studio.model.hold_out import LESS_IS_BETTER
from studio.problems import Problems
from studio.rollout.comparison import Comparison
from studio.wire import invalid_value


@dataclass(frozen=True, slots=True)
class Gate:
    """The hold-out check: `metric` of the challenger and of the current model, on a dataset neither was trained on.

    An empty `metric` is the first that Evaluate Model shows for these models. An empty `hold_out` are the rows that the
    model in use was evaluated on. `margin` is how much better the challenger must be or, if negative, how much worse it
    may be.
    """

    metric: str
    hold_out: str
    margin: float
    minimum_rows: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a challenge: whether the challenger passed, why, and the metric of both models."""

    passed: bool
    why: str
    metric: str
    challenger: float | None
    champion: float | None
    rows: int


def read_gate(value: Any, *, complete: bool = True) -> Gate:
    """Read a gate.

    Parameters
    ----------
    complete
        Whether Metric and HeldBackData must be given.

    Raises
    ------
    BadArgument
        If a property is invalid; has a detail for each that is, with what is accepted.
    """
    if not isinstance(value, dict):
        raise invalid_value("Gate", "an object with Metric and HeldBackData", value)
    problems, names = Problems(), dict[str, str]()
    for name in ("Metric", "HeldBackData"):
        found = value.get(name)
        if found is None and not complete:
            found = ""
        elif not isinstance(found, str) or not found:
            problems.note(invalid_value(f"Gate.{name}", "a non-empty string", found))
        names[name] = str(found)
    if "Better" in value and "AtMostWorse" in value:
        problems.note(invalid_value("Gate", "an object with Better or AtMostWorse, not both", sorted(value)))
    sizes = {name: value.get(name, 0) for name in ("Better", "AtMostWorse", "MinimumRows")}
    for name, size in sizes.items():
        if not isinstance(size, int | float) or isinstance(size, bool) or size < 0:
            problems.note(invalid_value(f"Gate.{name}", "a number, 0 or more", size))
    problems.raise_all()
    margin = float(sizes["Better"]) or -float(sizes["AtMostWorse"])
    return Gate(names["Metric"], names["HeldBackData"], margin, int(sizes["MinimumRows"]))


def judge(gate: Gate, comparison: Comparison) -> Outcome:
    """Decide whether the challenger passes.

    Raises
    ------
    BadArgument
        If the models do not have the gate's metric.
    """
    metrics, rows = comparison.metrics, comparison.count
    name = gate.metric or comparison.main_metric
    if name not in metrics:
        raise BadArgument(
            "BadParameterValue",
            f"Gate.Metric must be a metric of the models ({', '.join(metrics)}), got '{name}'.",
            "Gate.Metric",
        )
    metric = metrics[name]
    challenger, champion = metric.first, metric.second
    sign = -1.0 if name in LESS_IS_BETTER else 1.0
    shown = (
        f"{name} is {_shown(challenger)}, the current model's is {_shown(champion)}, on {rows} rows of "
        f"{comparison.rows_of}"
    )
    if rows < gate.minimum_rows:
        passed, verdict = False, f"at least {gate.minimum_rows} rows are required"
    elif metric.difference is None:
        passed, verdict = False, "the metric is not defined on these rows"
    else:
        # The tolerance absorbs rounding: the same sums in another order must not decide a challenge.
        passed = sign * metric.difference >= gate.margin - 1e-12
        verdict = f"it must be {required_text(gate.margin)}"
    if metric.difference is None:
        challenger = champion = None
    return Outcome(passed, f"{shown}; {verdict}", name, challenger, champion, rows)


def required_text(margin: float) -> str:
    """Return in words by how much a metric must be better, or how much worse it may be."""
    if margin > 0:
        return f"better by {margin:g}"
    return f"at most {-margin:g} worse" if margin else "no worse"


def _shown(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.6g}"
